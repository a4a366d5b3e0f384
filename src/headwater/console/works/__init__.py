"""What takes its time: begun on a page, and found again on another."""

"""Who comes in, and which page was given to whom."""

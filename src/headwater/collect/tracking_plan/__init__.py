"""What events are expected to look like, whether they do, and how they come to differ."""

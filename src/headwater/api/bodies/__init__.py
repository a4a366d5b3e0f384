"""What requests say, as models."""

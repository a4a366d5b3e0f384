"""What runs in which order: read `batch.py` first."""

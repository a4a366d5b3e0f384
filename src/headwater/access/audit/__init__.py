"""Who did what, when, and how it ended: a log that only grows, and that tells if it was changed. Begin with `log.py`."""

"""Wire formats: one file is one way in which clients tell of events."""

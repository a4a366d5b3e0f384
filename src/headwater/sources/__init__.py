"""Batch sources: one file is one kind of place to read rows from; `reading/` holds what the kinds are made of."""

"""Audiences: what is asked of them, and where they are written."""

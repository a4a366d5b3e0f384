"""Measurements of who is who: matching and resolving."""

"""Placements: what is asked of them, and previews."""

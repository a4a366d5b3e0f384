"""Measurements of the console: what its pages ask."""

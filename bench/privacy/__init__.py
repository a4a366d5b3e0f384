"""Measurements of privacy: erasing, and reading consent signals."""

"""Measurements of privacy: erasing."""

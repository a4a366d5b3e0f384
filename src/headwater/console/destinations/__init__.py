"""Destinations: what is asked of them, setting one up, and sending."""

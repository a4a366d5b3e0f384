"""Erasing persons from everything a project holds. Read `everything.py` first."""

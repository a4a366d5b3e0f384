"""Profiles and their traits: what is known and computed of each person. Read `build.py` first."""

"""Personalisation: what to show whom, decided within milliseconds, with consent and without guessing. Read `decide.py` first."""

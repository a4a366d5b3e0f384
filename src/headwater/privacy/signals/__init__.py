"""Consent signals: what browsers and consent platforms say, read strictly and written, as text alone: no tables, no files."""

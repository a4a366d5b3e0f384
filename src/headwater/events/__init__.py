"""From rows to events: cleaned, categorised, deduplicated and tied to identifier nodes. Read `process.py` first."""

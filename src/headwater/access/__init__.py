"""Who may do what over the management API, and who did what. Read `keys.py` first."""

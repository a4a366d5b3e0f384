"""Who may do what over the management API, and who did what. Read `roles.py` first, then `audit/`."""

"""The console: where marketers, analysts and privacy officers work, in a browser. Read `app.py` first, then `pages/`."""

"""The console's pages: one file is one page, found by its name; `page.py` says what it declares."""

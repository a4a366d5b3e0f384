"""Every canonical table, one file each: the contract between stages. `table.py` says what a declaration holds."""

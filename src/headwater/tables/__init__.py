"""Every canonical table, one file each: the contract between stages. `tables/table.py` says what a declaration holds."""

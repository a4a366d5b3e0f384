"""What is done to every row on its way in; one step a file, in the order that `process.py` says."""

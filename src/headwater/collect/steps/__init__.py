"""What is done to each event on its way in, one file each; `flow/stream.py` says in which order."""

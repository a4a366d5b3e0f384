"""One file = one kind of destination, held as `DESTINATION`; the contract is `activate/destination.py`."""

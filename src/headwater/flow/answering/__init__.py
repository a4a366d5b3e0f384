"""Answering what persons ask for of their data, other than that it be erased. One file is one kind of request."""

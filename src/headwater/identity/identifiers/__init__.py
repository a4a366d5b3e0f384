"""Identifier kinds, one a file: how a value is normalised and what it is worth as evidence."""

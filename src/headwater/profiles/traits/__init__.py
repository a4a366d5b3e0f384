"""Kinds of computed trait, one a file: how the events of one profile become one value."""

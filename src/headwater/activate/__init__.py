"""Activation: the audiences people are in, carried to the tools that reach them, exactly once and on the record."""

"""Privacy: how it stands, what was asked for, and what came of it."""

"""Likeness as evidence: records taken from the tables, compared by `matching`, and what is found kept as links."""

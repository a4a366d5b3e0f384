"""Audiences: rules as trees of conditions, evaluated as bit algebra, kept as memberships.

Read `rule` first (what a rule is), then `parse` (YAML to rule), `evaluate` (rules to sets) and `refresh` (sets to
tables).
"""

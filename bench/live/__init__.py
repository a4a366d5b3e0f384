"""Measures the live system: events in, memberships seen, decisions made; beside a plain endpoint that promises nothing."""

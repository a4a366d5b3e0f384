"""The durable log: what was acknowledged is in it, whatever dies. Read `writer.py` first."""

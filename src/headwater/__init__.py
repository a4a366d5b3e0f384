"""Headwater, an open data management platform (DMP) for marketing.

Data flows one way, and folders stand in its order: `core` and `engine` carry, `tables` is the contract
between stages, then `sources`, `events`, `identity`, `profiles`, `audiences`, `activate`; `flow` runs them in order;
`cli` shows them. Read `flow/batch.py` first.
"""

__version__ = "0.1.0"

"""DuckDB in this process: the embedded default.

session.py    tables, queries and functions in a session of it
attended.py   what goes on while it works: interrupts, limits, errors
"""

from headwater.engine.engines.duckdb.session import DuckDB

__all__ = ["DuckDB"]

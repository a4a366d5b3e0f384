"""The audiences of a generated project asked of other engines, as somebody who knows the engine would ask them.

`plain` gives every engine the same rows; `sql` turns a rule, read as plain data, into one statement; `in_duckdb`,
`in_clickhouse` and `in_polars` lay the rows out and ask. `sequences` asks what people did one after the other.
Nothing of Headwater but the rows at rest is used here: how rules are meant is written down a second time.
"""

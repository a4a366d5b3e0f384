"""Which records are of one person, or of one household, told by how much they are alike: no identifier need be equal.

Reads an Arrow table of records and a model that says which column is what; gives pairs with their probability and what
speaks for each. Fellegi and Sunter's model ("A theory for record linkage", 1969), as Splink estimates and applies it on
DuckDB. Knows no table of the lake: whoever calls it brings the records and keeps the pairs.
"""

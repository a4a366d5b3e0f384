"""The carriers: query engines, queries of named steps, sets of profiles as bitmaps, and the lake of tables at rest."""

"""Events and traits as coded columns in memory: the fast way to the same answers that SQL gives.

Reads the tables `events`, `identity_map`, `profiles` and `traits`. Keeps what it made of events in `work/columns/`, to be
made again at will. What a comparison means is asked of the engine's SQL, once for each different value of a column; only
counting and adding up happen here.

Read `coding` first (a column as codes), then `segment` (the events of some files), `store` (which segments there are),
`people` (who an event is about), `rows` (events that were chosen), `columns` (all of it for one evaluation).
"""

"""Sealing: raw personal identifiers encrypted at rest, found again by a blind index, under keys that lie apart from the data.

    keys.py     a key, and the ring of a project's keys as a value and as text
    stores.py   where the text of a ring is kept: a file, a variable of the environment, the system's key ring
    keeping.py  a project's ring: made at first use, loaded, rotated, and a key forgotten for good
    text.py     bytes as text that can stand in a column
    seals.py    seal, open and index values, one by one or as Arrow arrays
    pieces.py   seal and open records of a log and entries of a store

It stands in `core` because every room that stores an identifier needs it, from the tables up; it knows of none of them.
"""

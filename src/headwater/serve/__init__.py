"""Everything running on one machine: the edge, the stream and the core, each a process, watched over by one. Read
`supervise.py` first.
"""

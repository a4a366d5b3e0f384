"""Who is who: identifier kinds, and the mapping of identifier nodes to profiles, computed from evidence."""

"""The edge: the one part the public can reach. It takes events in and answers what to show; it knows the log, the live store and
the project's files, and no table. Read `app.py` first.
"""

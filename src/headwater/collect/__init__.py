"""Live collection: what websites, apps and servers send, made durable before it is answered, and made into clean events.

Read `receive.py` first, then `flow/stream.py`. Nothing here knows a web framework.
"""

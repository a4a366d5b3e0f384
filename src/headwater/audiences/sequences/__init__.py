"""Sequences: things done one after the other, each with its own filters and its own link to the steps before.

Read `steps` first (what a sequence is), then `walk` (how it is found in one profile, and why that is right); `query` does
the same in SQL, `over` from coded columns. `fields` is what YAML may say.
"""

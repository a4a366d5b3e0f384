"""Exploring: what people do over time, how far they get, what is special about them, and what data there is.

Numbers for people to look at: every answer carries the question it answers. Read `question.py` first.
"""

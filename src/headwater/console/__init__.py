"""The console: where marketers, analysts and privacy officers work, in a browser. Read `app.py` first, then `pages/`.

`door/` lets people in, `desk/` answers what pages ask, `drawn/` is what they are drawn with, `works/` what takes its time. Each
room beside these is an area of the console: what is asked there, and the parts that its pages are made of.
"""

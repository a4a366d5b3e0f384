"""A destination's own words: made fit to be kept and shown, which whatever it answers is not.

Control characters are taken out, secrets and identifiers blotted out, and the rest is cut short: a destination may send
back all that it was sent.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

LONGEST_ANSWER = 200
LONGEST_REASON = 120
BLOT = "…"
_LOOKED_AT = 2_000
_LONGEST_WORD = 64
_EMAIL = re.compile(r"[^\s@\"'<>()\[\],;:=]+@[^\s@\"'<>()\[\],;:=]+\.\w+")


def harmless(text: str, secrets: Iterable[str], identifiers: Iterable[str], longest: int) -> str:
    r"""Somebody else's text in one line that may be kept and shown.

    Args:
        text: as it came.
        secrets: what must never be in it, in whichever of the usual spellings.
        identifiers: of people; they, and whatever looks like an e-mail address, must not be in it either.
        longest: characters to keep.

    >>> harmless("no list\x1b[31m for\na@b.de, key hunter2", ["hunter2"], [], 200)
    'no list [31m for …, key …'
    >>> harmless("household 4 of 44", [], ["4"], 200)
    'household … of 44'
    """
    line = _in_a_line(text[:_LOOKED_AT])
    hidden = sorted({spelling for each in secrets for spelling in _spellings(each)}, key=len, reverse=True)
    named = sorted({_in_a_line(each) for each in identifiers} - {""}, key=len, reverse=True)
    patterns = [*(re.escape(each) for each in hidden), *(_as_a_word(each) for each in named)]
    if patterns:
        line = re.sub("|".join(patterns), BLOT, line, flags=re.IGNORECASE)
    if len(text) > _LOOKED_AT:  # something to be hidden may have begun just before the end
        line = line[: -max(_LONGEST_WORD, *map(len, [*hidden, *named]))]
    line = _EMAIL.sub(BLOT, line)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _in_a_line(text: str) -> str:
    """The text without backslashes, which only escape, and with one space for all that is not to be seen."""
    seen = (" " if unicodedata.category(each)[0] in "CZ" else each for each in text.replace("\\", ""))
    return " ".join("".join(seen).split())


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it is, and as JSON, URLs and HTML have it."""
    for spelled in (secret, json.dumps(secret)[1:-1], quote(secret), quote_plus(secret), html.escape(secret)):
        if line := _in_a_line(spelled):
            yield line


def _as_a_word(identifier: str) -> str:
    """A pattern: anywhere, but a short one only where it is not a part of another word or number."""
    pattern = re.escape(identifier)
    return pattern if len(identifier) > 5 else rf"(?<!\w){pattern}(?!\w)"

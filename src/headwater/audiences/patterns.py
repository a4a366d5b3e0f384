"""Patterns of rules: RE2's syntax, judged when a rule is read, so that none can fail or explode when it runs.

Reads nothing, writes nothing. DuckDB's `regexp_matches` is RE2 with its standard options; so is `compiled`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Protocol, cast

import pyarrow as pa
import re2
from pydantic import PlainValidator

from headwater.audiences.values import read_text
from headwater.engine.engine import Engine
from headwater.engine.query import DIALECT

MOST_LETTERS = 1_000
MOST_STEPS = 20_000
"""How large a pattern may be when compiled: `[a-z]{1000}` takes 1,004 steps, `\\pL` 1,200."""

_UNKNOWN = ("(?=", "(?!", "(?<")


PATTERN_FUNCTION = "regexp_matches"
"""Of SQL: whether a pattern is found in a text. DuckDB has it; `define_patterns` gives it to other engines."""


class Compiled(Protocol):
    """A pattern ready to search."""

    programsize: int

    def search(self, text: str, /) -> object | None:
        """The first match, or None."""


def read_pattern(given: object) -> str:
    """A pattern in RE2's syntax, as written.

    Raises:
        ValueError: it is none, or too long, or too large when compiled.
    """
    pattern = read_text(given)
    if len(pattern) > MOST_LETTERS:
        raise ValueError(f"is a pattern of {len(pattern):,} characters; at most {MOST_LETTERS:,} are allowed")
    try:
        size = compiled(pattern).programsize
    except re2.error as error:
        raise ValueError(_told(error)) from None
    if size > MOST_STEPS:
        raise ValueError("is too large a pattern once its repetitions are written out: repeat less")
    return pattern


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Compiled:
    """The pattern ready to search, as DuckDB reads it.

    Raises:
        re2.error: it is none.
    """
    options = re2.Options()
    options.log_errors = False
    return cast("Compiled", re2.compile(pattern, options))


def define_patterns(engine: Engine) -> None:
    """Let an engine whose own patterns are not RE2's search by RE2."""
    if engine.dialect != DIALECT:
        engine.define(PATTERN_FUNCTION, _is_found, pa.bool_())


def _is_found(text: str | None, pattern: str) -> bool | None:
    return None if text is None else compiled(pattern).search(text) is not None


def _told(error: Exception) -> str:
    """What RE2 has against a pattern, in plain words."""
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    reason, _, part = text.partition(": ")
    if reason == "invalid perl operator" and part.startswith(_UNKNOWN):
        return f"uses look-around ({part}), which patterns do not have: write two tests instead"
    if reason == "invalid escape sequence" and part[1:].isdecimal():
        return f"uses a back reference ({part}), which patterns do not have"
    if reason in ("invalid repetition size", "pattern too large - compile failed"):
        return "is too large a pattern once its repetitions are written out: repeat less"
    return f"is no pattern in RE2's syntax: {text}"


Pattern = Annotated[str, PlainValidator(read_pattern, json_schema_input_type=str)]

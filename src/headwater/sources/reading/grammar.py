"""The definition of a record of delimited text: where it ends, what its fields are, and whether it is a row.

Reads bytes; writes nothing. `records` says in words what the regular expressions here say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from headwater.tables.rejection import Reason

Refused = tuple[Reason, str]
NO_RECORD: Refused = (
    Reason.MALFORMED_ROW,
    "a quote is opened and never closed, or closed in the middle of a value",
)


@dataclass(frozen=True)
class Grammar:
    """The definition of a record, for one delimiter and quote; an empty quote: there are none."""

    record: re.Pattern[bytes]
    last_record: re.Pattern[bytes]
    field: re.Pattern[bytes]
    delimiter: bytes
    quote: bytes

    def end(self, data: bytes, start: int, end_of_line: int, window: int, *, is_last: bool) -> int:
        """Where the record that begins at `start` ends, within the window; 0: nowhere, or not in this data."""
        is_line = data.endswith(b"\n", start, end_of_line) or is_last
        if (
            is_line
            and end_of_line <= window
            and not (self.quote and data.find(self.quote, start, end_of_line) >= 0)
        ):
            return end_of_line
        found = (self.last_record if is_last else self.record).match(data, start, window)
        return found.end() if found else 0

    def fields(self, body: bytes) -> list[bytes]:
        """The fields of a record, quotes and all."""
        return self.field.findall(body + self.delimiter)

    def value(self, item: bytes) -> bytes:
        """What a field says."""
        if self.quote and item.startswith(self.quote):
            return item[1:-1].replace(self.quote * 2, self.quote)
        return item

    def judge(self, body: bytes, n_fields: int) -> bytes | Refused:
        """A record without its end as regular CSV (empty: no row), or why it is no row."""
        if not body:
            return b""
        is_plain = (
            not (self.quote and self.quote in body)
            and body.isascii()
            and b"\r" not in body
            and b"\0" not in body
        )
        if is_plain and body.count(self.delimiter) == n_fields - 1:
            return body + b"\n"
        fields = self.fields(body)
        if len(fields) != n_fields:
            return Reason.MALFORMED_ROW, f"{len(fields)} fields where {n_fields} are expected"
        if b"\0" in body:
            return Reason.MALFORMED_ROW, "holds a NUL byte"
        if not is_utf8(body):
            return Reason.INVALID_UTF8, "holds bytes that are no text in the file's encoding"
        return self.delimiter.join(map(self._regular, fields)) + b"\n"

    def _regular(self, item: bytes) -> bytes:
        if not self.quote or item.startswith(self.quote) or not (self.quote in item or b"\r" in item):
            return item
        return self.quote + item.replace(self.quote, self.quote * 2) + self.quote


@lru_cache(maxsize=64)
def grammar_of(delimiter: bytes, quote: bytes) -> Grammar:
    """The grammar of text with this delimiter and quote (empty: none)."""
    d, q = re.escape(delimiter), re.escape(quote)
    # Loops are unrolled rather than possessive: Python before 3.11.5 matches possessive ones wrongly. What one part gives
    # back no other can take, so that a record that does not match is found out in time proportional to its length.
    plain = rb"[^%b\r\n]*(?:\r(?!\n|\Z)[^%b\r\n]*)*" % (d, d)
    item = rb"(?:%b[^%b]*(?:%b%b[^%b]*)*%b|(?!%b)%b)" % (q, q, q, q, q, q, q, plain) if quote else plain
    record = rb"%b(?:%b%b)*" % (item, d, item)
    return Grammar(
        re.compile(record + rb"\r?\n"),
        re.compile(record + rb"\r?(?:\n|\Z)"),
        re.compile(rb"(%b)%b" % (item, d)),
        delimiter,
        quote,
    )


def body_of(record: bytes) -> bytes:
    """A record without the end of its line."""
    return record.removesuffix(b"\n").removesuffix(b"\r")


def shown(raw: bytes) -> str:
    """Raw bytes of a row as text; what is no UTF-8 as escapes."""
    return body_of(raw).decode("utf-8", "backslashreplace")


def is_utf8(data: bytes) -> bool:
    """Whether bytes are text."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

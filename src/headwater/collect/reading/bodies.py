"""Bodies and parts of bodies as JSON, whatever was sent: what cannot be read is said, and never quoted.

Reads bytes; gives typed values. What a body says of its own type (`Content-Type`) counts for nothing: clients send JSON as
text/plain and as a form.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Sequence
from typing import TypeVar, cast

import msgspec

from headwater.collect.format import MOST_EVENT_BYTES, MOST_LEVELS, Fault, UnreadableError
from headwater.tables.rejection import Reason

T = TypeVar("T")
Why = tuple[Reason, str]
"""Why a part cannot be used, and the field with what is wrong with it."""

_NESTING = frozenset[type]({dict, list})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ESCAPED = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MISTAKE = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `(?:key in )?\$(.*)`)?")
_LENGTH = re.compile(r"Expected `str` of length <= (\d+)(?: - at `\$(.*)`)?")
_MISSING = re.compile(r"missing required field `(\w+)`(?: - at `\$(.*)`)?")
_WORDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "array": "a list"}


class NotRightError(ValueError):
    """JSON that cannot be read as what it should be; the message names the place and what would be right."""


def read_json(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """JSON as what the decoder makes of it.

    Half a surrogate pair, which JavaScript writes where a text was cut within an emoji, is read as U+FFFD.

    Raises:
        NotRightError: it is no JSON, or of another shape.
    """
    try:
        return _mending(data, decoder)
    except msgspec.ValidationError as error:
        raise NotRightError(_in_words(str(error))) from None
    except RecursionError:
        raise NotRightError(f"is nested deeper than {MOST_LEVELS} levels") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotRightError("is not valid JSON in UTF-8") from None


def read_body(body: bytes, decoder: msgspec.json.Decoder[T], most_bytes: int) -> T:
    """A whole body.

    Raises:
        UnreadableError: it is longer, no JSON, or of another shape.
    """
    if len(body) > most_bytes:
        raise UnreadableError(f"the body has more than {most_bytes} bytes", Fault.TOO_LARGE)
    try:
        return read_json(body, decoder)
    except NotRightError as error:
        raise UnreadableError(f"the body: {error}") from None


def check_number(parts: Sequence[object], most: int) -> None:
    """Refuse a request of too many events.

    Raises:
        UnreadableError: there are more than `most`.
    """
    if len(parts) > most:
        raise UnreadableError(f"the body has more than {most} events", Fault.TOO_LARGE)


def unfit(data: bytes) -> Why | None:
    """Why the bytes of one event cannot be used, whatever they say."""
    if len(data) > MOST_EVENT_BYTES:
        return Reason.TOO_LARGE, f"the event has more than {MOST_EVENT_BYTES} bytes"
    if may_hold_nul(data) and _NUL.search(data):
        return Reason.INVALID_VALUE, "a text holds the character NUL"
    return None


def may_hold_nul(data: bytes) -> bool:
    """Whether JSON could hold the character NUL: a quick look."""
    return b"\\" in data and b"\\u0000" in data  # the first is much quicker, and mostly enough


def may_be_deep(data: bytes) -> bool:
    """Whether JSON opens so many objects and arrays that they could be nested too deep: a quick look."""
    return data.count(b"{") + data.count(b"[") > MOST_LEVELS


def is_deep(value: object, most: int = MOST_LEVELS) -> bool:
    """Whether objects and arrays are within each other more than `most` levels.

    >>> is_deep({"a": [1, {"b": 2}]}, 3), is_deep({"a": [1, {"b": 2}]}, 2)
    (False, True)
    """
    level: Sequence[object] = [value] if type(value) in _NESTING else ()
    for _ in range(most):
        if not level:
            return False
        level = [inner for each in level for inner in _nested(each)]
    return bool(level)


def is_flat(told: dict[str, object]) -> bool:
    """Whether an object holds no others and no arrays: a quick look."""
    return _NESTING.isdisjoint(map(type, told.values()))


def from_base64(text: str) -> bytes:
    """What base64 stands for, its URL-safe form too, with or without padding.

    Raises:
        ValueError: it is none.

    >>> from_base64("eyJhIjoxfQ")
    b'{"a":1}'
    """
    plain = text.strip().replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except NotBase64Error:
        raise ValueError("is not base64") from None


def _nested(value: object) -> Sequence[object]:
    """The objects and arrays right inside of one; a look at the types first, for most hold none."""
    values = cast("dict[str, object]", value).values() if type(value) is dict else cast("list[object]", value)
    if _NESTING.isdisjoint(map(type, values)):
        return ()
    return [inner for inner in values if type(inner) in _NESTING]


def _mending(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _mended(bytes(data))
        if mended == bytes(data):
            raise
        return decoder.decode(mended)


def _mended(data: bytes) -> bytes:
    return _ESCAPED.sub(
        lambda found: rb"\ufffd" if found.group(1) else found.group(), data.removeprefix(_BYTE_ORDER_MARK)
    )


def _in_words(message: str) -> str:
    """What msgspec says of JSON of another shape, in the words of people who write JSON.

    >>> _in_words("Expected `str | int | null`, got `array` - at `$.userId`")
    'userId: must be text or a number, not a list'
    >>> _in_words("Object missing required field `batch`")
    'batch: is missing'
    """
    if found := _MISSING.search(message):
        return f"{_place(found.group(2), found.group(1))}: is missing"
    if found := _LENGTH.match(message):
        return f"{_place(found.group(2))}: has more than {found.group(1)} characters"
    if found := _MISTAKE.match(message):
        kinds = [_WORDS.get(kind, f"an {kind}") for kind in found.group(1).split(" | ") if kind != "null"]
        wanted = " or ".join(dict.fromkeys(kinds))
        got = _WORDS.get(found.group(2), f"an {found.group(2)}" if found.group(2) == "object" else "null")
        place = _place(found.group(3))
        return f"{place + ': ' if place else ''}must be {wanted}, not {got}"
    return "holds a number that is out of range" if "out of range" in message else "is of another shape"


def _place(path: str | None, name: str = "") -> str:
    return ".".join(filter(None, [(path or "").strip("."), name]))

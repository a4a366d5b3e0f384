"""Texts that name some persons, and what is left of a text without that.

A text names somebody by being one of their identifiers, once normalised, or by holding one between other words. Of an identifier
that could be any text (a user id) both count only if it is long enough to be no coincidence, or where the key says that it is
one: "7" is somebody under `userId`, and a number of pieces under `size`.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

import re2

from headwater.collect.enriching.personal_data import EMAIL as MASKED_EMAIL
from headwater.collect.outcome import Node
from headwater.collect.reading.bodies import from_base64
from headwater.core.errors import NotFoundError
from headwater.flow.erasing.glance import Glance
from headwater.identity.identifier import Identifier

TELLING = 8
"""Characters of an identifier that could be any text: of so many, it is found wherever it stands."""
_AT_ONCE = 200  # identifiers in a pattern
_BETWEEN_DIGITS = r"(?:[\s().\-/\x{a0}]|\(0\))*"
_STAR = "*"
_MOST_CHARACTERS = 512
_MOST_LEVELS = 3  # of what is packed within each other
_PATTERN_BYTES = 1 << 28
_TOKEN = re.compile(
    rb'"((?:[^"\\]|\\.)*)(?:"(\s*:)?|(\\?\Z))|(?<![\w.+-])(-?\d+)(?![\w.])', re.DOTALL
)  # a text, perhaps with the colon behind it or cut off by the end; or a number
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_BEFORE = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[bfnrt])$")
_WITHIN_EMAIL = (".", "+", "-", "_")
EMAIL = "email"


class Named:
    """Finds the identifiers of some persons in texts and takes them out.

    Attributes:
        nodes: the identifiers, normalised.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        kinds: Mapping[str, Identifier],
        names: Mapping[str, str],
        packed: Iterable[str] = (),
    ) -> None:
        """Over identifiers.

        Args:
            nodes: kind and normalised value of each.
            kinds: the kinds of identifier as the project says them; blocked values are valid here.
            names: under which names identifiers stand in requests, with their kinds.
            packed: what stands in requests that hold something in base64.

        Raises:
            NotFoundError: a kind is none.
        """
        self.nodes = frozenset(nodes)
        self._of: dict[str, set[str]] = {}
        for kind, value in self.nodes:
            if kind not in kinds:
                raise NotFoundError("kind of identifier", kind, sorted(kinds))
            self._of.setdefault(kind, set()).add(value)
        self._kinds = {kind: kinds[kind] for kind in self._of}
        self._called = {
            _plain(name): kind for name, kind in [*names.items(), *((each, each) for each in kinds)]
        }
        self.glance = Glance(self.nodes, kinds)
        self._packed = tuple(sorted({each.encode() for each in packed}))
        self._inside = list(self._patterns())

    def is_packed(self, data: bytes) -> bool:
        """Whether there may be something in base64 in bytes that matters."""
        return any(each in data for each in self._packed)

    def may_name(self, data: bytes) -> bool:
        """Whether bytes may name somebody, in base64, too; `glance` says what that means."""
        return self.glance.may_name(data) or (self.is_packed(data) and self.glance.may_name_packed(data))

    def kinds_in(self, told: Mapping[str, str]) -> list[str]:
        """The kinds of those identifiers, as they were told, that are some of these."""
        return [kind for kind, value in told.items() if self._is_one(kind, value)]

    def holds(self, text: str, key: str = "") -> bool:
        """Whether a text names somebody; `key`: under which it stands."""
        return self.without(text, key) != text

    def without(self, text: str, key: str = "", *, as_long: bool = False, level: int = 0) -> str:
        """A text without what names somebody in it; `as_long`: and still of as many bytes."""
        kind = self._whole(text, key)
        if kind is not None:
            is_identifier = self._called.get(_plain(key)) == kind
            return "" if is_identifier and not as_long else _mask(kind, text, as_long=as_long)
        if level < _MOST_LEVELS and _PACKED.fullmatch(text):
            packed = self._without_in_packed(text, as_long=as_long, level=level + 1)
            if packed != text:
                return packed
        if text.lstrip()[:1] in ("{", "[") and level < _MOST_LEVELS:
            data = text.encode("utf-8", "surrogatepass")
            clean = self.json_without(data, as_long=as_long, level=level + 1)
            text = clean.decode("utf-8", "surrogatepass") if clean != data else text
        return self._without_inside(text, as_long=as_long)

    def json_without(self, data: bytes, *, as_long: bool = False, level: int = 0) -> bytes:
        """JSON, or what is left of it, without what names somebody in its texts; it is never longer.

        `as_long`: nor shorter, by white space behind it.
        """
        key = ""

        def clean(token: re.Match[bytes]) -> bytes:
            nonlocal key
            if token.group(4):
                return self._number_without(token.group(4), key)
            told = _read(token.group(1))
            if token.group(3) is not None and self._may_begin(told):
                return b'""'
            if token.group(2):
                key = told
                left = self._without_inside(told, as_long=as_long)
            else:
                left = self.without(told, key, as_long=as_long, level=level)
            return token.group() if left == told else _written(left, token)

        left = _TOKEN.sub(clean, data)
        return left.ljust(len(data)) if as_long else left

    def body_without(self, body: bytes) -> bytes:
        """A body without what names somebody, whatever it holds."""
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return self.json_without(body)
        text = body.decode("utf-8", "surrogateescape")
        return (
            self.query_without(text).encode("utf-8", "surrogateescape")
            if "=" in text
            else (self.without(text).encode("utf-8", "surrogateescape"))
        )

    def query_without(self, query: str) -> str:
        """A query without what names somebody in its parameters."""
        return "&".join(map(self._parameter_without, query.split("&")))

    def value_without(self, value: object, key: str = "") -> object:
        """A value as JSON has it, without what names somebody in its texts, each as long as it was."""
        if isinstance(value, str):
            return self.without(value, key, as_long=True)
        if isinstance(value, list):
            return [self.value_without(each, key) for each in value]
        if isinstance(value, dict):
            return {
                self._without_inside(name, as_long=True): self.value_without(each, name)
                for name, each in value.items()
            }
        return value

    def _parameter_without(self, parameter: str) -> str:
        name, sign, told = parameter.partition("=")
        text = unquote_plus(told)
        left = self.without(text, unquote_plus(name))
        if left == text:
            return self._without_inside(parameter)
        return f"{name}{sign}{quote(left, safe='')}"

    def _may_begin(self, text: str) -> bool:
        """Whether a text that was cut off was one of them, as far as can be told: most of it is there, or whose address it is."""
        begun = text.strip().lower()
        return len(begun) >= TELLING and any(
            value.lower().startswith(begun) and ("@" in begun or len(begun) * 4 >= len(value) * 3)
            for _, value in self.nodes
        )

    def _number_without(self, number: bytes, key: str) -> bytes:
        """A number; nothing instead of one that is an identifier where it stands."""
        if _plain(key) not in self._called or self._whole(number.decode(), key) is None:
            return number
        return b'""' if len(number) > 1 else b"0"

    def _is_one(self, kind: str, value: str) -> bool:
        return kind in self._of and self._kinds[kind].normalise(value) in self._of[kind]

    def _whole(self, text: str, key: str) -> str | None:
        """The kind of identifier that a whole text is, if it is one of these and no coincidence."""
        if not text or len(text) > _MOST_CHARACTERS or not self.glance.may_name(_bytes(text)):
            return None
        called = self._called.get(_plain(key)) if key else None
        for kind, values in self._of.items():
            value = self._kinds[kind].normalise(text)
            if value in values and value and (kind == called or self._is_telling(kind, value)):
                return kind
        return None

    def _is_telling(self, kind: str, value: str) -> bool:
        """Whether a text that is this value is hardly anything else: it is long, or of a form that other texts have not."""
        takes_anything = self._kinds[kind].normalise("a b") is not None
        return not takes_anything or (len(value) >= TELLING and not self._kinds[kind].is_junk(value))

    def _without_inside(self, text: str, *, as_long: bool = False) -> str:
        """A text without identifiers that stand in it between other words."""
        if not self._inside or not self.glance.may_name(_bytes(text)):
            return text
        for kind, pattern in self._inside:
            pieces, done = list[str](), 0
            for found in pattern.finditer(_untorn(text)):
                if _stands_alone(text, found.start(), found.end(), kind):
                    one = text[found.start() : found.end()]
                    pieces += (text[done : found.start()], _mask(kind, one, as_long=as_long))
                    done = found.end()
            text = "".join((*pieces, text[done:]))
        return text

    def _without_in_packed(self, text: str, *, as_long: bool, level: int) -> str:
        try:
            data = from_base64(text)
            told = data.decode()
        except ValueError:
            return text
        left = self.without(told, as_long=as_long, level=level)
        if left == told:
            return text
        packed = b64encode(left.encode(), b"-_").decode()
        return packed if text.endswith("=") else packed.rstrip("=")

    def _patterns(self) -> Iterator[tuple[str, Any]]:
        """What finds identifiers between other words, the longest first; each with its kind."""
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _PATTERN_BYTES
        for kind, values in sorted(self._of.items()):
            telling = sorted((each for each in values if self._is_telling(kind, each)), key=len, reverse=True)
            spelled = _dialled if self._kinds[kind].by_region else _spelled
            for begin in range(0, len(telling), _AT_ONCE):
                each = "|".join(map(spelled, telling[begin : begin + _AT_ONCE]))
                yield kind, re2.compile(each, options)


def _spelled(value: str) -> str:
    """A pattern for an identifier, its signs as they are or escaped as in URLs and JSON."""
    return "".join(
        sign if sign.isalnum() else rf"(?:{re2.escape(sign)}|{quoted}|\\+u{ord(sign):04x})"
        for sign in value
        for quoted in ("".join(f"%(?:25)*{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass")),)
    )


def _dialled(value: str) -> str:
    """A pattern for a phone number with its country, with whatever people put between digits."""
    return _BETWEEN_DIGITS.join(sign for sign in value if sign.isdigit())


def _stands_alone(text: str, begin: int, end: int, kind: str) -> bool:
    """Whether what was found is not the middle of something longer, like the end of another address."""
    before, after = text[max(begin - 8, 0) : begin], text[end : end + 2]
    if before and before[-1].isalnum() and not _BEFORE.search(before):
        return False
    if after[:1].isalnum():
        return False
    if kind != EMAIL:
        return True
    is_longer = after[:1] == "-" or (after[:1] == "." and after[1:].isalnum())
    return not is_longer and before[-1:] not in _WITHIN_EMAIL


def _mask(kind: str, text: str, *, as_long: bool) -> str:
    """What stands in place of an identifier in a text."""
    if as_long:
        return _STAR * len(_bytes(text))
    return MASKED_EMAIL if kind == EMAIL and len(text) >= len(MASKED_EMAIL) else _STAR * len(text)


def _read(data: bytes) -> str:
    """A string of JSON; as it stands there, if it is none that can be read."""
    try:
        return str(json.loads(b'"%s"' % data, strict=False))
    except ValueError:
        return data.decode("utf-8", "surrogateescape")


def _written(text: str, token: re.Match[bytes]) -> bytes:
    """A text as JSON, in place of another, and what stood behind that."""
    try:
        data = json.dumps(text, ensure_ascii=token.group().isascii()).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = json.dumps(text).encode()
    return data + (token.group(2) or b"")


def _plain(key: str) -> str:
    """A name as it is compared: `userId`, `user_id` and `USER-ID` are one."""
    return key.replace("_", "").replace("-", "").lower()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _untorn(text: str) -> str:
    """A text of as many characters without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode()

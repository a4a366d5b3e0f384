"""Whether bytes may name one of some persons, however they are spelled: told about as fast as they are opened.

A spelling may differ in case, in all that is neither a letter of ASCII nor a digit (spaces, signs, accented letters, what
shows nowhere), and in how signs are escaped in JSON and URLs. So letters and digits alone are compared. Where this says no,
nobody is named; where it says yes, `named.Named` looks closer.
"""

from __future__ import annotations

import re
import string
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import re2

from headwater.identity.identifier import Called, Identifier

_SIGNS = string.ascii_letters + string.digits
_DROPPED = bytes(set(range(256)) - set(_SIGNS.encode()))
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_KEYS = bytes.maketrans(
    string.ascii_letters.encode(), b"22233344455566677778889999" * 2
)  # digits of a phone number may be written as the letters on their keys
_IN_URLS = re.compile(rb"%(?:25)*[0-9A-Fa-f]{2}")
_UNICODE = re.compile(rb"\\u[0-9A-Fa-f]{4}")
_IN_JSON = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|[bfnrt])")
# Letters and digits that are written otherwise: escaped, or of another script though they become ASCII where they are read.
_ODD = rb"%(?:25)*(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])|\\+u00(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])"
# I with a dot and the sign of Kelvin, which have small letters of ASCII.
_TURNED = (
    rb"\xc4\xb0|\xe2\x84\xaa|\\+u(?:0130|212[aA])"
    rb"|%(?:25)*[cC]4%(?:25)*[bB]0|%(?:25)*[eE]2%(?:25)*84%(?:25)*[aA]{2}"
)
# A digit of another script: as UTF-8, escaped in JSON or in URLs. Two of them stand together where a number is written so.
_DIGIT = (
    rb"(?:\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xdf[\x80-\x89]|[\xe0\xe1\xea][\x80-\xbf]{2}|\xef\xbc[\x90-\x99]"
    rb"|\xf0[\x90-\x9e][\x80-\xbf]{2}|\xf0\x9f\xaf[\x80-\xbf]"
    rb"|\\+u(?:0[679a-fA-F]|1[07-9a-cA-C]|[aA][6-9abAB]|[fF]{2})[0-9A-Fa-f]{2}|\\+u[dD]8[0-9A-Fa-f]{2}\\+u[dD][c-fC-F][0-9A-Fa-f]{2}"
    rb"|%(?:25)*(?:[dD][9bBfF]|[eE][01aAfF]|[fF]0)(?:%(?:25)*[89abAB][0-9A-Fa-f]){1,3})"
)
_DIGITS = _DIGIT + rb"(?:[^0-9A-Za-z]|%(?:25)*20){0,3}" + _DIGIT
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{4,}={0,2}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BEGIN = rb"(?:^|[^0-9A-Za-z]|%(?:25)*[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|\\[bfnrt])"
_END = rb"(?:$|[^0-9A-Za-z])"
_GAP = rb"(?:[^0-9A-Za-z]|%(?:25)*[0-9A-Fa-f]{2}|\\+u[0-9A-Fa-f]{4}|\\[bfnrt])*"
_SHORT = 6  # letters and digits: of fewer, that nothing stands right beside them is asked, too
_SUBSCRIBER = 7  # last digits of a phone number, which stand in it also where the country is not said
_COUNTRY = 3  # digits that say the country, at the most
_PATTERN_BYTES = 1 << 28  # of memory that a pattern may take
_AT_ONCE = 40  # short identifiers in a pattern
_PARTS = "|"  # between the parts of an identifier that only Python can compare

Node = tuple[str, str]


class Glance:
    """Tells whether bytes may name one of some identifiers."""

    def __init__(self, nodes: Collection[Node], kinds: Mapping[str, Identifier]) -> None:
        """Over identifiers of kinds that there are, normalised."""
        long, short, dialled, odd = set[str](), set[str](), set[str](), [_ODD]
        for name, value in nodes:
            kind, signs = kinds[name], "".join(sign for sign in value if sign in _SIGNS).lower()
            if kind.by_region:
                dialled.add(signs[-min(_SUBSCRIBER, max(len(signs) - _COUNTRY, 1)) :])
                odd.append(_DIGITS)
            elif isinstance(kind.to_sql, Called) or not signs:
                odd.append(_by_parts(value))
            else:
                (short if len(signs) < _SHORT else long).add(signs)
        if any({"i", "k"} & set(signs) for signs in long | short):
            odd.append(_TURNED)
        self._looks_escaped = any(sign in value for _, value in nodes for sign in "%\\")
        self._spelled = _one_of(long) if long else None
        self._dialled = _one_of(dialled) if dialled else None
        self._as_it_is = [_compiled(each) for each in (*_bounded(sorted(short)), b"|".join(sorted(set(odd))))]

    def may_name(self, data: bytes) -> bool:
        """Whether bytes may name one of them."""
        if any(each.search(data) for each in self._as_it_is) or self._finds(data):
            return True
        return any(self._finds(each) for each in self._without_escapes(data))

    def _without_escapes(self, data: bytes) -> Iterator[bytes]:
        """The bytes without what is escaped in them: all of it, and if identifiers hold what looks like that, each by itself."""
        in_json, in_urls = b"\\" in data, b"%" in data
        if not in_json and not in_urls:
            return
        plain = _IN_JSON.sub(b"", data) if in_json else data
        yield _IN_URLS.sub(b"", plain) if in_urls else plain
        if self._looks_escaped:
            unicode = _UNICODE.sub(b"", data)
            yield from (plain, unicode, _IN_URLS.sub(b"", unicode), _IN_URLS.sub(b"", data))

    def may_name_packed(self, data: bytes) -> bool:
        """Whether bytes may name one of them in what stands in them as base64."""
        return self.may_name(b"\n".join(filter(None, map(_unpacked, _PACKED.findall(data)))))

    def _finds(self, data: bytes) -> bool:
        signs = data.translate(_LOWER, _DROPPED)
        if self._spelled is not None and self._spelled.search(signs):
            return True
        return self._dialled is not None and self._dialled.search(signs.translate(_KEYS)) is not None


def _unpacked(text: bytes) -> bytes:
    """What base64 stands for; nothing if it is none."""
    try:
        return b64decode(text.rstrip(b"=").translate(_URL_SAFE) + b"=" * (-len(text.rstrip(b"=")) % 4))
    except NotBase64Error:
        return b""


def _by_parts(value: str) -> bytes:
    """What stands wherever an identifier does of which the letters and digits may be others: what parts it, if anything does."""
    return rb"(?:(?:\||%%(?:25)*7[cC]|\\+u007[cC])[^|]*){%d}" % value.count(_PARTS)


def _one_of(signs: Iterable[str]) -> Any:
    return _compiled(b"|".join(map(str.encode, sorted(signs))))


def _bounded(short: list[str]) -> Iterable[bytes]:
    for begin in range(0, len(short), _AT_ONCE):
        each = (_GAP.join(sign.encode() for sign in signs) for signs in short[begin : begin + _AT_ONCE])
        yield _BEGIN + rb"(?:" + b"|".join(each) + rb")" + _END


def _compiled(pattern: bytes) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _PATTERN_BYTES
    options.never_capture = True
    return re2.compile(pattern, options)

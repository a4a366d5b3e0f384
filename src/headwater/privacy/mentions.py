"""Whether a text names somebody, in whatever spelling: for rows and requests that never became an event.

It errs on the side of saying yes. Reads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

from headwater.privacy.persons import Node

_BETWEEN = re.compile(r"[\s,;|\"'{}\[\]<>()&=?\\]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_NO_DIGITS = re.compile(r"\D+")
FEWEST_DIGITS = 7
"""Of a number that is looked for in the digits of a text alone."""
COUNTRY_DIGITS = 3
"""That a number may be written without: the code of its country."""
LEAST_LETTERS = 6
"""Of a value that is looked for within words; a shorter one must be a word of its own."""


class Mentions:
    """Finds identifiers in texts.

    Args:
        nodes: the identifiers: kinds and normalised values.
        normalise: brings a text into the normal form of a kind, by kind; None: it is none of the kind.
    """

    def __init__(
        self, nodes: Iterable[Node], normalise: Mapping[str, Callable[[str], str | None]] | None = None
    ) -> None:
        self._values: dict[str, set[str]] = {}
        for kind, value in nodes:
            self._values.setdefault(kind, set()).add(value)
        told = {value.casefold() for values in self._values.values() for value in values}
        self._long = sorted(value for value in told if len(value) >= LEAST_LETTERS)
        self._words = frozenset(told)
        self._numbers = sorted(
            digits[-max(FEWEST_DIGITS, len(digits) - COUNTRY_DIGITS) :]
            for value in told
            if value.lstrip("+").isdecimal() and len(digits := value.lstrip("+")) >= FEWEST_DIGITS
        )
        self._normalise = {kind: each for kind, each in (normalise or {}).items() if kind in self._values}

    def are_in(self, text: str) -> bool:
        r"""Whether a text names any of them.

        >>> ann = Mentions([("email", "ann@example.org"), ("phone", "+41441234567"), ("household_id", "42")])
        >>> [ann.are_in(text) for text in ("a;ANN@Example.org;b", '{"m": "ann\\u0040example.org"}', "m=ann%40example.org")]
        [True, True, True]
        >>> [ann.are_in(text) for text in ("+41 44 123-45-67", "044 1234567", "7,42,tea", "7,421,tea")]
        [True, True, True, False]
        """
        plain = _plain(text)
        if any(value in plain for value in self._long):
            return True
        if self._numbers:
            digits = _NO_DIGITS.sub("", plain)
            if any(number in digits for number in self._numbers):
                return True
        words = _BETWEEN.split(plain)
        return not self._words.isdisjoint(words) or any(map(self._is_one, words))

    def _is_one(self, word: str) -> bool:
        return any(
            word and normalise(word) in self._values[kind] for kind, normalise in self._normalise.items()
        )


def _plain(text: str) -> str:
    """The text in lower case, without the escapes of JSON and of URLs."""
    told = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return (unquote(told) if "%" in told else told).casefold()

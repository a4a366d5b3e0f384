"""Other people in texts about somebody: found, so that they do not leave with what is given to that person.

Reads `nodes`; writes nothing. Taken out are e-mail addresses that are not the person's own, whoever's they are; of all other
identifiers those that are known to be somebody else's, if they reach a person as they stand (a phone number) or are too long to
be anything else by chance. A name in words is not found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote

import pyarrow as pa

from headwater.identity.identifier import Identifier
from headwater.privacy.persons import Persons
from headwater.tables.workspace import Workspace

OTHER = "[somebody else]"
LEAST_LETTERS = 8
"""Of an identifier that is no address or number of its own: a shorter one may be anything, like the number of an order."""
_WORD = re.compile(r"""[^\s,;|"'{}\[\]<>()&=?\\]+""")
_NUMBER = re.compile(r"\+?\(?\d[\d\s().\-]{6,}\d")
_EMAIL = re.compile(r"""[^\s"'<>()\[\]{}|\\^`,;:=&?/#@%]+(?:@|%(?:25)*40)[^\s"'<>()\[\]{}|\\^`,;:=&?/#@]+""")
_CANDIDATES = "texts_candidates"


class Others:
    """Takes other people out of texts."""

    def __init__(self, own: Iterable[str], words: Iterable[str], email: Identifier) -> None:
        """`own`: e-mail addresses that may stay; `words`: texts that are identifiers of others."""
        self._own = frozenset(own)
        self._email = email
        longest_first = sorted(words, key=lambda word: (-len(word), word))
        self._words = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def without(self, text: str) -> str:
        r"""The text without them; JSON stays JSON.

        >>> from headwater.identity.identifier import identifier_kinds
        >>> of_ann = Others(["ann@example.org"], ["customer-4712"], identifier_kinds()["email"])
        >>> of_ann.without("from Ann@example.org to bob@example.org, customer-4712")
        'from Ann@example.org to [somebody else], [somebody else]'
        >>> of_ann.without('{"to": ["bob\\u0040example.org"]}')
        '{"to": ["[somebody else]"]}'
        """
        told = _json(text)
        if told is None:
            return self._cleaned(text)
        clean = self._value(told)
        return text if clean == told else json.dumps(clean, ensure_ascii=False)

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self._cleaned(value)
        if isinstance(value, dict):
            return {self._cleaned(name): self._value(each) for name, each in value.items()}
        return [self._value(each) for each in value] if isinstance(value, list) else value

    def _cleaned(self, text: str) -> str:
        if "@" in text or "%" in text:
            text = _EMAIL.sub(lambda found: found[0] if self._is_own(found[0]) else OTHER, text)
        return self._words.sub(OTHER, text) if self._words else text

    def _is_own(self, address: str) -> bool:
        return self._email.normalise(_unescaped(address).rstrip(".")) in self._own


def others_in(
    texts: Iterable[str], persons: Persons, kinds: Mapping[str, Identifier], workspace: Workspace
) -> Others:
    """What takes others out of these texts."""
    own = set(persons.nodes)
    spelled: dict[str, set[str]] = {}
    for word in {each for text in texts for plain in _plain(text) for each in _words(plain)}:
        for kind, value in _identifiers(word, kinds):
            if (kind, value) not in own:
                spelled.setdefault(workspace.seals.index_text(value, kind), set()).add(word)
    foreign = {word for index in _known(spelled, workspace) for word in spelled[index]}
    return Others((value for kind, value in own if kind == "email"), foreign, kinds["email"])


def _known(indexes: Iterable[str], workspace: Workspace) -> list[str]:
    """Those blind indexes that are of known identifiers."""
    engine = workspace.engine
    engine.register(_CANDIDATES, pa.table({"value_index": pa.array(list(indexes), pa.string())}))
    try:
        found = engine.table(
            f"SELECT DISTINCT value_index FROM nodes WHERE value_index IN (SELECT value_index FROM {_CANDIDATES})"
        )
    finally:
        engine.drop(_CANDIDATES)
    return [str(each) for each in found["value_index"].to_pylist()]


def _identifiers(word: str, kinds: Mapping[str, Identifier]) -> Iterator[tuple[str, str]]:
    """What identifiers a word may be."""
    for name, kind in kinds.items():
        if kind.is_direct or len(word) >= LEAST_LETTERS:
            value = _or_none(kind.normalise, word)
            if value is not None:
                yield name, value


def _or_none(normalise: Callable[[str], str | None], word: str) -> str | None:
    return normalise(_unescaped(word))


def _words(text: str) -> Iterator[str]:
    yield from _WORD.findall(text)
    yield from _NUMBER.findall(text)


def _plain(text: str) -> Iterator[str]:
    """A text, or of JSON its texts."""
    told = _json(text)
    waiting = [text if told is None else told]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value


def _json(text: str) -> object | None:
    """What a text says as JSON, if it is an object or a list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        told: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told


def _unescaped(text: str) -> str:
    while "%" in text and (plain := unquote(text)) != text:
        text = plain
    return text

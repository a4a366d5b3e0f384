"""The file of a source or a collector as it may be seen: what looks like a secret is not shown, wherever it stands.

Keys that clients send, and what stands in addresses of databases, are secrets unless they are named, as `${NAME}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.activate.secrets import is_told
from headwater.console.drawn.declared import NOT_SHOWN
from headwater.core.documents import Document, leaves, parse_document

_NAMED = "${"
_SIGNED_IN = re.compile(r"(?<=://)[^\s/@]+(?=@)")  # who signs in where, and with which password
_PLAIN = ("query", "table", "cursor", "columns")
_SECRET_KEYS = ("keys", "password", "secret", "token", "api_key", "access_key")


def told_text(text: str, file: str) -> str:
    """A file of `sources/` or `collectors/` as it may be seen; of one that is not sound, or hides a secret well, nothing."""
    document = parse_document(text.encode(), file)
    if not isinstance(document, Document):
        return ""
    for secret in sorted(set(_secrets(document.data)), key=len, reverse=True):
        if secret not in text:  # as YAML writes it, it is another text
            return ""
        text = text.replace(secret, NOT_SHOWN)
    return _SIGNED_IN.sub(lambda found: _signed_in(found.group()), text)


def _signed_in(said: str) -> str:
    """Who signs in: a name alone stays, and so does a password that is named."""
    name, colon, password = said.partition(":")
    hides = bool(colon) and not password.startswith(_NAMED)
    return f"{name}:{NOT_SHOWN}" if hides else said


def _secrets(data: object) -> Iterator[str]:
    """Texts that must not be seen."""
    is_file = isinstance(data, dict) and data.get("kind") == "files"
    for place, value in leaves(data):
        if not isinstance(value, str) or not value:
            continue
        is_key = any(part in _SECRET_KEYS for part in place if isinstance(part, str))
        is_read = place[:1] == ("read",) and place[-1] not in _PLAIN and not is_file
        if (is_key and _NAMED not in value) or (is_read and not is_told(_bare(value))):
            yield value


def _bare(value: str) -> str:
    """An address without who signs in there, which is dealt with by itself."""
    return _SIGNED_IN.sub("", value)

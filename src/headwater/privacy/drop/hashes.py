"""What an identifier is called in a list of DROP: the SHA-256 of its standard spelling in UTF-8.

- E-mail addresses: trimmed, in lower case; dots and plus tags stay. That is how they are held, and how they are hashed where only
  their SHA-256 is held.
- Phone numbers: digits alone, the last ten of them. Numbers of several countries may share these.
- Advertising and television ids: the published rules do not say which case they are in, and whether hyphens stay; every such
  spelling is tried, for no other value has the same hash.

Names with dates of birth, ZIP codes or vehicles are hashed in parts; no identifier is made of such parts, so those lists find
nobody.

Source: as `download.py`; the two phone numbers that it works out are in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from headwater.privacy.drop.download import ListType

KINDS = ("email", "hashed_email", "phone", "device_id")
"""The kinds of identifiers that a list can name."""
ANSWERED = frozenset({ListType.EMAIL, ListType.PHONE, ListType.MAID, ListType.CTVID})
"""The lists that identifiers can be found in."""
_DIGITS = 10

Called = tuple[ListType, bytes]


def called(kind: str, value: str) -> Iterator[Called]:
    """Under which hashes an identifier, given as kind and normalised value, may stand in which lists.

    >>> [(name.value, digest.hex()[:8]) for name, digest in called("phone", "+14155559317")]
    [('Phone', 'bc633bcb')]
    """
    match kind:
        case "email":
            yield ListType.EMAIL, _digest(value)
        case "hashed_email":
            yield ListType.EMAIL, bytes.fromhex(value)
        case "phone":
            yield ListType.PHONE, _digest("".join(filter(str.isdigit, value))[-_DIGITS:])
        case "device_id":
            for spelled in (value, value.upper(), value.replace("-", ""), value.replace("-", "").upper()):
                for name in (ListType.MAID, ListType.CTVID):
                    yield name, _digest(spelled)


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()

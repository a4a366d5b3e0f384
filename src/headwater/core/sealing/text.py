"""Bytes as base64url text without padding (RFC 4648, section 5), in exactly one spelling.

A decoder that is lenient lets a text be changed without changing what it stands for; here such a text is none.
"""

from __future__ import annotations

import binascii

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")


def to_text(data: bytes) -> str:
    """Bytes as text.

    >>> to_text(bytes([251, 255]))
    '-_8'
    """
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def from_text(text: str) -> bytes:
    r"""The bytes that a text stands for.

    Raises:
        ValueError: it is no such text, or not in the one spelling; the text is not in the message.

    >>> from_text("-_8")
    b'\xfb\xff'
    """
    try:
        plain = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
        data = binascii.a2b_base64(plain, strict_mode=True)
    except ValueError:  # the original names the text
        raise ValueError("no base64url") from None
    if binascii.b2a_base64(data, newline=False) != plain:
        raise ValueError("not in the one spelling of base64url")
    return data

"""The forms in which identifiers leave: in plain text, or hashed."""

from __future__ import annotations

import base64
import hashlib

from headwater.activate.destination import Form, IdentifierField
from headwater.privacy.labels import Label, read_labels, weaken
from headwater.tables.nodes import TABLE as NODES


def write(value: str, form: Form) -> str:
    """A normalised identifier in this form: the SHA-256 (FIPS 180-4) of its UTF-8 bytes, or as it is.

    >>> write("test@example.com", Form.SHA256_HEX)
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    >>> write("test@example.com", Form.SHA256_BASE64)
    'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs='
    """
    if form is Form.PLAIN:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    return digest.hex() if form is Form.SHA256_HEX else base64.b64encode(digest).decode()


def labels_of(form: Form) -> frozenset[Label]:
    """The labels an identifier carries in this form."""
    stored = read_labels(NODES.column("value").labels)
    return stored if form is Form.PLAIN else weaken(stored)


def preferred(field: IdentifierField) -> Form:
    """The form used when a declaration names none: the field's first."""
    return field.forms[0]

"""The forms in which identifiers leave: in plain text, or hashed as their kind is."""

from __future__ import annotations

from headwater.activate.destination import Form, IdentifierField
from headwater.identity.identifier import HASHED, lookup_kinds
from headwater.privacy.labels import Label, read_labels, weaken
from headwater.tables.nodes import TABLE as NODES


def write(value: str, form: Form, kind: str = "") -> str:
    """A normalised identifier of this kind in this form: as it is, or hashed as the kind is (if nothing is known of it: SHA-256).

    >>> write("test@example.com", Form.SHA256_HEX)
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    >>> write("test@example.com", Form.SHA256_BASE64)
    'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs='
    >>> write("973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b", Form.SHA256_BASE64, "hashed_email")
    'lz3+Rj7IV4X1+Vr1ujkG7tstkxwk5pgkqJ6mXbpOgTs='
    """
    if form is Form.PLAIN:
        return value
    known = lookup_kinds().get(kind)
    return (known.hash_forms if known else HASHED)[form](value)


def forms_of(kind: str) -> frozenset[Form]:
    """The forms in which identifiers of this kind may leave; of a kind that nothing is known of, all."""
    known = lookup_kinds().get(kind)
    return frozenset({Form.PLAIN, *map(Form, known.hash_forms)}) if known else frozenset(Form)


def labels_of(form: Form) -> frozenset[Label]:
    """The labels an identifier carries in this form."""
    stored = read_labels(NODES.column("value").labels)
    return stored if form is Form.PLAIN else weaken(stored)


def preferred(field: IdentifierField, kind: str = "") -> Form:
    """The form used when a declaration names none: the field's first in which the kind may leave."""
    may_leave = forms_of(kind)
    return next((form for form in field.forms if form in may_leave), field.forms[0])

"""Data-use labels: a closed set of what data can be that calls for care.

Columns carry labels (`tables.table.Column.labels`); whatever is made from a column carries them too, except where
`weaken` says otherwise. A destination declares which labels it accepts; the gate compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from headwater.core.errors import Bug


class Label(StrEnum):
    """What data can be. The value is the label as tables and destinations write it."""

    IDENTIFIER = "identifier"
    PSEUDONYM = "pseudonym"
    SENSITIVE = "sensitive"
    FINANCIAL = "financial"
    CHILDREN = "children"
    LOCATION = "location"

    @property
    def meaning(self) -> str:
        """The label in one sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Label.IDENTIFIER: "Names or reaches a person in plain text: an e-mail address, a phone number, a customer number.",
    Label.PSEUDONYM: "Singles a person out without naming them: the hash of an identifier.",
    Label.SENSITIVE: "Health, belief, origin, sexual life, politics, union, biometrics (GDPR art. 9).",
    Label.FINANCIAL: "Income, debt, account and card data.",
    Label.CHILDREN: "About a person known to be a child.",
    Label.LOCATION: "Where a person is or was, closer than a town.",
}


@dataclass(frozen=True, order=True)
class Origin:
    """What gives data a label.

    Attributes:
        label: the label.
        what: what carries it of itself, like `trait 'income'`.
        where: where that is said, like `sources/crm.yaml:12`; empty: it always is so.
    """

    label: Label
    what: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


def labels_of(origins: Iterable[Origin]) -> frozenset[Label]:
    """The labels that something has which is made of all this."""
    return frozenset(origin.label for origin in origins)


def read_labels(names: Iterable[str]) -> frozenset[Label]:
    """Labels by name.

    Raises:
        Bug: a table or destination declares a label outside the closed set.
    """
    try:
        return frozenset(Label(name) for name in names)
    except ValueError as error:
        raise Bug(f"{error}; known: {', '.join(Label)}") from None


def weaken(labels: Iterable[Label]) -> frozenset[Label]:
    """The labels that remain after hashing: the value no longer names the person but still singles them out.

    >>> sorted(weaken({Label.IDENTIFIER, Label.FINANCIAL}))
    [<Label.FINANCIAL: 'financial'>, <Label.PSEUDONYM: 'pseudonym'>]
    """
    return frozenset(Label.PSEUDONYM if label is Label.IDENTIFIER else label for label in labels)

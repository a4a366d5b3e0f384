"""What the stream asks of the lake, as a base of it says; and a lake in which there is nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from headwater.live.state import Node, Person


class Base(Protocol):
    """Persons as the lake had them when it was last looked at."""

    @property
    def name(self) -> str:
        """Changes whenever it is made anew."""

    @property
    def position(self) -> int:
        """Of the last live event that the lake had then."""

    def find(self, node: Node) -> Person | None:
        """The person who had an identifier, without a key."""

    def names_nobody(self, node: Node) -> bool:
        """Whether an identifier was known, and was nobody's: seen with too many others, or blocked."""

    def are_apart(self, ones: Iterable[Node], others: Iterable[Node]) -> bool:
        """Whether somebody said of one of these and one of those that they are two people."""

    def has_expired(self, one: Node, other: Node) -> bool:
        """Whether what tied these two did not count any more."""


class NoBase:
    """A lake without anybody."""

    name = ""
    position = -1

    def find(self, node: Node) -> Person | None:
        """Nobody."""
        return None

    def names_nobody(self, node: Node) -> bool:
        """None does."""
        return False

    def are_apart(self, ones: Iterable[Node], others: Iterable[Node]) -> bool:
        """Nobody said anything."""
        return False

    def has_expired(self, one: Node, other: Node) -> bool:
        """Nothing was there."""
        return False

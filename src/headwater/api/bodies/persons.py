"""Bodies about persons: by which identifiers, and what they ask for.

Identifiers are in bodies, never in addresses: addresses are what servers and proxies write into their logs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import Field, field_validator

from headwater.api.bodies.body import Body
from headwater.identity.identifier import lookup_kinds
from headwater.privacy.requests import Law


class Identified(Body):
    """An identifier."""

    identifier: str = Field(description="Its kind: email, user_id, … (docs/identifiers/).")
    value: str = Field(min_length=1, max_length=1000, description="In any spelling that the kind takes.")

    @field_validator("identifier")
    @classmethod
    def _is_kind(cls, given: str) -> str:
        kinds = lookup_kinds()
        if given not in kinds:
            raise ValueError(f"must be a kind of identifier: {', '.join(sorted(kinds))}")
        return given

    @property
    def text(self) -> str:
        """As commands are given it."""
        return f"{self.identifier}={self.value}"

    @property
    def about(self) -> list[str]:
        """The identifier."""
        return [self.text]


class Pair(Body):
    """Two identifiers."""

    one: Identified
    other: Identified

    @property
    def texts(self) -> tuple[str, str]:
        """As commands are given them."""
        return self.one.text, self.other.text


class Persons(Body):
    """Persons, by any of their identifiers."""

    identifiers: tuple[Identified, ...] = Field(
        min_length=1, max_length=1000, description="Whom it is about."
    )

    @property
    def texts(self) -> list[str]:
        """As commands are given them."""
        return [each.text for each in self.identifiers]

    @property
    def about(self) -> list[str]:
        """The identifiers."""
        return self.texts


class Asking(Body):
    """What somebody asks for, under which law, received when."""

    law: Law = Field(Law.GDPR, description="Under which law: it says by when the request must be answered.")
    received_on: date | None = Field(
        None, description="On which day (UTC) it was received; today, if left out."
    )

    @property
    def received_at(self) -> datetime | None:
        """The beginning of that day."""
        on = self.received_on
        return None if on is None else datetime(on.year, on.month, on.day, tzinfo=UTC)


class PersonsRequest(Persons, Asking):
    """What persons ask for of their data."""

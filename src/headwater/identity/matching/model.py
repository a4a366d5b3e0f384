"""A model of matching as declared in YAML: which column of the records is what, and whom to find.

    level: person
    id: record_id
    fields:
      - {kind: first_name, column: given_name}
      - {kind: last_name, column: surname}
      - {kind: birth_date, column: born, format: "%d.%m.%Y"}

A kind brings how its values are compared, which of them are rare, and which records are worth comparing because of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from headwater.core.documents import Declaration

Kind = Literal[
    "first_name",
    "last_name",
    "birth_date",
    "email",
    "phone",
    "street",
    "house_number",
    "city",
    "postcode",
    "state",
    "national_id",
    "text",
]
Level = Literal["person", "household"]

# Kinds that say who somebody is; the others say where, or anything.
_WHO = ("first_name", "last_name", "birth_date", "email", "phone", "national_id")
_OF_A_HOUSEHOLD = ("last_name", "street", "house_number", "postcode", "city")


class MatchField(Declaration):
    """A column of the records, and what it holds."""

    kind: Kind = Field(description="What the column holds.")
    column: str = Field(min_length=1, description="The column of the records.")
    format: str = Field(
        default="%Y-%m-%d",
        description="How a birth date is written in text, as strptime has it; of no use to other kinds.",
    )


class MatchModel(Declaration):
    """Whom to find in records, and by what."""

    also_called: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"columns": "fields", "unique_id": "id", "probability": "threshold", "dataset": "source"}
    )

    level: Level = Field(
        default="person", description="Whom to find: one person, or a household (a last name at an address)."
    )
    id: str = Field(default="id", min_length=1, description="The column with the id of a record.")
    source: str | None = Field(default=None, description="The column that says where a record came from.")
    once_per_source: bool = Field(
        default=False,
        description="No source has anybody twice: only records of different sources are compared, and a record is "
        "linked to one record of another source at most.",
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="The probability from which a pair is a link; left out, it is chosen from the estimates.",
    )
    seed: int = Field(default=1, ge=0, description="Which records are drawn where not all are looked at.")
    fields: tuple[MatchField, ...] = Field(min_length=1, description="What the columns hold.")

    def columns_of(self, kind: Kind) -> list[str]:
        """The columns of this kind."""
        return [field.column for field in self.fields if field.kind == kind]

    @model_validator(mode="after")
    def _is_usable(self) -> MatchModel:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        """Everything that makes no sense about the fields together."""
        kinds = Counter(field.kind for field in self.fields)
        for kind in sorted(kind for kind, count in kinds.items() if count > 1 and kind != "text"):
            yield f"{kind} stands for {kinds[kind]} columns: only text may stand for several"
        if self.once_per_source and self.source is None:
            yield "once_per_source needs to know where a record came from: add 'source'"
        if self.level == "household" and not {"last_name", "street"} <= set(kinds):
            yield "a household is a last name at an address: it needs fields of the kinds last_name and street"
        if self.level == "person" and not _identifies(set(kinds)):
            yield (
                "these fields tell no person from another: give email, phone or national_id, or first_name or "
                "last_name together with birth_date, street or postcode"
            )


def used_kinds(level: Level) -> frozenset[str]:
    """The kinds that matter at a level; fields of others are left unread."""
    return frozenset(_OF_A_HOUSEHOLD) if level == "household" else frozenset(Kind.__args__)  # type: ignore[attr-defined]


def _identifies(kinds: set[Kind]) -> bool:
    """Whether there is something to find pairs by."""
    names, places = {"first_name", "last_name"}, {"birth_date", "street", "postcode"}
    return bool(kinds & {"email", "phone", "national_id"}) or bool(kinds & names and kinds & places)

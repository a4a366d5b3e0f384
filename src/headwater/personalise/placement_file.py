"""What a file in `placements/` may say.

# placements/home_hero.yaml
description: The large picture of the home page
purpose: personalisation                 # what people must have agreed to, as headwater.yaml names it
until: 2026-12-24
holdout: 10%                             # these see the fallback, to measure against
cap: {most: 3, within: 1 day}
rules:                                   # the first that fits
  - when: {in_audience: coffee_lovers}
    variants:
      - {name: beans, weight: 2, content: {headline: Fresh beans}}
      - {name: machines, weight: 1, content: {headline: New machines}}
fallback: {headline: Welcome}

Instead of `rules`, `bandit` names variants of which the one that is rewarded most comes to be shown most.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PlainValidator, field_validator, model_validator

from headwater.audiences.percent import Percent
from headwater.audiences.values import Day, read_amount
from headwater.core.documents import Declaration
from headwater.privacy.labels import Label

HOLDOUT, FALLBACK = "holdout", "fallback"
"""What stands for a variant where none is given: no variant can be called so."""

Amount = Annotated[str, PlainValidator(read_amount, json_schema_input_type=str)]


def read_content(given: object) -> object:
    """What is handed out as it stands: anything that JSON can say.

    Raises:
        ValueError: it holds a number that JSON has not.
    """
    try:
        json.dumps(given, allow_nan=False)
    except ValueError:
        raise ValueError("holds a number that is not finite") from None
    except TypeError:
        raise ValueError("holds what JSON cannot say") from None
    return given


def read_weight(given: object) -> float:
    """A weight: a finite number, 0 or more.

    Raises:
        ValueError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic reports ValueErrors
    if not math.isfinite(given) or not 0 <= given <= 1e9:
        raise ValueError("must be between 0 and 1,000,000,000")
    return float(given)


Content = Annotated[object, PlainValidator(read_content, json_schema_input_type=object)]
Weight = Annotated[float, PlainValidator(read_weight, json_schema_input_type=Annotated[float, Field(ge=0)])]


class VariantFields(Declaration):
    """One thing that can be shown."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        description="Its name in events and reports; shares follow it, so keep it while content changes.",
    )
    content: Content = Field(description="What is handed out, as it stands.")

    @field_validator("name")
    @classmethod
    def _not_taken(cls, value: str) -> str:
        if value in (HOLDOUT, FALLBACK):
            raise ValueError(f"'{value}' is what reports call those who see no variant: choose another name")
        return value


class WeighedFields(VariantFields):
    """A variant with its share."""

    weight: Weight = Field(1.0, description="Its share, in proportion to the others; 0: nobody (any more).")


def _check_names(variants: Sequence[VariantFields], fewest: int) -> None:
    # Asked here: pydantic counts only the sound ones.
    if len(variants) < fewest:
        raise ValueError(f"must name at least {fewest} variant{'s' * (fewest > 1)}")
    repeated = [name for name, times in Counter(each.name for each in variants).items() if times > 1]
    if repeated:
        raise ValueError(f"names {', '.join(repeated)} more than once")


class RuleFields(Declaration):
    """Who sees which variants."""

    when: object = Field(
        None, description="For whom: conditions of audiences and traits; everyone if left out."
    )
    variants: tuple[WeighedFields, ...] = Field(
        description="What they see, one variant each.", json_schema_extra={"minItems": 1}
    )

    @field_validator("variants")
    @classmethod
    def _told_apart(cls, value: tuple[WeighedFields, ...]) -> tuple[WeighedFields, ...]:
        _check_names(value, 1)
        if not any(each.weight for each in value):
            raise ValueError("all weigh 0: leave the rule out, or give one a weight")
        return value


class BanditFields(Declaration):
    """Variants that compete."""

    when: object = Field(
        None, description="For whom: conditions of audiences and traits; everyone if left out."
    )
    variants: tuple[VariantFields, ...] = Field(
        description="What can be shown.", json_schema_extra={"minItems": 2}
    )
    reward: str = Field(min_length=1, description="The event that tells that showing it was worth it.")
    within: Amount = Field(description="How long after it was shown that event counts: 7 days.")
    exploration: Literal["thompson"] = Field(
        "thompson", description="thompson: as often as it may still be the best."
    )
    segments: tuple[str, ...] = Field(
        (),
        description="Audiences that learn for themselves: the first that someone is in; the rest together.",
    )

    @field_validator("variants")
    @classmethod
    def _told_apart(cls, value: tuple[VariantFields, ...]) -> tuple[VariantFields, ...]:
        _check_names(value, 2)
        return value


class CapFields(Declaration):
    """How often it may be shown to one person."""

    most: int = Field(ge=1, description="So many times.")
    within: Amount = Field(description="In a stretch up to now: 1 day, 12 hours.")
    of: Literal["placement", "variant"] = Field(
        "placement", description="placement: any of its variants; variant: each of them."
    )


class ShowsFields(Declaration):
    """What is handed out with the content."""

    traits: tuple[str, ...] = Field((), description="Traits whose values are told.")
    audiences: tuple[str, ...] = Field(
        (), description="Audiences of which it is told whether someone is in them."
    )


class PlacementFile(Declaration):
    """What a file in `placements/` may say."""

    description: str = Field("", description="Where it is and what for, in words.")
    purpose: str = Field(description="What people must have agreed to, as headwater.yaml names it.")
    is_public: bool = Field(True, description="Whether pages in browsers may ask for it, or only servers.")
    accepts: tuple[Label, ...] = Field(
        (), description="Labels of data that may be used for it; without them no labelled trait is."
    )
    rules: tuple[RuleFields, ...] = Field((), description="The first that fits a person decides.")
    bandit: BanditFields | None = Field(None, description="Instead of rules: variants that compete.")
    holdout: Percent | None = Field(
        None, description="A share of people who always see the fallback, to measure against: 10%."
    )
    cap: CapFields | None = Field(None, description="How often it may be shown to one person.")
    fallback: Content = Field(None, description="What everyone else sees; nothing if left out.")
    from_: Day | None = Field(None, alias="from", description="The day, or instant, it begins; else at once.")
    until: Day | None = Field(None, description="The last day, or the instant, it ends; else never.")
    shows: ShowsFields = Field(
        ShowsFields(), description="What is told of a person besides; nothing if left out."
    )
    salt: str = Field(
        "", description="Another text shuffles everyone anew; the placement's name if left out."
    )

    also_called: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"start": "from", "end": "until", "default": "fallback", "frequency_cap": "cap", "variants": "rules"}
    )

    @model_validator(mode="after")
    def _one_way(self) -> PlacementFile:
        if bool(self.rules) == (self.bandit is not None):
            raise ValueError("needs either `rules` or a `bandit`")
        return self

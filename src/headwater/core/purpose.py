"""What `headwater.yaml` says of a purpose in the words of the laws, and of where and how old people are.

purposes:
  newsletter:
    description: News by e-mail
    lawful_basis: consent
    gdpr: 6.1.a
    ccpa: [share]
    tcf: [2]
    jurisdictions: {only: [EU, US-CA], except: [FR]}      # or a list: only these
    minimum_age: 16
gate: {country: country, region: state, birth_date: born}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from headwater.core.documents import Declaration
from headwater.core.regions import is_in, is_region

LawfulBasis = Literal["consent", "legitimate_interest", "contract"]
Ccpa = Literal["sale", "share", "sensitive_use", "service_provider", "own_use"]
WhenUnknown = Literal["leave_out", "permit"]

ARTICLES: dict[LawfulBasis, str] = {"consent": "6.1.a", "legitimate_interest": "6.1.f", "contract": "6.1.b"}
"""The article of the GDPR that each lawful basis is."""
_ARTICLE = re.compile(r"6\.1\.[a-f]|9\.2\.[a-j]")
_ONLY_BY_CONSENT = frozenset({1, 3, 4, 5, 6})


def _listed(given: object) -> object:
    """One, or several: a list in either case."""
    return [given] if isinstance(given, (str, int)) else given


def _region(code: str) -> str:
    if not is_region(code):
        raise ValueError("is no region; write a country like DE, a part of one like US-CA, EU or EEA")
    return code


def _article(text: str) -> str:
    if not _ARTICLE.fullmatch(text):
        raise ValueError("is no ground of the GDPR; write one like 6.1.a, or for sensitive data 9.2.h")
    return text


Region = Annotated[str, AfterValidator(_region)]
Article = Annotated[str, AfterValidator(_article)]
TcfPurpose = Annotated[int, Field(ge=1, le=11)]


class Jurisdictions(Declaration):
    """Where people may be used for a purpose. By neither, anywhere."""

    only: tuple[Region, ...] | None = Field(None, description="Only there: DE, US-CA, EU, EEA.")
    except_: tuple[Region, ...] = Field((), alias="except", description="Not there.")

    def allow(self, place: str) -> bool | None:
        """Whether people who are at a place may be used; None: not known, since it is not known where exactly they are.

        >>> where = Jurisdictions.model_validate({"only": ["EU", "US"], "except": ["US-CA", "FR"]})
        >>> [where.allow(each) for each in ("DE", "FR", "US-NY", "US-CA", "US", "CN", "")]
        [True, False, True, False, None, False, None]
        """
        is_inside = True if self.only is None else is_in(place, self.only)
        is_outside = is_in(place, self.except_) if self.except_ else False
        if is_inside is False or is_outside is True:
            return False
        return None if is_inside is None or is_outside is None else True


def _only(given: object) -> object:
    """A list of regions: only these."""
    return {"only": given} if isinstance(given, (list, tuple)) else given


WhereAllowed = Annotated[Jurisdictions, BeforeValidator(_only)]
Articles = Annotated[tuple[Article, ...], BeforeValidator(_listed)]
CcpaUses = Annotated[tuple[Ccpa, ...], BeforeValidator(_listed)]
TcfPurposes = Annotated[tuple[TcfPurpose, ...], BeforeValidator(_listed)]


class GateFields(Declaration):
    """By which attributes or traits the gate knows where people are, and how old."""

    country: str | None = Field(
        None, min_length=1, description="The one that holds the country as two letters: DE, or US-CA."
    )
    region: str | None = Field(
        None, min_length=1, description="The one that holds the part of the country: CA, or US-CA."
    )
    age: str | None = Field(
        None, min_length=1, description="The one that holds the age in years: 34, 25-34 or 65+."
    )
    birth_date: str | None = Field(
        None, min_length=1, description="The one that holds the day of birth: 1990-05-17."
    )
    is_child: str | None = Field(
        None, min_length=1, description="The one that is true of a child, whatever else is known."
    )
    unknown_place: WhenUnknown = Field(
        "leave_out",
        description="Who may be in a place where the purpose is not allowed, or not: leave_out, or permit.",
    )
    unknown_age: WhenUnknown = Field(
        "leave_out",
        description="Whose age is not known, where the purpose has a minimum: leave_out, or permit.",
    )

    @property
    def of_place(self) -> tuple[str, ...]:
        """The attributes that say where somebody is."""
        return tuple(each for each in (self.country, self.region) if each)

    @property
    def of_age(self) -> tuple[str, ...]:
        """The attributes that say how old somebody is."""
        return tuple(each for each in (self.age, self.birth_date, self.is_child) if each)


def contradiction(basis: LawfulBasis, gdpr: Sequence[str], tcf: Sequence[int]) -> str:
    """In what a purpose's lawful basis and its words in law contradict each other; empty: in nothing.

    >>> contradiction("consent", ["6.1.f"], [])
    'rests on consent, which is article 6.1.a, not 6.1.f'
    >>> contradiction("legitimate_interest", ["6.1.f", "9.2.h"], [2, 3])
    'rests on legitimate_interest, but purpose 3 of the TCF can only rest on consent'
    >>> contradiction("consent", ["6.1.a"], [3])
    ''
    """
    other = next((each for each in gdpr if each.startswith("6.") and each != ARTICLES[basis]), None)
    if other:
        return f"rests on {basis}, which is article {ARTICLES[basis]}, not {other}"
    strict = sorted(_ONLY_BY_CONSENT.intersection(tcf))
    if strict and basis != "consent":
        return f"rests on {basis}, but purpose {strict[0]} of the TCF can only rest on consent"
    return ""

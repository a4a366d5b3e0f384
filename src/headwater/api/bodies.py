"""What requests say, as models; and what is wrong with one that does not, told without repeating any of it.

Identifiers are in bodies, never in addresses: addresses are what servers and proxies write into their logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from inspect import isclass
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from headwater.access.audit.log import Wanted
from headwater.access.keys import NAME
from headwater.access.roles import Action, Role
from headwater.core.config import NAME as FILE_NAME
from headwater.flow.sharing.releases import PUBLIC, WantedRelease
from headwater.identity.identifier import lookup_kinds
from headwater.privacy.requests import Law

MOST_BYTES = 65_536


class Body(BaseModel):
    """A JSON object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @property
    def about(self) -> list[str]:
        """Whom or what it is about, as commands are given it; for the audit log, which masks it."""
        inner = (getattr(self, name) for name in type(self).model_fields)
        return [text for each in inner if isinstance(each, Body) for text in each.about]


B = TypeVar("B", bound=Body)


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


class ConsentSignals(Body):
    """Consent signals that came together."""

    strings: tuple[Annotated[str, Field(min_length=1, max_length=32_768)], ...] = Field(
        (), max_length=4, description="TCF, GPP, US Privacy, Consent Mode as JSON: at most one of each."
    )
    gpc: bool = Field(False, description="Global Privacy Control is set.")

    @model_validator(mode="after")
    def _is_any(self) -> ConsentSignals:
        if not (self.strings or self.gpc):
            raise ValueError("must hold a string, or gpc")
        return self


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


class Objection(Persons):
    """An objection of persons to purposes."""

    purposes: tuple[str, ...] = Field(
        (), max_length=100, description="Purposes that they are not to be used for any more, by their ids."
    )
    all: bool = Field(False, description="Of all purposes that do not ask for consent.")


class DestinationAsked(Body):
    """A destination, and perhaps one audience."""

    destination: str = Field(pattern=FILE_NAME, description="The destination's id.")
    audience: str | None = Field(
        None, pattern=FILE_NAME, description="The audience's id; left out, all that go there."
    )

    @property
    def about(self) -> list[str]:
        """Their names."""
        return [each for each in (self.destination, self.audience) if each]


class PersonsRequest(Persons, Asking):
    """What persons ask for of their data."""


class Correction(Asking):
    """What is right of what is stated about somebody."""

    person: Identified = Field(description="Whom it is about.")
    values: dict[str, str | None] = Field(
        min_length=1,
        max_length=100,
        description="Values by attribute, as they are written; null: its correction is withdrawn.",
    )


class Extension(Body):
    """More time for a privacy request."""

    request_id: str = Field(max_length=64, description="The request's id.")
    reason: str = Field(min_length=1, max_length=1000, description="Why, as whoever asked is told.")

    @property
    def about(self) -> list[str]:
        """The request."""
        return [self.request_id]


class Decision(Pair):
    """What somebody decides of two identifiers; who, the key says."""

    reason: str = Field(min_length=1, max_length=1000, description="Why, for whoever asks later.")


class Withdrawal(Pair):
    """A decision to be taken back."""

    reason: str = Field("", max_length=1000, description="Why, for whoever asks later.")


class Supposition(Body):
    """What is supposed besides the rules in `identifiers/`; nothing, if it is left out."""

    link: Pair | None = Field(None, description="That these two were decided to be one person.")
    unmerge: Pair | None = Field(None, description="That these two were decided to be two people.")


class Application(Body):
    """How rules are to be applied."""

    anyway: bool = Field(False, description="Also if it changes more than a run does unasked.")


class Models(Body):
    """By which models records are compared."""

    models: tuple[Annotated[str, Field(pattern=FILE_NAME)], ...] = Field(
        (), description="Files in `matching/`, without .yaml; all of them if left out."
    )


class Sought(Identified):
    """Whose profile is asked for."""

    n_events: int = Field(10, ge=0, le=1000, description="How many of the latest events.")


class Audiences(Body):
    """Which audiences."""

    audiences: tuple[Annotated[str, Field(pattern=FILE_NAME)], ...] = Field(
        min_length=2, max_length=20, description="Files in `audiences/`, without .yaml."
    )


class NewRelease(Body):
    """What is to be counted with noise, and for whom."""

    audience: str = Field(pattern=FILE_NAME, description="Of whom.")
    by: str | None = Field(
        None,
        max_length=100,
        description="The trait by whose values they are counted; all together, if left out.",
    )
    epsilon: float = Field(ge=0.001, le=20, description="How much it may tell: 0.1 is little, 1 much.")
    delta: float = Field(
        1e-6, ge=1e-12, le=1e-3, description="Where it is by a trait: how likely it may tell more."
    )
    recipient: str = Field(PUBLIC, pattern=FILE_NAME, description="Whose budget is spent.")
    purpose: str | None = Field(
        None, pattern=FILE_NAME, description="What for; that of the audience, or the only one, if left out."
    )
    anew: bool = Field(False, description="Also if the same was released before, which costs again.")

    @property
    def wanted(self) -> WantedRelease:
        """As it is asked for."""
        return WantedRelease(**self.model_dump())

    @property
    def about(self) -> list[str]:
        """The audience and the recipient."""
        return [self.audience, self.recipient]


class KeyName(Body):
    """A key of the API."""

    name: str = Field(pattern=rf"^{NAME.pattern}$", description="The key's name.")

    @property
    def about(self) -> list[str]:
        """The key."""
        return [self.name]


class NewKey(KeyName):
    """A key to be made: of a role, limited to some of its actions, for some time."""

    role: Role = Field(description="What it is at most.")
    only: tuple[Action, ...] = Field(
        (), description="The actions of its role that it is limited to; none named: to none."
    )
    expires_on: date | None = Field(None, description="From which day (UTC) it opens nothing any more.")

    @property
    def expires_at(self) -> datetime | None:
        """The beginning of that day, without zone."""
        on = self.expires_on
        return None if on is None else datetime(on.year, on.month, on.day, tzinfo=UTC).replace(tzinfo=None)


class Entries(Body):
    """Which entries of the audit log."""

    since: datetime | None = Field(None, description="Only from then on; UTC, if it has no zone.")
    who: str | None = Field(
        None, max_length=200, description="Only of this key, token's subject or local user."
    )
    action: Action | None = Field(None, description="Only of this action.")
    most: int = Field(50, ge=1, le=1000, description="At most so many, newest first.")

    @property
    def wanted(self) -> Wanted:
        """As the log is asked."""
        since = self.since
        if since is not None and since.tzinfo is not None:
            since = since.astimezone(UTC).replace(tzinfo=None)
        return Wanted(since, self.who, self.action, self.most)


class Nothing(Body):
    """No body."""

    @model_validator(mode="before")
    @classmethod
    def _is_empty(cls, given: object) -> object:
        if given != {}:
            raise ValueError("takes no body")
        return given


class BodyError(Exception):
    """A body that is not what the endpoint takes; `problems`: where, and what would be right."""

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{each['path'] or 'the body'} {each['message']}" for each in problems))
        self.problems = problems


def read_body(raw: bytes, model: type[B]) -> B:
    """A body as what it says; an empty one says nothing.

    Raises:
        BodyError: it is no JSON, or says something else than the endpoint takes.
    """
    return _read(lambda: model.model_validate_json(raw or b"{}"), model)


def read_query(given: Mapping[str, str], model: type[B]) -> B:
    """What an address asks for after its question mark, as what it says.

    Raises:
        BodyError: it says something else than the endpoint takes.
    """
    return _read(lambda: model.model_validate_strings(given), model)


def _read(validate: Callable[[], B], model: type[B]) -> B:
    try:
        return validate()
    except ValidationError as error:
        problems = [_problem(each, model) for each in error.errors(include_input=False, include_url=False)]
        raise BodyError(list(_different(problems))) from None


_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be text",
        "bool_type": "must be true or false",
        **dict.fromkeys(("int_type", "int_parsing"), "must be a whole number"),
        **dict.fromkeys(
            ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
            "must be a day like 2026-12-31",
        ),
        **dict.fromkeys(
            ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
            "must be a moment like 2026-12-31T12:00Z",
        ),
        "string_pattern_mismatch": "must be a name: lower case letters, digits and `_`, beginning with a letter",
        "model_type": "must be an object",
        "json_invalid": "is no JSON (UTF-8)",
        "string_unicode": "must be text in UTF-8",
    }
)


def _problem(found: ErrorDetails, model: type[Body]) -> dict[str, str]:
    """One thing that is wrong, in words of ours: pydantic's may hold what was sent."""
    kind, place = found["type"], found["loc"]
    said: Mapping[str, Any] = found.get("ctx") or {}
    if kind == "extra_forbidden":
        place, known = place[:-1], ", ".join(_fields(model, place[:-1]))
        message = f"has a field that is not known; there are: {known}"
    elif kind == "value_error":
        message = str(said["error"])
    elif kind == "enum":
        message = f"must be {said['expected']}"
    elif "limit_value" in said or kind in _LIMITS:
        message = _LIMITS[kind].format(**said)
    else:
        message = _MESSAGES.get(kind, "is not valid")
    return {"path": ".".join(map(str, place)), "message": message}


_LIMITS: Mapping[str, str] = MappingProxyType(
    {
        "string_too_short": "must not be empty",
        "string_too_long": "must have at most {max_length} characters",
        "greater_than_equal": "must be at least {ge}",
        "less_than_equal": "must be at most {le}",
    }
)


def _fields(model: type[Body], place: tuple[int | str, ...]) -> list[str]:
    """The fields of the model that stands at a place."""
    fields = model.model_fields
    for name in place:
        wanted = fields[str(name)].annotation
        options = (wanted, *get_args(wanted))
        fields = next(each.model_fields for each in options if isclass(each) and issubclass(each, Body))
    return list(fields)


def _different(problems: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Each problem once: of several unknown fields of an object one is enough."""
    yield from {tuple(each.values()): each for each in problems}.values()

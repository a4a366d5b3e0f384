"""What requests say, as models; and what is wrong with one that does not, told without repeating any of it.

Identifiers are in bodies, never in addresses: addresses are what servers and proxies write into their logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import isclass
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from headwater.identity.identifier import lookup_kinds

MOST_BYTES = 65_536


class Body(BaseModel):
    """A JSON object with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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


class Pair(Body):
    """Two identifiers."""

    one: Identified
    other: Identified

    @property
    def texts(self) -> tuple[str, str]:
        """As commands are given them."""
        return self.one.text, self.other.text


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

    models: tuple[str, ...] = Field(
        (), description="Files in `matching/`, without .yaml; all of them if left out."
    )


class Sought(Identified):
    """Whose profile is asked for."""

    n_events: int = Field(10, ge=0, le=1000, description="How many of the latest events.")


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
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        problems = [_problem(each, model) for each in error.errors(include_input=False, include_url=False)]
        raise BodyError(list(_different(problems))) from None


_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be text",
        "bool_type": "must be true or false",
        "int_type": "must be a whole number",
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

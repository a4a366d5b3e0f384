"""A request read as a body; and what is wrong with one that is none, told without repeating any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isclass
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from headwater.api.bodies.body import Body

B = TypeVar("B", bound=Body)


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

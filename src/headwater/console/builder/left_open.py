"""What a condition leaves open that must name something: asked for in a word or two, as its declaration says what it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headwater.audiences.operator import operators
from headwater.console.builder.declared import Field, fields_in, fields_of


def left_open(said: object) -> tuple[str, ...]:
    """What is still to be chosen in a condition, in its order.

    >>> left_open({"did": "purchase", "where": {"": ""}}), left_open({"in_audience": "tea"})
    (('where: choose a property',), ())
    """
    operator = next((each for each in said if each in operators()), "") if isinstance(said, dict) else ""
    return tuple(
        f"{place}: choose {'an' if what[0] in 'aeiou' else 'a'} {what}"
        for place, what in (_open(fields_of(operator), said, "") if operator else ())
    )


def _open(fields: Sequence[Field], said: object, above: str) -> Iterator[tuple[str, str]]:
    """Where something is not named yet, and what it would be."""
    if not isinstance(said, dict):
        return
    for field in fields:
        held, place = said.get(field.name), f"{above} {field.label}".strip()
        match field.kind:
            case "where":
                if isinstance(held, dict) and "" in held:
                    yield place, "property"
            case "steps":
                for number, step in enumerate(held if isinstance(held, list) else (), 1):
                    yield from _open(fields_in("step"), step, f"{place} {number}")
            case "without":
                yield from _open(fields_in("without"), held, place)
            case _:
                if field.offers and (held == "" or (isinstance(held, dict) and "" in held)):
                    yield place, field.offers

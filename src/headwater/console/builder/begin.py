"""Conditions to begin with: what an operator needs, in the words of the project."""

from __future__ import annotations

from headwater.audiences.operator import operators
from headwater.console.audiences.known import Known
from headwater.console.builder.declared import fields_of
from headwater.console.builder.operands import FLAGS
from headwater.console.builder.rule_tree import Condition

LIKELY = ("purchase", "order_completed", "page")  # events that a first rule is about
BEGINNING = "rule:\n  all:\n    - did: {event}\n"


def event_of(words: Known) -> str:
    """An event to begin with."""
    return next((each for each in LIKELY if each in words.events), next(iter(words.events), "page"))


def first_text(words: Known) -> str:
    """The text of a new audience."""
    return BEGINNING.replace("{event}", event_of(words))


def begun(operator: str, words: Known) -> Condition:
    """A condition with all that it needs, as the first example of its operator has it; what is not there is left open."""
    example = operators()[operator].examples[0].rule
    said: dict[str, object] = {}
    for each in fields_of(operator):
        if not each.is_needed:
            continue
        given = example.get(each.name, "")
        if each.kind == "steps":
            said[each.name] = [{"did": event_of(words)}, {"did": ""}]
        elif each.offers:
            said[each.name] = given if given in _known(each.offers, words) else ""
        elif each.kind == "is":
            said[each.name] = {} if not said.get(operator) and operator == "trait" else given
        else:
            said[each.name] = given
        if each.offers == "event" and not said[each.name]:
            said[each.name] = event_of(words)
    return Condition(said)


def _known(kind: str, words: Known) -> tuple[str, ...]:
    known = {
        "event": words.events,
        "property": tuple(words.properties),
        "trait": tuple(words.traits),
        "audience": words.audiences,
        "list": words.lists,
    }
    return known.get(kind, FLAGS[:0])

"""Pages of what rules may ask: one an operator, one a comparison, with the examples that the contract kit runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from headwater.audiences.comparison import Comparison, comparisons
from headwater.audiences.example import CLOCK, Example
from headwater.audiences.history import Happened, History
from headwater.audiences.operator import Operator, operators
from headwater.audiences.values import show
from headwater.core.documents import Declaration
from headwater.flow.pages.fields import fields_table
from headwater.flow.pages.markdown import fenced, first_paragraph, grid, module_text, page, yaml_of

Part = Operator[Any] | Comparison[Any, Any]


def rule_pages() -> dict[str, str]:
    """Every page by its path under docs/."""
    return {
        **_family("operators", "Operators", "What a condition of a rule may ask of a profile.", operators()),
        **_family(
            "comparisons",
            "Comparisons",
            "What a value must be, under `is:` and `where:`. A missing value passes none but `exists: false`.",
            comparisons(),
        ),
    }


def _family(folder: str, title: str, about: str, parts: Mapping[str, Part]) -> dict[str, str]:
    rows = [
        (f"[{name}]({name}.md)", first_paragraph(module_text(part.fields))) for name, part in parts.items()
    ]
    pages = {
        f"{folder}/{name}.md": part_page(name, part.fields, part.examples) for name, part in parts.items()
    }
    return {f"{folder}/index.md": page(title, about, grid(("name", "meaning"), rows)), **pages}


def part_page(name: str, fields: type[Declaration], examples: Sequence[Example]) -> str:
    """One operator or comparison: meaning, fields, and each example rule with the people it takes in or leaves out."""
    rules = groupby(examples, key=lambda example: (example.rule, example.text))
    shown = [_example(rule, text, list(people)) for (rule, text), people in rules]
    now = f"The present of every example is {show(CLOCK.now())}."
    return page(name, module_text(fields), "## Fields", fields_table(fields), "## Examples", now, *shown)


def _example(rule: Mapping[str, object], text: str, examples: Sequence[Example]) -> str:
    people = [(_person(each.person), "in" if each.takes_in else "out") for each in examples]
    others = "; or ".join(_person(each) for each in examples[0].others)
    beside = [f"Beside it there are profiles of which each {others}."] if others else []
    shown = [
        fenced(yaml_of({"rule": dict(rule)}), "yaml"),
        f"> {text}",
        grid(("a profile that", "is"), people),
    ]
    return "\n\n".join([*shown, *beside])


def _person(history: History) -> str:
    said = [*map(_happened, history.events)]
    said += [f"has {name} {show(value)}" for name, value in history.traits.items()]
    said += [f"is in audience {name}" for name in sorted(history.audiences)]
    said += [f"is on list {name}" for name in sorted(history.lists)]
    return "; ".join(said) or "has no event, trait or audience"


def _happened(event: Happened) -> str:
    about = ", ".join(f"{name} {_shown(value)}" for name, value in event.properties.items())
    days = (CLOCK.now() - event.occurred_at).total_seconds() / 86_400
    return f"did {event.event} {days:g} {'day' if days == 1 else 'days'} ago" + (
        f" ({about})" if about else ""
    )


def _shown(value: object) -> str:
    return show(value) if isinstance(value, str | float | int | bool | datetime) else repr(value)

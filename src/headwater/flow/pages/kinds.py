"""Pages of the other kinds of part: computed traits, identifiers, sources, wire formats and destinations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from headwater.activate.declare import kinds as destination_kinds
from headwater.activate.destination import ANY, Accepted, Destination, Example, Http, Outcome, Refused
from headwater.collect.format import Format, formats
from headwater.flow.pages.fields import fields_table
from headwater.flow.pages.markdown import (
    fenced,
    first_paragraph,
    grid,
    module_text,
    names,
    page,
    yaml_of,
)
from headwater.identity.identifier import Identifier, identifier_kinds
from headwater.profiles.trait import PROPERTIES, TraitKind, trait_kinds
from headwater.sources.declare import source_kinds
from headwater.sources.source import Source
from headwater.tables.table import Type

P = TypeVar("P")

# The property that shows a kind of trait at work, by the type it needs.
_SHOWN = {Type.NUMBER: "revenue", Type.TEXT: "category", Type.INSTANT: "occurred_at"}


def kind_pages() -> dict[str, str]:
    """Every page by its path under docs/."""
    return {
        **_family("traits", "Kinds of computed trait", trait_kinds(), lambda kind: kind.meaning, trait_page),
        **_family(
            "identifiers",
            "Kinds of identifier",
            identifier_kinds(),
            lambda kind: kind.meaning,
            identifier_page,
        ),
        **_family(
            "sources",
            "Kinds of source",
            source_kinds(),
            lambda kind: first_paragraph(module_text(kind)),
            source_page,
        ),
        **_family("formats", "Wire formats", formats(), lambda kind: kind.meaning, format_page),
        **_family(
            "destinations",
            "Kinds of destination",
            destination_kinds(),
            lambda kind: kind.description,
            destination_page,
        ),
    }


def _family(
    folder: str,
    title: str,
    parts: Mapping[str, P],
    meaning: Callable[[P], str],
    page_of: Callable[[str, P], str],
) -> dict[str, str]:
    rows = [(f"[{name}]({name}.md)", meaning(part)) for name, part in parts.items()]
    pages = {f"{folder}/{name}.md": page_of(name, part) for name, part in parts.items()}
    return {f"{folder}/index.md": page(title, grid(("kind", "meaning"), rows)), **pages}


# Traits


def trait_page(name: str, kind: TraitKind) -> str:
    """One kind of computed trait: what it needs, what it gives, a file that declares one."""
    return page(
        name,
        kind.meaning,
        grid(("", ""), _trait_facts(kind)),
        "## Example",
        fenced(yaml_of(trait_example(name, kind)), "yaml"),
    )


def trait_example(name: str, kind: TraitKind) -> dict[str, object]:
    """What a file in `traits/` of this kind may say."""
    taken = [prop for type_, prop in _SHOWN.items() if type_ in kind.property_types and kind.needs_property]
    what = f"{taken[0]} over purchases" if taken else "purchases"
    return {
        "kind": name,
        "description": f"The {name} of {what} in the last 90 days",
        "event": "purchase",
        **({"property": taken[0]} if taken else {}),
        "within": {"last": "90 days"},
    }


def _trait_facts(kind: TraitKind) -> list[tuple[str, str]]:
    none = "no trait" if kind.if_none is None else f"`{kind.if_none:g}`"
    if not kind.needs_property:
        return [("property", "none"), ("gives", kind.type_of(Type.INSTANT).value), ("without events", none)]
    results = [f"{kind.type_of(type_).value} from {type_.value}" for type_ in kind.property_types]
    properties = names(prop for prop, type_ in PROPERTIES.items() if type_ in kind.property_types)
    return [("property", properties), ("gives", ", ".join(results)), ("without events", none)]


# Identifiers


def identifier_page(name: str, kind: Identifier) -> str:
    """One kind of identifier: what it identifies, how it leaves, and how raw text becomes the spelling that is compared."""
    rows = [(_quoted(raw), _quoted(kept) if kept is not None else "not one") for raw, kept in kind.examples]
    text = module_text(kind.normalise)
    return page(
        name,
        kind.meaning,
        "" if text == kind.meaning else text,
        grid(("", ""), _identifier_facts(kind)),
        "## Examples",
        grid(("given", "compared as"), rows),
    )


def _identifier_facts(kind: Identifier) -> list[tuple[str, str]]:
    leaves = names(["plain", *kind.hash_forms])
    return [
        ("identifies", f"a {kind.names}"),
        ("strength", f"{kind.strength}: an event belongs to the strongest identifier it was seen with"),
        ("reaches a person by itself", "yes" if kind.is_direct else "no"),
        ("leaves", "never, and nobody is looked up by it" if kind.is_evidence_only else leaves),
        *([("may be alike", names(kind.compared_as))] if kind.compared_as else []),
    ]


def _quoted(text: str) -> str:
    """A text as JSON has it; what shows nowhere is written as its code."""
    written = (
        sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in json.dumps(text, ensure_ascii=False)
    )
    return f"`{''.join(written)}`"


# Sources


def source_page(name: str, kind: Source) -> str:
    """One kind of source: what its `read:` block may say."""
    return page(name, module_text(kind), "## What `read:` may say", fields_table(kind.fields))


# Wire formats


def format_page(name: str, kind: Format) -> str:
    """One wire format: who speaks it, where, and what a collector's file may say of it."""
    routes = [(f"`{route.method}`", f"`{route.path}`") for route in kind.routes]
    fields = fields_table(kind.fields)
    return page(
        name,
        kind.meaning,
        module_text(kind),
        "## Where it is spoken",
        grid(("method", "path"), routes) if routes else "Nowhere: no client can send it.",
        f"## What `formats: {{{name}: …}}` of a collector may say",
        fields or "Nothing: it is enough to name it.",
    )


# Destinations


def destination_page(name: str, kind: Destination[Any]) -> str:
    """One kind of destination: what it takes, its settings, a batch as it goes out and what answers mean."""
    limits = f"{kind.limits.max_rows:,} members"
    if kind.limits.max_bytes:
        limits += f", {kind.limits.max_bytes:,} bytes"
    facts = [
        ("a request holds at most", limits),
        ("data it may be sent", names(sorted(kind.accepts))),
        ("the same batch twice", "counts once" if kind.is_idempotent else "counts twice"),
    ]
    text = module_text(kind.fields)
    return page(
        name,
        kind.description,
        text if text != kind.description else "",
        grid(("", ""), facts),
        "## Settings",
        fields_table(kind.fields) or "None.",
        "## Identifiers",
        _identifiers(kind),
        *_shown_examples(kind.examples),
    )


def _identifiers(kind: Destination[Any]) -> str:
    rows = [
        (
            "the kind's own name" if field.name == ANY else f"`{field.name}`",
            "every kind" if ANY in field.kinds else names(field.kinds),
            names(field.forms),
            "yes" if field.is_required else "no",
        )
        for field in kind.identifiers
    ]
    return grid(("field", "takes", "forms, the preferred first", "required"), rows)


def _shown_examples(examples: Iterable[Example]) -> list[str]:
    parts = []
    for example in examples:
        rows = [(str(answer.status), outcome_text(outcome)) for answer, outcome in example.answers]
        parts += [
            "## Example",
            "With these settings:",
            fenced(yaml_of({"settings": dict(example.settings)}), "yaml"),
            f"a batch of {len(example.batch.members)} members is:",
            _request(example),
            grid(("answer", "means"), rows),
        ]
    return parts


def _request(example: Example) -> str:
    request = example.request
    if isinstance(request, Http):
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        return fenced(f"{request.method} {request.url}\n{headers}\n\n{_text(request.body)}")
    return f"`{request.folder}/{request.name}`:\n\n" + fenced(_text(request.content))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace").replace("\r\n", "\n")


def outcome_text(outcome: Outcome) -> str:
    """An outcome in words."""
    if isinstance(outcome, Accepted):
        named = "; ".join(f"member {place}: {reason}" for place, reason in outcome.rejected.items())
        return f"taken, except {named}" if named else "taken"
    if isinstance(outcome, Refused):
        return f"refused for good: {outcome.reason}"
    wait = f" in {outcome.after_seconds:g} s" if outcome.after_seconds is not None else ""
    return f"try again{wait}: {outcome.reason}"

"""What the project's files say of the events, traits and audiences that a condition names, to stand beside the names."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.access.roles import Action
from headwater.console.desk.question import Given, Question
from headwater.explore.dictionary import Kind
from headwater.flow.dictionary import said_of

Meanings = Mapping[tuple[str, str], str]
"""Descriptions by what is named, as `declared.Field.offers` has it, and the name."""


def _meanings(given: Given) -> Meanings:
    """All that are declared; of events, those of plans and sources, as the dictionary has them."""
    of = given.definitions
    found = {
        ("event", name): said
        for (kind, _, name), said in said_of(of).descriptions.items()
        if kind is Kind.EVENT
    }
    found |= {("trait", name): each.value.description for name, each in of.traits.items()}
    found |= {("audience", name): each.description for name, each in of.audiences.items()}
    return {key: " ".join(said.split()) for key, said in found.items() if said.strip()}


MEANINGS = Question("console meanings of names", Action.SEE_COUNTS, _meanings)

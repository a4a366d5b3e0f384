"""What data a placement works with: the labels of traits, and of audiences made from them.

Reads the declarations of sources, traits and audiences; writes nothing. A trait carries the labels that its declaration
gives it; one that is called like a kind of identifier is an identifier. Whoever is told that someone is in an audience is
told what it is made of, so an audience carries the labels of all that its rule looks at.
"""

from __future__ import annotations

from collections.abc import Mapping

from headwater.audiences.parse import Audience
from headwater.audiences.rule import needs_of
from headwater.core.documents import Declared
from headwater.identity.identifier import identifier_kinds
from headwater.privacy.labels import Label
from headwater.profiles.trait import TraitDeclaration
from headwater.sources.declare import SourceDeclaration

Labels = Mapping[str, frozenset[Label]]
NONE: frozenset[Label] = frozenset()


def labels_of_traits(
    sources: Mapping[str, Declared[SourceDeclaration]], traits: Mapping[str, Declared[TraitDeclaration]]
) -> dict[str, frozenset[Label]]:
    """The labels of every trait that has any; of one that several sources state, all."""
    found = {kind: frozenset({Label.IDENTIFIER}) for kind in identifier_kinds()}
    for source in sources.values():
        for name, column in source.value.attribute_columns().items():
            found[name] = found.get(name, NONE) | frozenset(column.labels)
    for name, trait in traits.items():
        found[name] = found.get(name, NONE) | frozenset(trait.value.labels)
    return {name: labels for name, labels in found.items() if labels}


def labels_of_audiences(audiences: Mapping[str, Audience], traits: Labels) -> dict[str, frozenset[Label]]:
    """The labels of every audience that has any; those that refer to each other go round in no circle."""
    found: dict[str, frozenset[Label]] = {}

    def labels(name: str) -> frozenset[Label]:
        if name not in found and name in audiences:
            needs = needs_of(audiences[name].rule)
            own = NONE.union(*(traits.get(trait, NONE) for trait in needs.traits))
            found[name] = own.union(*(labels(other) for other in needs.audiences))
        return found.get(name, NONE)

    return {name: labels(name) for name in audiences if labels(name)}

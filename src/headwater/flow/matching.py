"""Matching by hand: compare the records of a project, see what would be, and let it count.

Reads what the models of `matching/` look at; writes only in `apply`, and then everything that follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.core.errors import NotFoundError
from headwater.flow.bases import follow_and_keep_base
from headwater.flow.batch import Run
from headwater.flow.definitions import Definitions
from headwater.identity.identifier import identifier_kinds
from headwater.identity.likeness.declare import Model, models_or_default
from headwater.identity.likeness.keep import keep, links_to_be, outdated
from headwater.identity.likeness.match import Matched, match
from headwater.identity.likeness.records import read_records
from headwater.identity.mapping import read_mapping
from headwater.identity.simulate import Simulated, foresee
from headwater.privacy.shown import Harmless, People
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class ModelFound:
    """What one model found.

    Attributes:
        n_records: compared.
        notes: what it could not learn, or why it compared nothing.
        threshold: the probability from which a pair counts; None: nothing was compared.
        n_links: pairs that count.
        estimated_precision, estimated_recall: from 0 to 1, by the probabilities themselves.
    """

    model: Harmless
    level: Harmless
    n_records: People
    notes: tuple[Harmless, ...]
    threshold: float | None
    n_links: People
    estimated_precision: float | None
    estimated_recall: float | None


@dataclass(frozen=True)
class Matching:
    """What matching found, and what becomes of profiles by it; `is_applied`: whether it counts now."""

    models: tuple[ModelFound, ...]
    would_be: Simulated
    is_applied: bool


def match_records(
    names: Sequence[str], workspace: Workspace, definitions: Definitions, *, applying: bool
) -> Matching:
    """Compare records by the models of these names, or by all; and let it count, if it is to be applied."""
    found = compare(names, workspace, definitions)
    would_be = what_would_be(found, workspace, definitions)
    if applying:
        apply(found, workspace, definitions)
    return Matching(tuple(map(_told, found)), would_be, applying)


def _told(matched: Matched) -> ModelFound:
    estimate = matched.estimate()
    return ModelFound(
        matched.model.name,
        matched.model.said.level,
        len(matched.records.rows),
        matched.notes,
        matched.threshold,
        len(matched.links),
        estimate.precision if estimate else None,
        estimate.recall if estimate else None,
    )


def models_of(definitions: Definitions) -> dict[str, Model]:
    """The models of a project by name; of one that declares none the one that needs no file."""
    return models_or_default(definitions.matching, identifier_kinds())


def compare(names: Sequence[str], workspace: Workspace, definitions: Definitions) -> list[Matched]:
    """Compare records by the models of these names, or by all. Writes nothing.

    Raises:
        NotFoundError: there is no model of a name.
    """
    models = models_of(definitions)
    for name in names:
        if name not in models:
            raise NotFoundError("model of matching", name, list(models))
    chosen = [models[name] for name in dict.fromkeys(names)] or list(models.values())
    rules, kinds = definitions.identifiers, identifier_kinds()
    return [match(model, read_records(model, workspace, rules, kinds)) for model in chosen]


def what_would_be(found: Sequence[Matched], workspace: Workspace, definitions: Definitions) -> Simulated:
    """What would become of profiles if this counted."""
    gone = outdated(workspace, models_of(definitions))
    links_in = links_to_be(found, gone, workspace)
    now = read_mapping(workspace.engine)
    return foresee(now, workspace, definitions.identifiers, identifier_kinds(), links_in).told()


def apply(found: Sequence[Matched], workspace: Workspace, definitions: Definitions) -> Run:
    """Let this count, and profiles, traits and audiences follow at once."""
    keep(found, outdated(workspace, models_of(definitions)), workspace)
    return follow_and_keep_base(workspace, definitions)

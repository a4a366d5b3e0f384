"""Matching by hand: compare the records of a project, see what would be, and let it count.

Reads what the models of `matching/` look at; writes only in `apply`, and then everything that follows.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from headwater.tables.workspace import Workspace


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

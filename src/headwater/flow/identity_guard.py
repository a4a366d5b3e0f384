"""What is too much of a change of who is who to happen by the way, in words; and what stops it.

Rules in `identifiers/` that make a large part of all identifiers one person, or a large part of all profiles others than they
were, are a mistake more often than a wish: a typing error is enough. So a run stops at them, and somebody says that they may.
Reads what resolving reads. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from headwater.core.errors import LargeChangeError
from headwater.core.project import Project
from headwater.core.settings import Settings
from headwater.engine.lake import Snapshot
from headwater.flow.definitions import fingerprint
from headwater.identity.declare import Rules
from headwater.identity.identifier import identifier_kinds
from headwater.identity.mapping import read_mapping
from headwater.identity.simulate import Simulated, foresee
from headwater.tables.workspace import Workspace

FEWEST = 20  # identifiers of one profile, or profiles that change: below that it is no large part of anything
STAGE = "identities"


def rules_mark(project: Project) -> str:
    """Changes when the files in `identifiers/` do; the mark of the stage begins with it."""
    return fingerprint(project.documents["identifiers"])


def are_applied(project: Project, snapshot: Snapshot) -> bool:
    """Whether who is who was last worked out by the project's rules."""
    return snapshot.stages.get(STAGE, "").partition(" ")[0] == rules_mark(project)


def warnings(found: Simulated, settings: Settings) -> tuple[str, ...]:
    """What of a change is too much, in words; empty if nothing is."""
    return tuple(_told(found, settings))


def expect_small(workspace: Workspace, rules: Rules) -> None:
    """See that rules which are not those of the last time do not change too much of who is who.

    Raises:
        LargeChangeError: they would.
    """
    if are_applied(workspace.project, workspace.snapshot):
        return
    now = read_mapping(workspace.engine)
    if not len(now.nodes):
        return
    told = warnings(foresee(now, workspace, rules, identifier_kinds()).told(), workspace.project.settings)
    if told:
        raise LargeChangeError(
            f"the rules in identifiers/ are not those of the last run: by them {'; '.join(told)}. "
            "Nobody was merged or split",
            next_step="see `headwater identity simulate`; mend identifiers/, or let it happen with "
            "`headwater identity apply --anyway`",
        )


def _told(found: Simulated, settings: Settings) -> Iterator[str]:
    largest = found.largest[0] if found.largest else None
    if (
        largest is not None
        and largest.n_identifiers >= FEWEST
        and largest.n_identifiers * 100 > settings.most_in_one_profile * found.n_identifiers
    ):
        yield (
            f"{largest.n_before:,} profiles would be one person, who would have {largest.n_identifiers:,} of all "
            f"{found.n_identifiers:,} identifiers ({largest.n_identifiers / found.n_identifiers:.0%})"
        )
    if found.n_changed >= FEWEST and found.n_changed * 100 > settings.most_profiles_changed * found.n_before:
        yield (
            f"{found.n_changed:,} of {found.n_before:,} profiles ({found.n_changed / found.n_before:.0%}) "
            "would be others than they are"
        )

"""When a new base is made, and when the one there is only needs to say who moves next.

Reads the live store and the lake. Writes `live/base/`.
"""

from __future__ import annotations

from uuid import uuid4

import msgspec

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.events.collected import last_event
from headwater.flow.batch import Run, follow_identities, run_batch
from headwater.flow.definitions import Definitions
from headwater.flow.live_log import Folders
from headwater.identity.likeness.declare import household_models
from headwater.live.base import FORM, Made, current_base, read_made
from headwater.live.differing import is_grouped_otherwise
from headwater.live.make_base import decided_in, make_base, renew_turning
from headwater.live.restricted import write_restricted
from headwater.live.rules import LiveRules, make_rules
from headwater.live.store import Store, View
from headwater.privacy.restriction import restricted_indexes
from headwater.tables.workspace import Workspace

MOST_BESIDE = 5  # a base is made anew when more than one person in so many stands beside it in the store
FEWEST_BESIDE = 20_000  # … and at least so many do


def run_and_keep_base(workspace: Workspace, definitions: Definitions) -> list[HeadwaterError]:
    """A full run, and a base of what came of it; gives what failed.

    Where a source cannot be read, live profiles rest on what is there: there is a base all the same, if there is none yet.
    """
    write_restricted(Folders.of(workspace.project.root).bases.parent, restricted_indexes(workspace.project))
    try:
        run = run_batch(workspace, definitions)
    except HeadwaterError as error:
        run = Run(workspace, definitions, failures=[error])
        if _made(run) is not None:
            return run.failures
    keep_base(run)
    return run.failures


def follow_and_keep_base(workspace: Workspace, definitions: Definitions, *, anyway: bool = False) -> Run:
    """Work out anew who is who, and what follows from it; where things happen live, live profiles follow, too."""
    run = follow_identities(workspace, definitions, anyway=anyway)
    if _made(run) is not None:
        keep_base(run)
    return run


def keep_base(run: Run) -> Made:
    """After a run: make a base of the lake, if the one there is says something else than it; else say who moves next."""
    rules, made = _rules(run), _made(run)
    if made is not None and not _is_outdated(made, run, rules):
        return renew_turning(run.workspace, run.definitions.audiences, rules, made)
    return _make(run, rules)


def replace_base(run: Run) -> Made:
    """After a run: make a base of the lake, whatever the one there says."""
    return _make(run, _rules(run))


def _rules(run: Run) -> LiveRules:
    definitions = run.definitions
    return make_rules(
        definitions.audiences,
        {name: trait.value for name, trait in definitions.traits.items()},
        household_models(definitions.matching),
    )


def _make(run: Run, rules: LiveRules) -> Made:
    workspace, definitions = run.workspace, run.definitions
    # The clock of a run stands still at its beginning; whom time moves is asked from now on.
    workspace.clock = Clock(workspace.clock.zone, workspace.project.clock.now())
    return make_base(workspace, definitions.audiences, rules, last_event(workspace), uuid4().hex[:12])


def _made(run: Run) -> Made | None:
    """What the current base was made of; None: there is none that can be used."""
    folder = current_base(Folders.of(run.workspace.project.root).bases)
    if folder is None:
        return None
    try:
        made = read_made(folder)
    except (OSError, msgspec.MsgspecError):
        return None
    return made if made.form == FORM else None


def _is_outdated(made: Made, run: Run, rules: LiveRules) -> bool:
    """Whether the lake has learnt or forgotten something that the stream did not tell it, or too many stand beside the base."""
    learnt = any(taken.source in run.definitions.sources for taken in run.taken)
    return (
        learnt
        or bool(run.retained)
        or made.rules != rules.fingerprint
        or made.decided != decided_in(run.workspace)
        or _is_left_behind(made, run)
    )


def _is_left_behind(made: Made, run: Run) -> bool:
    """Whether the store has too many people, or others than the lake."""
    folder = Folders.of(run.workspace.project.root).store
    if not folder.exists():
        return False
    store = Store(folder, run.workspace.seals)
    try:
        with store.reading() as view:
            return _are_too_many(view, made) or is_grouped_otherwise(view, made, run.workspace)
    finally:
        store.close()


def _are_too_many(view: View, made: Made) -> bool:
    return view.n_people() > max(FEWEST_BESIDE, made.n_persons // MOST_BESIDE)

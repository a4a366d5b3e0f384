"""Differentially private releases, from Python: what the command line and the API call, too.

    from headwater.core.project import open_project
    from headwater.flow.sharing.releases import Releases

    releases = Releases(open_project(Path("shop")))
    releases.release(WantedRelease("coffee_lovers", epsilon=0.5, recipient="acme"))

Reads who is in an audience, whom the gate permits, and their trait; writes, through `budget`, what was spent and released.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import numpy as np

from headwater.audiences.rule import fingerprint
from headwater.core.errors import UserError
from headwater.core.project import Project
from headwater.engine.query import DIALECT, literal
from headwater.flow.definitions import Definitions, read_definitions
from headwater.flow.sharing.permitted import Sharing, find_audience, labels_of, permitted
from headwater.privacy.anonymity.budget import Budget, Question, Spent, open_budget
from headwater.privacy.anonymity.noisy import (
    Privately,
    expect_library,
    interval,
    noisy_count,
    noisy_counts,
)
from headwater.privacy.gate import Permitted
from headwater.privacy.shown import Harmless, OfTrait
from headwater.tables.workspace import Workspace, read

EVERYONE = "all"
PUBLIC = "public"


@dataclass(frozen=True)
class WantedRelease:
    """What is to be released.

    Attributes:
        audience: of whom.
        by: the trait by whose values they are counted; None: all together.
        epsilon, delta: how much it may tell; `delta` only where it is by a trait.
        recipient: whose budget it is of; `public` is one, too.
        purpose: what for; that of the audience, or the only one there is, if left out.
        anew: also if the same was released before: which costs, and tells more.
    """

    audience: str
    epsilon: float
    by: str | None = None
    delta: float = 1e-6
    recipient: str = PUBLIC
    purpose: str | None = None
    anew: bool = False


@dataclass(frozen=True)
class ReleasedCount:
    """About how many people; `value`: of the trait; `trait` None: all of the audience."""

    trait: Harmless | None
    value: Annotated[str | None, OfTrait(name_in="trait")]
    n: int


@dataclass(frozen=True)
class Release:
    """What was released.

    Attributes:
        counts: noisy, so they may be shown to anybody whom the recipient may show them.
        off_by: how far a count is from the true one at most, in 95 of 100 cases.
        is_kept: it was released before; nothing was spent now.
        left: what may still be told this recipient.
    """

    release_id: Harmless
    recipient: Harmless
    audience: Harmless
    epsilon: float
    delta: float
    released_at: datetime
    counts: tuple[ReleasedCount, ...]
    off_by: int
    is_kept: bool
    left: float


@dataclass(frozen=True)
class Told:
    """What was spent on one question; `is_shown`: whether it was answered."""

    release_id: Harmless
    recipient: Harmless
    audience: Harmless
    by: Harmless | None
    epsilon: float
    delta: float
    spent_at: datetime
    is_shown: bool


@dataclass(frozen=True)
class Recipient:
    """How much may still be told a recipient."""

    recipient: Harmless
    left: float


@dataclass(frozen=True)
class Accounts:
    """All that was spent, oldest first, and what is left; `epsilon` None: nothing may be released."""

    epsilon: float | None
    epsilon_of_all: float | None
    days: int
    recipients: tuple[Recipient, ...]
    spent: tuple[Told, ...] = field(default=())


class Releases:
    """The releases of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def release(self, wanted: WantedRelease) -> Release:
        """Count people with noise, and spend what that tells; or show again what was released before, for nothing.

        Raises:
            UserError: what is asked cannot be counted so, or OpenDP is not installed.
            NotFoundError: there is no such audience or trait.
            Refusal: the gate refused, or the budget is spent.
        """
        _check(wanted)
        with read(self._project) as workspace, open_budget(self._project) as budget:
            definitions = read_definitions(workspace)
            people = _permitted(wanted, workspace, definitions)
            question = _question(wanted, people, definitions)
            kept = None if wanted.anew else budget.kept(question)
            if kept is not None:
                return _released(kept, budget, is_kept=True)
            expect_library()
            true = _true_counts(wanted, people, workspace)
            release_id = budget.spend(question)
            return _released(budget.keep(release_id, _noisy(true, wanted)), budget, is_kept=False)

    def budget(self) -> Accounts:
        """What was spent on whom, and what is left."""
        declared = self._project.config.anonymity
        with open_budget(self._project) as budget:
            spent = budget.all()
            names = dict.fromkeys(each.recipient for each in spent)
            left = tuple(Recipient(name, budget.left(name)) for name in names)
        told = tuple(_told(each) for each in spent)
        return Accounts(declared.epsilon, declared.epsilon_of_all, declared.days, left, told)


def _check(wanted: WantedRelease) -> None:
    """See that it can be asked so.

    Raises:
        UserError: it cannot.
    """
    if not 0.001 <= wanted.epsilon <= 20:
        raise UserError("epsilon must be from 0.001 to 20", next_step="0.1 tells little, 1 much")
    if not 1e-12 <= wanted.delta <= 1e-3:
        raise UserError("delta must be from 1e-12 to 0.001", next_step="leave it out: it is 1e-6 then")


def _permitted(wanted: WantedRelease, workspace: Workspace, definitions: Definitions) -> Permitted:
    fields = labels_of([wanted.by] if wanted.by else [], definitions)
    sharing = Sharing(wanted.audience, wanted.recipient, wanted.purpose)
    return permitted(sharing, fields, workspace, definitions)


def _question(wanted: WantedRelease, people: Permitted, definitions: Definitions) -> Question:
    asked = {
        "audience": wanted.audience,
        "rule": fingerprint(find_audience(wanted.audience, definitions).rule),
        "purpose": people.purpose,
        **({"by": wanted.by} if wanted.by else {}),
    }
    delta = wanted.delta if wanted.by else 0.0
    text = json.dumps([asked, wanted.epsilon, delta], sort_keys=True)
    mark = hashlib.sha256(text.encode()).hexdigest()
    return Question(wanted.recipient, mark, asked, Privately(wanted.epsilon, delta))


def _true_counts(wanted: WantedRelease, people: Permitted, workspace: Workspace) -> dict[str, int]:
    """How many there really are; these never leave here.

    Raises:
        UserError: the trait has values that people cannot be counted by.
    """
    if wanted.by is None:
        return {EVERYONE: len(people.profile_ids)}
    rows = workspace.engine.table(
        "SELECT profile_id, type, coalesce(text, boolean::VARCHAR) AS value FROM traits "
        f"WHERE trait = {literal(wanted.by).sql(DIALECT)}"
    )
    types = set(rows["type"].unique().to_pylist())
    if not types <= {"text", "boolean"}:
        raise UserError(
            f"people cannot be counted by '{wanted.by}': it is {', '.join(sorted(types))}",
            next_step="count by a trait that is text, or true or false",
        )
    permitted_rows = np.isin(rows["profile_id"].to_numpy(), people.profile_ids)
    values = rows["value"].to_numpy(zero_copy_only=False)[permitted_rows]
    names, sizes = np.unique(values[values != np.array(None)].astype(str), return_counts=True)
    return dict(zip(names.tolist(), sizes.tolist(), strict=True))


def _noisy(true: dict[str, int], wanted: WantedRelease) -> dict[str, int]:
    privately = Privately(wanted.epsilon, wanted.delta)
    if wanted.by is None:
        return {EVERYONE: noisy_count(true[EVERYONE], privately)}
    return noisy_counts(true, privately)


def _released(spent: Spent, budget: Budget, *, is_kept: bool) -> Release:
    by = spent.asked.get("by")
    counts = (ReleasedCount(by, value if by else None, n) for value, n in (spent.counts or {}).items())
    return Release(
        spent.release_id,
        spent.recipient,
        spent.asked["audience"],
        spent.epsilon,
        spent.delta,
        spent.spent_at,
        tuple(counts),
        interval(spent.epsilon),
        is_kept,
        budget.left(spent.recipient),
    )


def _told(spent: Spent) -> Told:
    return Told(
        spent.release_id,
        spent.recipient,
        spent.asked["audience"],
        spent.asked.get("by"),
        spent.epsilon,
        spent.delta,
        spent.spent_at,
        spent.counts is not None,
    )

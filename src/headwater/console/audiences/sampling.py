"""Some people of an audience, drawn by chance, as whoever asks may see them; and whether they may know who is in it at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from headwater.access.roles import Action
from headwater.audiences.chosen import as_refreshed
from headwater.console.audiences.questions import found
from headwater.console.desk.masked import masked
from headwater.console.desk.question import Given, Question
from headwater.core.errors import Refusal
from headwater.engine.bitmaps import Ids
from headwater.privacy.labels import labels_of
from headwater.privacy.restriction import restricted_profiles
from headwater.privacy.suppression import suppressed_profiles
from headwater.profiles.show import HeldIdentifier, show_profile

N_SHOWN = 10
MOST_IDENTIFIERS = 4


@dataclass(frozen=True)
class Sampled:
    """Somebody who is in an audience, masked for who asks; `entered_at`: since when."""

    profile_id: int
    entered_at: datetime | None
    n_events: int
    last_event_at: datetime | None
    identifiers: tuple[HeldIdentifier, ...]


def _sample(given: Given, name: str, draw: int) -> tuple[Sampled, ...]:
    """Some of those who were in an audience after the last refresh and whose data may be used; another `draw`: others.

    Raises:
        NotFoundError: there is no such audience. Refusal: that somebody is in it tells what the role may not see.
    """
    audience = found(name, given.definitions)
    hidden = labels_of(given.definitions.lineage.of_audience(audience.name)) - given.caller.labels
    if hidden:
        raise Refusal(
            f"who is in {name} tells of {', '.join(sorted(hidden))}, which is hidden from your role",
            next_step="ask somebody who sees it",
        )
    return masked(
        tuple(_person(number, name, given) for number in _drawn(name, draw, given)),
        given,
        tuple[Sampled, ...],
    )


def _drawn(name: str, draw: int, given: Given) -> list[int]:
    members = as_refreshed([name], given.workspace)
    barred = np.concatenate([restricted_profiles(given.workspace), suppressed_profiles(given.workspace)])
    people: Ids = np.setdiff1d(members.universe.members(members.sets[name]), barred)
    chance = np.random.default_rng(draw)
    drawn = chance.choice(people, size=min(N_SHOWN, len(people)), replace=False)
    return [int(each) for each in np.sort(drawn)]


def _person(number: int, name: str, given: Given) -> Sampled:
    held = show_profile(number, given.workspace, n_events=0)
    since = next((each.entered_at for each in held.audiences if each.audience == name), None)
    return Sampled(number, since, held.n_events, held.last_event_at, held.identifiers[:MOST_IDENTIFIERS])


SAMPLE = Question(
    "console audience sample",
    Action.SEE_PEOPLE,
    _sample,
    seconds=0.0,
    about=lambda name, _: (name,),
    counts=lambda people: {"seen": len(people)},
)

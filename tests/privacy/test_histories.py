"""Whatever people said, in whatever order it came, and whoever they turn out to be: nobody who refuses is ever permitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.core.config import Purpose
from headwater.live.pasts import join
from headwater.live.state import Card, Past, Person, Said, micros
from headwater.live.stated import add_said, standings
from headwater.privacy.consent import Standing, standing_of
from headwater.privacy.gate import SOMEBODY, PermitRequest, Use, permit, permit_person
from headwater.privacy.signals.incoming import Signal, Signals
from headwater.privacy.wishes import Hearing
from headwater.tables.workspace import Workspace

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PURPOSES = ("mailing", "service", "profiling")
HEARING = Hearing(
    {"service": Purpose(description="x", lawful_basis="contract", signals=("us_privacy:sale", "gpc"))}
)
N_PEOPLE = 200
STRINGS = {None: None, True: "1YNN", False: "1YYN"}


@dataclass(frozen=True)
class Told:
    """What one identifier said at a moment: so many hours before now; `lasts`: hours until it lapses."""

    node: int
    hours: int
    choice: bool | None
    string: bool | None
    is_gpc: bool
    is_despite: bool
    lasts: int | None

    @property
    def at(self) -> datetime:
        return NOW - timedelta(hours=self.hours)

    @property
    def until(self) -> datetime | None:
        return None if self.lasts is None else self.at + timedelta(hours=self.lasts)

    @property
    def refuses(self) -> bool:
        """Whether anything it says, but for Global Privacy Control, is a refusal."""
        return self.choice is False or self.string is False

    @property
    def takes_gpc_back(self) -> bool:
        return self.is_despite and self.choice is True and not self.refuses


def some(random: Random, nodes: Sequence[int]) -> list[Told]:
    """What a person's identifiers said, in the order in which it came."""
    yes_or_no = (None, True, True, False)
    return [
        Told(
            random.choice(nodes),
            random.randint(-2, 4),
            random.choice(yes_or_no),
            random.choice((None, None, *yes_or_no)),
            random.random() < 0.3,
            random.random() < 0.3,
            random.choice((None, None, 1, 3, 6)),
        )
        for _ in range(random.randint(0, 5))
    ]


def is_refusing(told: Sequence[Told]) -> bool:
    """Whether any identifier of a person refuses."""
    return any(refuses(told, node) for node in {each.node for each in told})


def refuses(told: Sequence[Told], node: int) -> bool:
    """Whether an identifier refuses, told from what it said and nothing else."""
    own = [each for each in told if each.node == node and each.at <= NOW]
    plain = [each for each in own if each.choice is not None or each.refuses or each.string is not None]
    last = [each for each in plain if each.at == max(one.at for one in plain)]
    if any(each.refuses and (each.until is None or each.until > NOW) for each in last):
        return True
    about_gpc = [each for each in own if each.is_gpc or each.takes_gpc_back]
    last = [each for each in about_gpc if each.at == max(one.at for one in about_gpc)]
    return any(not each.takes_gpc_back for each in last)


def statements(told: Sequence[Told]) -> list[tuple[int, str, datetime, datetime | None, str]]:
    """What stands in the table of it: of mailing, and the same of the others."""
    found = []
    for each in told:
        text = STRINGS[each.string]
        signals = Signals(
            {Signal.US_PRIVACY: text} if text else {},
            each.is_gpc,
            frozenset({"service"}) if each.is_despite else frozenset(),
        )
        choices = {} if each.choice is None else {"service": each.choice}
        for wish in HEARING.hear(signals, choices, each.at).wishes:
            until = None if wish.signal == Signal.GPC else each.until
            state = "granted" if wish.is_granted else "denied"
            found.append((each.node, state, each.at, until, wish.signal))
    return found


def live(told: Sequence[Told]) -> dict[str, str]:
    """Where a person stands who was several, one an identifier, until they were joined."""
    persons: dict[int, Person] = {}
    for position, (node, state, at, until, signal) in enumerate(statements(told)):
        said = Said(
            "mailing",
            state == "granted",
            micros(at),
            ("n", str(node)),
            micros(until) if until else 0,
            -1 if at > NOW else position,  # only the lake has what is dated later
            signal == Signal.GPC,
        )
        person = persons.setdefault(node, Person(node, Card(), Past(said=[])))
        add_said(person.past.said, said)
    whole = Person(0, Card(), Past(said=[]))
    for person in persons.values():
        join(whole, person)
    return standings(whole.past.said, micros(NOW))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_no_permit_holds_whoever_refuses_live_or_at_rest(
    workspace: Workspace, say: Callable[..., None], seed: int
) -> None:
    random = Random(seed)  # of many people at once: asking the tables costs the same for all of them
    people = {profile: some(random, (2 * profile, 2 * profile + 1)) for profile in range(N_PEOPLE)}
    owners = [(node, profile) for profile in people for node in (2 * profile, 2 * profile + 1)]
    say(owners, [each for told in people.values() for each in statements(told)])
    for told in people.values():
        random.shuffle(told)
    standing = {profile: standing_of(live(told), "mailing") for profile, told in people.items()}
    refusing = {profile for profile, told in people.items() if is_refusing(told)}
    for purpose in PURPOSES:
        request = PermitRequest(purpose, Use.EXPORT, "x", np.array(list(people)), {}, frozenset())
        at_rest = set(permit(request, workspace).profile_ids.tolist())
        one = PermitRequest(purpose, Use.PERSONALISATION, "x", SOMEBODY, {}, frozenset())
        permitted = {
            profile
            for profile, where in standing.items()
            if len(permit_person(one, where, workspace.project).profile_ids)
        }
        assert not {profile: people[profile] for profile in permitted ^ at_rest}
        assert not {profile: people[profile] for profile in permitted & refusing}
        if purpose == "mailing":
            assert {standing[profile] for profile in permitted} <= {Standing.GRANTED}
        else:
            assert permitted == set(people) - refusing

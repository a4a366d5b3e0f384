"""What a served project holds, read from its files: the outcomes, the live profiles, the tables, and what a rebuild makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.serve.load import Known
from tests.serve.running import until
from tests.tables.sealed import NODES

from headwater.collect.log.head import Head
from headwater.collect.log.reader import read_all
from headwater.collect.outcome import Accepted, Outcome, unpacked
from headwater.core.errors import HeadwaterError
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.core.sealing.seals import Seals
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders, taken_requests, taken_until
from headwater.flow.stream import Stream
from headwater.flow.treatment import make_treatment
from headwater.live.base import open_current_base
from headwater.live.state import Card
from headwater.live.store import Store
from headwater.tables.workspace import read


def knows(root: Path, user: str, audience: str) -> bool:
    """Whether a user is in an audience live; not while there is no store yet."""
    try:
        return audience in live(root).get(user, ({}, frozenset()))[1]
    except HeadwaterError:
        return False


def settle(root: Path) -> None:
    """Wait until the stream has taken in all that is in the log."""
    head = Head(Folders.of(root).requests)
    try:
        until(lambda: taken_requests(open_project(root)) >= head.durable, "the stream has caught up", 120)
    finally:
        head.close()


def outcomes(root: Path) -> list[Outcome]:
    """All that the stream stands by, in order."""
    return _outcomes(Folders.of(root).outcomes, sealing(root), taken_until(open_project(root)))


def sealing(root: Path) -> Seals:
    """What seals and opens there."""
    return seals_of(open_project(root))


def _outcomes(folder: Path, seals: Seals, end: int) -> list[Outcome]:
    return [each for record in read_all(folder, seals, 0, end) for each in unpacked(record.payload)]


def accepted(found: list[Outcome]) -> list[Accepted]:
    """Those that are events."""
    return [each for each in found if isinstance(each, Accepted)]


def live(root: Path) -> dict[str, Known]:
    """What the live store knows of each user, and of who is not in it the base beside it."""
    folders = Folders.of(root)
    found = _live(folders.store, sealing(root))
    base = open_current_base(folders.bases, sealing(root), {})
    for place in range(base.made.n_persons if base else 0):
        for user, known in _known(base.card_at(place)):
            found.setdefault(user, known)
    if base:
        base.close()
    return found


def _live(folder: Path, seals: Seals) -> dict[str, Known]:
    store = Store(folder, seals)
    try:
        with store.reading() as view:
            return {user: known for key in view.people() for user, known in _known(view.card(key))}
    finally:
        store.close()


def _known(card: Card) -> Iterator[tuple[str, Known]]:
    for kind, user in card.identifiers:
        if kind == "user_id":
            yield user, (dict(card.traits), frozenset(card.audiences))


def rebuilt(root: Path, folder: Path) -> tuple[list[Outcome], dict[str, Known]]:
    """The outcomes and the live profiles that one undisturbed pass over the log makes."""
    folders = Folders(
        **{**vars(Folders.of(root)), "outcomes": folder / "outcomes", "store": folder / "store"}
    )
    with read(open_project(root)) as workspace:
        stream = Stream(folders, sealing(root), make_treatment(read_definitions(workspace), workspace))
    while stream.take_some():
        pass
    end = stream._outcomes.head.end
    stream.close()
    return _outcomes(folders.outcomes, sealing(root), end), _live(folders.store, sealing(root))


def event_ids(root: Path) -> list[str]:
    """The ids in the table `events`, with repeats."""
    with read(open_project(root)) as workspace:
        return [
            str(each)
            for each in workspace.engine.table("SELECT event_id FROM events")["event_id"].to_pylist()
        ]


def at_rest(root: Path) -> dict[str, Known]:
    """What the tables know of each user."""
    with read(open_project(root)) as workspace:
        engine = workspace.engine
        whose = f"SELECT value AS user_id, profile_id FROM {NODES} JOIN identity_map USING (node_id)"
        people = engine.table(f"{whose} WHERE identifier = 'user_id'").to_pylist()
        traits: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for row in engine.table("SELECT profile_id, trait, number FROM traits").to_pylist():
            traits[row["profile_id"]][row["trait"]] = row["number"]
        audiences: defaultdict[int, set[str]] = defaultdict(set)
        for row in engine.table("SELECT profile_id, audience FROM memberships").to_pylist():
            audiences[row["profile_id"]].add(row["audience"])
    return {
        row["user_id"]: (traits[row["profile_id"]], frozenset(audiences[row["profile_id"]])) for row in people
    }

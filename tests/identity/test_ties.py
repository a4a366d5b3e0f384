"""What ties the identifiers of a profile, to be drawn: all of it, as long as there are few; and what does not count, as that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater.core.project import open_project
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.identity.decide import decide
from headwater.identity.evidence import DIFFERENT
from headwater.identity.ties import Ties, ties_of
from headwater.profiles.show import find_profile
from headwater.tables.workspace import Workspace, work
from headwater.testing.shop import make_shop

MEMBER, EMAIL = ("user_id", "m1"), ("email", "m1@example.com")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Of a shop where somebody who is a member visits as three visitors."""
    folder = make_shop(tmp_path_factory.mktemp("ties") / "shop", n_people=6, n_purchases=20).folder
    with (folder / "data" / "purchases.csv").open("a") as out:
        for number in range(3):
            out.write(f"90{number},1,m1,w{number},2026-02-0{number + 1}T10:00,tea,1.00,1,no\n")
    with work(open_project(folder)) as opened:
        run_batch(opened, read_definitions(opened))
        yield opened


def _ties(workspace: Workspace, most: int = 60) -> Ties:
    return ties_of(find_profile("user_id=m1", workspace), workspace, most)


def test_every_identifier_of_a_profile_and_what_ties_it_is_told(workspace: Workspace) -> None:
    found = _ties(workspace)
    assert {(each.identifier, each.value) for each in found.points} == {
        MEMBER,
        EMAIL,
        *(("anonymous_id", f"w{number}") for number in range(3)),
    }
    assert all(each.is_own for each in found.points)
    assert len(found.ties) == 4
    assert {(each.rule, each.sources) for tie in found.ties for each in tie.evidence} == {
        ("seen_together", ("members",)),
        ("seen_together", ("purchases",)),
    }
    assert found.n_more == 0


def test_of_a_large_profile_some_are_told_and_how_many_more_there_are(workspace: Workspace) -> None:
    found = _ties(workspace, most=2)
    shown = {each.node_id for each in found.points}
    assert (len(shown), found.n_more) == (2, 3)
    assert all({tie.node_id, tie.other_node_id} <= shown for tie in found.ties)


def test_of_a_profile_that_there_is_not_there_is_nothing_to_tell(workspace: Workspace) -> None:
    assert ties_of(10**9, workspace) == Ties((), (), 0)


def test_what_somebody_decided_stands_beside_the_evidence(workspace: Workspace) -> None:
    decide(MEMBER, EMAIL, DIFFERENT, "called us", "ann", workspace)
    (decided,) = (each.decision for each in _ties(workspace).ties if each.decision)
    assert (decided.verdict, decided.reason, decided.decided_by) == ("different", "called us", "ann")

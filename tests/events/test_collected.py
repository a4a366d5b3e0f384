"""Live events on their way to the tables: a run that dies between the shares of two sources writes each event once."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Refused, packed
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.events.collected import collected_until, take_in_collected
from headwater.identity.identifier import identifier_kinds
from headwater.tables.workspace import read, work

MICROSECOND = 1_773_144_000_000_000


def accepted(number: int, source: str) -> Accepted:
    at = MICROSECOND + number
    return Accepted(
        number, source, "track", "purchase", f"m{number}", at, at, {"user_id": f"u{number % 3}"}, {}
    )


def take_in(root: Path, folder: Path, until: int, most: int | None = None) -> int:
    """Take in up to a position, but die after so many publications; gives how many there were."""
    with work(open_project(root)) as workspace:
        taken = 0
        for _ in take_in_collected(workspace, folder, until, identifier_kinds()):
            taken += 1
            if taken == most:
                break
    return taken


def ids(root: Path) -> Counter[str]:
    with read(open_project(root)) as workspace:
        return Counter(workspace.engine.table("SELECT event_id FROM events")["event_id"].to_pylist())


@settings(max_examples=15)
@given(
    rounds=st.lists(
        st.tuples(
            st.lists(st.sampled_from(["app", "shop", "website"]), min_size=1, max_size=5), st.integers(1, 4)
        ),
        min_size=1,
        max_size=4,
    )
)
@pytest.mark.slow
def test_killed_between_the_shares_of_sources_each_event_is_written_once(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[list[str], int]]
) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "headwater.yaml").write_text("project: shop\nsettings:\n  threads: 1\n")
    log, numbers, until = Writer(root / "log", seals_of(open_project(root))), count(), 0
    for sources, most in rounds:
        for source in sources:
            log.append([packed([accepted(next(numbers), source)])])
        until = log.head.end
        take_in(root, root / "log", until, most)
    take_in(root, root / "log", until)
    assert ids(root) == Counter(f"m{number}" for number in range(next(numbers)))
    with read(open_project(root)) as workspace:
        assert collected_until(workspace) == until


def refused(number: int, source: str) -> Refused:
    return Refused(
        number,
        source,
        "segment",
        "against_plan",
        "no plan names it",
        MICROSECOND + number,
        f"m{number}",
        "odd",
        "{}",
    )


@pytest.mark.parametrize("others", [(), ("shop",)], ids=["nothing else", "another source takes some in"])
def test_a_stretch_in_which_all_of_a_source_was_refused_is_taken_in_and_counted(
    tmp_path: Path, others: tuple[str, ...]
) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\nsettings:\n  threads: 1\n")
    log = Writer(tmp_path / "log", seals_of(open_project(tmp_path)))
    log.append(
        [
            packed(
                [
                    *(refused(number, "website") for number in range(3)),
                    *(accepted(9, each) for each in others),
                ]
            )
        ]
    )
    take_in(tmp_path, tmp_path / "log", log.head.end)
    assert sum(ids(tmp_path).values()) == len(others)
    with read(open_project(tmp_path)) as workspace:
        rejected = workspace.engine.table(
            "SELECT source, reason, sum(n_rows) AS n FROM rejected_events GROUP BY ALL"
        )
        assert rejected.to_pylist() == [{"source": "website", "reason": "against_plan", "n": 3}]
        assert collected_until(workspace) == log.head.end

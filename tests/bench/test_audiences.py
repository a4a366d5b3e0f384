"""Other engines give the members that Headwater gives, for every audience, new rule and sequence of the benchmark."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from bench.audiences.found import N_CHECKED
from bench.audiences.generate import Size, make_project
from bench.audiences.measure import check_counts
from bench.audiences.place import Place, linked
from bench.audiences.work import Done, do

pytestmark = pytest.mark.slow
NEEDS = {"duckdb": "duckdb", "clickhouse": "chdb", "polars": "polars"}
ENGINES = [
    pytest.param(
        name, marks=pytest.mark.skipif(find_spec(needed) is None, reason=f"{needed} is not installed")
    )
    for name, needed in NEEDS.items()
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small project, the same after its first refresh, and its plain rows."""
    place = Place(tmp_path_factory.mktemp("bench"))
    make_project(place.project, Size(events=20_000, profiles=1_000))
    linked(place.project, place.refreshed)
    do("plain", place.root)
    return place


@pytest.fixture(scope="module")
def refreshed(place: Place) -> Done:
    return do("first_kept", place.root, 1)


@pytest.fixture(scope="module")
def new(place: Place, refreshed: Done) -> Done:
    return do("new_rule_sizes", place.root, 1, N_CHECKED)


def test_the_audiences_have_members(refreshed: Done, new: Done) -> None:
    assert len(refreshed.counts) == 200
    assert len(new.counts) == N_CHECKED
    assert sum(map(bool, refreshed.counts.values())) > 100
    assert any(new.counts.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_counts_the_same_members_of_every_audience(
    engine: str, place: Place, refreshed: Done, new: Done
) -> None:
    do(f"load {engine}", place.root)
    asked = do(f"ask {engine}", place.root, 1, 1)
    assert asked.counts == refreshed.counts | new.counts


@pytest.mark.parametrize("engine", ENGINES[:2])
def test_an_engine_counts_the_same_sequences(engine: str, place: Place, refreshed: Done) -> None:
    if not place.store(engine).exists():
        do(f"load {engine}", place.root)
    own = do("sequences", place.root, 1)
    assert do(f"sequences {engine}", place.root).counts == own.counts
    assert sum(own.counts.values()) > 0


@pytest.mark.parametrize(
    ("name", "times"), [("cold", ()), ("first", ()), ("warm", (1,)), ("explained", (5,)), ("appended", (1,))]
)
def test_a_piece_of_work_is_measured(
    name: str, times: tuple[int, ...], place: Place, refreshed: Done
) -> None:
    done = do(name, place.root, 1, *times)
    assert done.seconds
    assert done.megabytes > 0
    assert done.counts in ({}, refreshed.counts)


def test_counts_that_differ_end_the_run() -> None:
    own = Done({}, {"new": 3, "lapsing": 5}, 1, 1)
    check_counts({"cold": own, "ask duckdb": Done({}, {"new": 3}, 1, 1)})
    with pytest.raises(SystemExit, match=r"1 counts differ:\nask duckdb: new: 4, Headwater 3"):
        check_counts({"cold": own, "ask duckdb": Done({}, {"new": 4, "lapsing": 5}, 1, 1)})

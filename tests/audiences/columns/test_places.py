"""Where people stand when shuffled is what it always was, whoever comes and goes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from headwater.audiences.columns.places import Shuffled, shuffled
from headwater.audiences.shuffle import Stretch
from headwater.engine.bitmaps import Ids
from headwater.engine.engines.duckdb import DuckDB


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    session = DuckDB(threads=1)
    yield session
    session.close()


def ids(*numbers: int) -> Ids:
    return np.array(numbers, dtype=np.int64)


def test_a_stretch_holds_the_same_people_by_places_as_by_itself(engine: DuckDB) -> None:
    everyone = np.arange(1, 500, dtype=np.int64)
    places = shuffled("it's ß:1", everyone, engine).places
    for start, end in ((0, 1_000_000), (0, 500_000), (100_000, 333_333), (999_999, 1_000_000), (0, 1)):
        stretch = Stretch("it's ß:1", start, end)
        assert stretch.chosen(places).tolist() == [stretch.holds(each) for each in everyone.tolist()]


@pytest.mark.parametrize("now", [(1, 2, 3), (1, 2), (2, 3, 4), (4, 5, 6), (1, 2, 3, 4), ()], ids=str)
def test_places_follow_whoever_there_is(now: tuple[int, ...], engine: DuckDB) -> None:
    before = shuffled("x", ids(1, 2, 3), engine)
    after = shuffled("x", ids(*now), engine, before)
    assert after.places.tolist() == shuffled("x", ids(*now), engine).places.tolist()


def test_only_who_is_new_is_hashed(engine: DuckDB) -> None:
    before = Shuffled(ids(1, 3), np.array([7, 9], dtype=np.uint32))
    after = shuffled("x", ids(1, 2, 3), engine, before).places.tolist()
    assert (after[0], after[2]) == (7, 9)
    assert shuffled("x", before.ids, engine, before) is before

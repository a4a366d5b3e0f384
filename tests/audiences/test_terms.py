"""What an audience's file may say of the terms on which destinations are told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headwater.audiences.parse import Audience, read_audiences
from headwater.audiences.shuffle import Stretch
from headwater.audiences.terms import Terms
from headwater.audiences.vocabulary import Vocabulary
from headwater.core.errors import Problem
from headwater.core.project import open_project

RULE = "rule: {sample: 50%, salt: winter}\n"


def read(folder: Path, said: str) -> tuple[dict[str, Audience], list[Problem]]:
    (folder / "headwater.yaml").write_text("project: shop\ntime_zone: Europe/Berlin\n")
    path = folder / "audiences" / "buyers.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(said + RULE)
    return read_audiences(open_project(folder), Vocabulary())


def test_days_are_whole_ones_of_the_projects_zone_and_a_holdout_is_a_stretch(tmp_path: Path) -> None:
    audiences, problems = read(tmp_path, "holdout: 12.5%\nfrom: 2026-12-01\nuntil: 2026-12-24\n")
    assert problems == []
    assert audiences["buyers"].terms == Terms(
        Stretch("buyers:holdout", 0, 125_000),
        datetime(2026, 11, 30, 23, tzinfo=UTC),
        datetime(2026, 12, 24, 22, 59, 59, 999_999, tzinfo=UTC),
    )


def test_without_terms_it_is_sent_to_everyone_for_ever(tmp_path: Path) -> None:
    audiences, _ = read(tmp_path, "")
    terms = audiences["buyers"].terms
    assert terms == Terms()
    assert terms.is_scheduled(datetime(1, 1, 1, tzinfo=UTC))


def test_both_ends_are_included() -> None:
    begins, ends = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    terms = Terms(None, begins, ends)
    assert terms.is_scheduled(begins)
    assert terms.is_scheduled(ends)
    assert not terms.is_scheduled(datetime(2026, 12, 2, 0, 0, 1, tzinfo=UTC))
    assert not terms.is_scheduled(datetime(2026, 11, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("holdout: 0%\n", "at holdout: must be more than 0"),
        ("holdout: 10\n", "at holdout: must be a share like 10%"),
        ("from: 3 days ago\n", "at from: must be a date like 2026-12-24"),
        ("until: soon\n", "at until: must be a date like 2026-12-24"),
        ("from: 2026-12-24\nuntil: 2026-12-01\n", "at until: ends before it begins"),
    ],
    ids=["nobody", "no share", "not a day", "no day", "the wrong way round"],
)
def test_what_cannot_be_is_told_with_its_place(tmp_path: Path, said: str, told: str) -> None:
    audiences, problems = read(tmp_path, said)
    assert audiences == {}
    assert any(told in str(problem) for problem in problems), problems

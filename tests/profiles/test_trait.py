"""A file in traits/ that means nothing is told with its line and what would be right, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater.core.errors import Problem
from headwater.core.project import open_project
from headwater.profiles.trait import read_traits

HEAD = "description: Money\n"


def problems_of(folder: Path, text: str) -> list[Problem]:
    (folder / "traits").mkdir(exist_ok=True)
    (folder / "headwater.yaml").write_text("project: shop\n")
    (folder / "traits" / "money.yaml").write_text(HEAD + text)
    sound, problems = read_traits(open_project(folder))
    assert bool(sound) is not bool(problems)
    return problems


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("kind: sums\nproperty: revenue\n", 2, "did you mean 'sum'?"),
        ("kind: sum\nproperty: revenu\n", 3, "did you mean 'revenue'?"),
        ("kind: sum\n", 1, "'sum' needs a property"),
        ("kind: count\nproperty: revenue\n", 3, "'count' takes no property"),
        ("kind: sum\nproperty: category\n", 3, "'sum' needs number"),
        ("kind: favourite\nproperty: revenue\n", 3, "'favourite' needs text"),
        ("kind: sum\nproperty: revenue\nwhere:\n  categry: tea\n", 5, "did you mean 'category'?"),
        ("kind: sum\nproperty: revenue\nwhithin: {last: 1 days}\n", 4, "did you mean 'within'?"),
        ("kind: count\nwithin:\n  last: 90 day\n", 4, "'90 days'"),
        ("kind: count\nwithin: {last: 0 days}\n", 3, "'90 days'"),
        ("kind: count\nwithin: {last: ² days}\n", 3, "'90 days'"),
        ("kind: count\nwithin: {last: 9999 years}\n", 3, "before all history"),
        ("kind: count\nwithin: {last: 99999999999999 hours}\n", 3, "before all history"),
        ("kind: count\nevent: ''\n", 3, "at least 1 character"),
        ("property: revenue\n", 1, "'kind' is missing"),
        ("kind: count\nwhere: {revenue: lots}\n", 3, "number"),
        ("kind: count\nwhere: {category: true}\n", 3, "in quotes: 'true'"),
        ("kind: count\nwhere: {revenue: [a, b]}\n", 3, "number"),
        ("kind: count\nwhere: {store_id: 17}\n", 3, "in quotes: '17'"),
        ("kind: count\nwhere: {occurred_at: 2026-01-01}\n", 3, "use `within`"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    [problem] = problems_of(tmp_path, text)
    assert (problem.file, problem.line) == ("traits/money.yaml", line)
    assert says in str(problem)


def test_all_mistakes_in_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "kind: sum\nproperty: category\nwhere: {color: red}\n"
    assert [problem.line for problem in sorted(problems_of(tmp_path, text))] == [3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "kind: sum\nproperty: revenue\nevent: purchase\nwhere: {category: [tea, coffee], quantity: 2}\nwithin: {last: 90 days}\n",
        "kind: first\nproperty: occurred_at\n",
    ],
)
def test_a_sound_file_has_no_problems(tmp_path: Path, text: str) -> None:
    assert problems_of(tmp_path, text) == []

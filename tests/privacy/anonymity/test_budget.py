"""What may be told is never told twice over: not at the same time, not after a kill, not in parts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings, strategies as st

from headwater.core.config import Anonymity
from headwater.core.errors import Refusal
from headwater.core.project import open_project
from headwater.privacy.anonymity.budget import Budget, Question, open_budget
from headwater.privacy.anonymity.noisy import Privately

ONE = Anonymity(epsilon=1.0)


def question(epsilon: float = 0.25, recipient: str = "acme", mark: str = "q") -> Question:
    return Question(recipient, mark, {"audience": "all"}, Privately(epsilon))


@pytest.fixture
def budget() -> Iterator[Budget]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    yield Budget(engine, ONE)
    engine.dispose()


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0.01, 0.9)), max_size=12))
def test_it_is_never_exceeded_of_one_or_of_all(asked: list[tuple[str, float]]) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    budget = Budget(engine, Anonymity(epsilon=1.0, epsilon_of_all=1.5))
    for recipient, epsilon in asked:
        before = budget.left(recipient)
        try:
            budget.spend(question(epsilon, recipient))
        except Refusal:
            assert epsilon > before - 1e-5
    spent = budget.all()
    assert sum(each.epsilon for each in spent) <= 1.5
    assert all(sum(each.epsilon for each in spent if each.recipient == name) <= 1.0 for name in "ab")
    engine.dispose()


def test_what_is_spent_and_never_shown_stays_spent(budget: Budget) -> None:
    budget.spend(question())
    assert budget.left("acme") == 0.75
    assert budget.kept(question()) is None
    assert budget.left("other") == 1.0


def test_what_was_released_is_kept_for_its_recipient_alone(budget: Budget) -> None:
    budget.keep(budget.spend(question()), {"all": 7})
    kept = budget.kept(question())
    assert kept is not None
    assert kept.counts == {"all": 7}
    assert budget.kept(question(recipient="other")) is None
    assert budget.kept(question(mark="another")) is None


def test_nothing_is_told_where_no_budget_is_declared() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with pytest.raises(Refusal, match="no budget is declared"):
        Budget(engine, Anonymity()).spend(question())
    engine.dispose()


def test_who_asks_at_the_same_time_does_not_spend_the_same(tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\nanonymity: {epsilon: 1}\n")
    project = open_project(tmp_path)

    def spend(_: int) -> bool:
        with open_budget(project) as budget:
            try:
                budget.spend(question())
            except Refusal:
                return False
            return True

    with ThreadPoolExecutor(8) as at_once:
        assert sum(at_once.map(spend, range(12))) == 4
    with open_budget(project) as budget:
        assert budget.left("acme") == 0

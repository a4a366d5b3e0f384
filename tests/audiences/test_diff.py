from __future__ import annotations

import pytest

from headwater.audiences.chosen import Unsaved
from headwater.audiences.diff import Reason, diff
from headwater.audiences.evaluate import evaluate
from headwater.audiences.parse import Audience, parse_rule
from headwater.audiences.rule import Rule
from headwater.audiences.vocabulary import read_vocabulary
from headwater.tables.workspace import Workspace

COFFEE = {"did": "purchase", "where": {"category": "COFFEE"}}
RECENT = {**COFFEE, "within": {"last": "90 days"}}
YOUNG = {"trait": "age", "is": ["25-34"]}
SCORED = {"trait": "score", "is": {"exists": True}}
RULES = {
    "recent": RECENT,
    "ever": COFFEE,
    "both": {"all": [COFFEE, YOUNG]},
    "either": {"any": [COFFEE, YOUNG]},
    "never": {"not": COFFEE},
    "deep": {"all": [{"any": [YOUNG, SCORED]}, {"not": {"all": [RECENT, SCORED]}}]},
}


def rule(data: object, workspace: Workspace) -> Rule:
    found = parse_rule(data, read_vocabulary(workspace))
    assert not isinstance(found, list), found
    return found


@pytest.mark.parametrize("old", RULES)
@pytest.mark.parametrize("new", RULES)
def test_who_moves_is_who_differs_and_everyone_has_one_reason(
    old: str, new: str, workspace: Workspace
) -> None:
    rules = {name: Unsaved(rule(RULES[name], workspace)) for name in {old, new}}
    found = diff(rules[old].rule, rules[new].rule, workspace, n_sample=9)
    sets = evaluate(rules, workspace)
    before, after = set(sets.members(old).tolist()), set(sets.members(new).tolist())
    assert set(found.enter.sample.tolist()) == after - before
    assert set(found.leave.sample.tolist()) == before - after
    assert (found.old_size, found.new_size, found.n_stay) == (len(before), len(after), len(before & after))
    for moved in (found.enter, found.leave):
        assert sum(reason.n for reason in moved.reasons) == moved.n == len(moved.sample)


def test_the_condition_that_kept_them_out_is_named(workspace: Workspace) -> None:
    found = diff(rule(RULES["both"], workspace), rule(COFFEE, workspace), workspace)
    assert found.enter.reasons == (Reason("old", 'trait age is one of ("25-34")', 1),)
    assert found.enter.sample.tolist() == [3]


def test_where_all_kept_them_out_together_the_one_that_lets_them_in_is_named(workspace: Workspace) -> None:
    old, new = {"any": [YOUNG, SCORED]}, {"any": [YOUNG, SCORED, {"trait": "age", "is": ["45-54"]}]}
    found = diff(rule(old, workspace), rule(new, workspace), workspace)
    assert found.enter.reasons == (Reason("new", 'trait age is one of ("45-54")', 1),)


def test_audiences_that_rules_refer_to_are_evaluated_now(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    found = diff(audiences["young_coffee"].rule, audiences["young"].rule, workspace, audiences)
    assert (found.enter.sample.tolist(), found.leave.n) == ([2], 0)
    assert found.enter.reasons == (Reason("old", "is in audience coffee", 1),)

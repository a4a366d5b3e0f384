from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headwater.audiences.chosen import Unsaved
from headwater.audiences.evaluate import evaluate
from headwater.audiences.explain import Behind, Explanation, explain
from headwater.audiences.history import read_histories
from headwater.audiences.parse import Audience, parse_rule
from headwater.audiences.rule import matches
from headwater.audiences.vocabulary import read_vocabulary
from headwater.core.clock import Clock
from headwater.core.errors import UserError
from headwater.tables.workspace import Workspace

COFFEE = 'did purchase where (category equals "COFFEE") at least 1 time in the last 90 days'
YOUNG = 'trait age is one of ("25-34")'


def outline(found: Explanation) -> tuple[object, ...]:
    """What each part says, without the events and the advice."""
    return found.text, found.passed, found.seen, *map(outline, found.parts)


def test_each_part_says_whether_it_passed_and_what_was_seen_down_to_the_rules_of_nested_audiences(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    coffee = (COFFEE, True, "2 times, last 2017-06-30T12:00:00Z")
    assert outline(explain(1, audiences["young_coffee"], workspace, audiences)) == (
        "all of",
        True,
        "2 of 2",
        ("is in audience coffee", True, "is a member", coffee),
        ("is in audience young", True, "is a member", (YOUNG, True, '"25-34"')),
    )
    assert outline(explain(1, audiences["coffee"], workspace)) == coffee


def test_the_newest_events_behind_an_answer_show_what_was_read_of_them(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    assert explain(1, audiences["coffee"], workspace).behind == (
        Behind("purchase", datetime(2017, 6, 30, 12, tzinfo=UTC), {"category": "COFFEE"}),
        Behind("purchase", datetime(2017, 6, 21, 12, tzinfo=UTC), {"category": "COFFEE"}),
    )


def test_who_is_in_by_a_window_is_told_when_it_ends(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    found = explain(1, audiences["young_coffee"], workspace, audiences)
    assert found.turns_at == datetime(2017, 9, 28, 12, tzinfo=UTC)  # 90 days after the newest purchase
    assert (
        "until 2017-09-28T12:00:00Z, when the purchase of 2017-06-30T12:00:00Z"
        in found.parts[0].parts[0].lacks
    )


def test_it_turns_at_that_very_instant_and_not_before(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    history = read_histories([1], workspace.engine)[1]
    turns = explain(1, audiences["coffee"], workspace).turns_at
    assert turns is not None
    tick = timedelta(microseconds=1)
    rule = audiences["coffee"].rule
    assert [matches(rule, history, Clock(UTC, at)) for at in (turns - tick, turns)] == [True, False]


def test_who_is_out_is_told_what_is_missing(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    wanted = '1 more purchase where (category equals "COFFEE") in the last 90 days'
    assert explain(4, audiences["coffee"], workspace).lacks == wanted
    assert explain(4, audiences["young"], workspace).lacks == ('age would have to be so: is one of ("25-34")')


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"trait": "score", "is": {"at_least": 5}}, "score would have to be so: is at least 5 (2 more)"),
        (
            {"trait": "interests", "is": {"contains_all": ["tea", "books"]}},
            'interests would have to be so: contains all of ("books", "tea")',
        ),
        (
            {"total": "revenue", "of": "purchase", "is": {"at_least": 2.5}},
            "the total would have to be so: is at least 2.5 (1.5 more)",
        ),
        (
            {"did": "purchase", "exactly": 0, "within": {"last": "7 days"}},
            "not before 2017-07-05T12:00:00Z, when the purchase of 2017-06-28T12:00:00Z is no longer in the last 7 days",
        ),
        (
            {"did": "purchase", "at_least": 2, "within": {"last": "1 week"}},
            (
                "1 more purchase in the last week before 2017-07-05T12:00:00Z, when the purchase of 2017-06-28T12:00:00Z"
                " is no longer in the last week"
            ),
        ),
        ({"did": "purchase", "at_most": 1}, "1 more purchase would end it"),
    ],
    ids=["a trait", "a list", "a total", "too often", "too rarely", "just often enough"],
)
def test_the_nearest_change_is_told(rule: object, told: str, workspace: Workspace) -> None:
    parsed = parse_rule(rule, read_vocabulary(workspace))
    assert not isinstance(parsed, list)
    assert explain(3, Unsaved(parsed), workspace).lacks == told


def test_an_event_after_now_is_not_seen(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    assert explain(5, audiences["coffee"], workspace).seen == "0 times"


def test_a_missing_trait_is_no_value(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    found = explain(3, audiences["young"], workspace)
    assert (found.passed, found.seen) == (False, "no value")


def test_explanations_agree_with_memberships(workspace: Workspace, audiences: dict[str, Audience]) -> None:
    found = evaluate(audiences, workspace)
    for name, audience in audiences.items():
        passed = [each for each in range(1, 6) if explain(each, audience, workspace, audiences).passed]
        assert passed == found.members(name).tolist()


def test_an_unknown_profile_is_the_users_error_without_naming_anyone(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    with pytest.raises(UserError) as refused:
        explain(4711, audiences["young"], workspace)
    assert "4711" not in str(refused.value)

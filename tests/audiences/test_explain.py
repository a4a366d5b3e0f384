from __future__ import annotations

import pytest

from headwater.audiences.evaluate import evaluate
from headwater.audiences.explain import Explanation, explain
from headwater.audiences.parse import Audience
from headwater.core.errors import UserError
from headwater.tables.workspace import Workspace


def test_each_part_says_whether_it_passed_and_what_was_seen(
    workspace: Workspace, audiences: dict[str, Audience]
) -> None:
    assert explain(1, audiences["young_coffee"], workspace, audiences) == Explanation(
        "all of",
        passed=True,
        seen="2 of 2",
        parts=(
            Explanation("is in audience coffee", passed=True, seen="is a member"),
            Explanation("is in audience young", passed=True, seen="is a member"),
        ),
    )
    assert explain(1, audiences["coffee"], workspace) == Explanation(
        'did purchase where (category equals "COFFEE") at least 1 time in the last 90 days',
        passed=True,
        seen="2 times, last 2017-06-30T12:00:00Z",
    )


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

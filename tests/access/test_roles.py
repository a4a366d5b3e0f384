"""What roles may and see, and that the page says the same."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from headwater.access.roles import ROLES, Action, Caller, Role
from headwater.core.config import RoleName
from headwater.privacy.labels import Label

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")


def test_a_project_names_the_roles_there_are() -> None:
    assert set(get_args(RoleName)) == set(Role) == set(ROLES)


@pytest.mark.parametrize("role", Role)
def test_the_page_tells_what_a_role_may_and_sees(role: Role) -> None:
    actions = (
        "all"
        if role.actions == set(Action)
        else ", ".join(f"`{each}`" for each in Action if each in role.actions)
    )
    labels = (
        "all"
        if role.labels == set(Label)
        else ", ".join(f"`{each}`" for each in Label if each in role.labels)
    )
    assert f"| `{role}` | {ROLES[role].meaning} | {actions} | {labels or 'none'} |" in PAGE


@pytest.mark.parametrize("action", Action)
def test_the_page_tells_what_an_action_is(action: Action) -> None:
    assert f"| `{action}` | {action.meaning} |" in PAGE


def test_only_who_administers_may_all_and_nobody_else_gives_keys_or_sends_and_sees_people() -> None:
    assert [role for role in Role if role.actions == set(Action)] == [Role.ADMIN]
    assert [role for role in Role if Action.MANAGE_KEYS in role.actions] == [Role.ADMIN]
    assert [role for role in Role if Label.IDENTIFIER in role.labels] == [Role.ADMIN, Role.PRIVACY_OFFICER]
    assert not any({Action.SEND, Action.SEE_PEOPLE} <= role.actions for role in Role if role != Role.ADMIN)


def test_a_caller_may_what_they_were_given_not_what_their_role_may() -> None:
    caller = Caller("crm", Role.ADMIN, frozenset({Action.SEE_COUNTS}))
    assert caller.may(Action.SEE_COUNTS)
    assert not caller.may(Action.SEE_PEOPLE)


def test_all_but_looking_at_counts_is_recorded_and_what_changes_something_twice() -> None:
    assert [action for action in Action if not action.is_recorded] == [Action.SEE_COUNTS]
    assert all(action.is_recorded for action in Action if action.changes)

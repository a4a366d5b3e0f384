"""Requests of every kind are noted with the day they are due, may have more time once, and are told when they are overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater, headwater as headwater  # noqa: PLC0414 - the same command line

from headwater.core.errors import NotFoundError, UserError
from headwater.core.project import open_project
from headwater.flow.privacy import Privacy
from headwater.privacy.requests import Asks, Law

WHO = "email=ann@example.org"
TODAY = datetime.now(UTC)


@pytest.fixture
def privacy(tmp_path: Path) -> Privacy:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    return Privacy(open_project(tmp_path))


def test_what_is_noted_is_answered_by_the_command_of_the_same_kind(privacy: Privacy) -> None:
    noted = privacy.note(Asks.EXPORT, [WHO], received_at=TODAY - timedelta(days=3))
    other = privacy.note(Asks.RESTRICT, [WHO], law=Law.CCPA)
    assert privacy.note(Asks.EXPORT, [WHO]) == noted
    assert privacy.export([WHO]).request_id == noted.request_id
    assert [(each.request_id, each.ended_at is None) for each in privacy.requests()] == [
        (other.request_id, True),
        (noted.request_id, False),
    ]
    assert privacy.export([WHO]).request_id != noted.request_id


def test_overdue_ones_come_first(privacy: Privacy) -> None:
    late = privacy.note(Asks.EXPORT, [WHO], received_at=TODAY - timedelta(days=31))
    soon = privacy.note(Asks.RESTRICT, [WHO], received_at=TODAY - timedelta(days=29))
    later = privacy.note(Asks.RESTRICT, ["email=bob@example.org"], law=Law.CCPA)
    found = privacy.requests()
    assert [each.request_id for each in found] == [late.request_id, soon.request_id, later.request_id]
    assert [each.is_overdue() for each in found] == [True, False, False]


@pytest.mark.parametrize(("law", "days"), [(Law.GDPR, 89), (Law.CCPA, 90)])
def test_there_is_more_time_once_and_in_time(privacy: Privacy, law: Law, days: int) -> None:
    noted = privacy.note(Asks.EXPORT, [WHO], law=law)
    extended = privacy.extend(noted.request_id, "many accounts")
    assert extended.due_at - extended.received_at == timedelta(days=days)
    assert extended.extended_for == "many accounts"
    with pytest.raises(UserError, match="was extended before"):
        privacy.extend(noted.request_id, "again")
    privacy.export([WHO])
    with pytest.raises(UserError, match="was answered"):
        privacy.extend(noted.request_id, "again")
    late = privacy.note(Asks.RESTRICT, [WHO], received_at=TODAY - timedelta(days=46))
    with pytest.raises(UserError, match="is overdue"):
        privacy.extend(late.request_id, "too late")
    with pytest.raises(NotFoundError):
        privacy.extend("export-1", "what")


def test_a_request_to_erase_is_not_noted_for_later(privacy: Privacy) -> None:
    with pytest.raises(UserError, match="as soon as it is noted"):
        privacy.note(Asks.ERASE, [WHO])


def test_the_command_fails_while_any_is_overdue(
    tmp_path: Path, privacy: Privacy, headwater: Headwater
) -> None:
    project = ("-p", tmp_path)
    assert headwater("privacy", "requests", "--overdue", *project).exit_code == 0
    noted = headwater("privacy", "note", "export", WHO, "--received", "2026-03-01", *project, "--json").json
    shown = headwater("privacy", "requests", "--overdue", *project)
    assert (shown.exit_code, noted["request_id"] in shown.out) == (1, True)
    assert "overdue" in headwater("privacy", "requests", *project).out
    told = headwater("privacy", "extend", noted["request_id"], "--reason", "x", *project)
    assert (told.exit_code, "is overdue" in told.err) == (2, True)

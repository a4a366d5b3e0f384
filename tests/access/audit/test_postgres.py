"""The audit log and the keys of the API on a real PostgreSQL server: turns, the chain, and what is kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.sources.conftest import postgres_url  # noqa: F401 - a fixture

from headwater.access.audit.entry import Event, Outcome
from headwater.access.audit.log import Wanted, open_audit
from headwater.access.audit.verify import verify
from headwater.access.keys import open_access_keys
from headwater.access.roles import Action, Role
from headwater.core.project import Project, open_project

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.fixture
def project(tmp_path: Path, postgres_url: sa.URL) -> Project:  # noqa: F811 - as pytest has it
    url = postgres_url.render_as_string(hide_password=False)
    (tmp_path / "headwater.yaml").write_text(f"project: shop\nsettings: {{state_url: '{url}'}}\n")
    return open_project(tmp_path)


def test_writers_take_turns_from_the_first_on_and_what_is_changed_is_found(project: Project) -> None:
    def write(name: str) -> None:
        with open_audit(open_project(project.root)) as mine:
            for number in range(10):
                mine.append(Event(name, "admin", Action.SEND, "run", ("x",), Outcome.DONE, {"added": number}))

    writers = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    with open_audit(project) as log:
        assert (verify(log).is_whole, verify(log).n_entries) == (True, 40)
        found = log.entries(Wanted(who="w3", most=10))
        assert [each.event.counts["added"] for each in found] == list(range(9, -1, -1))
        with log._engine.begin() as connection:
            connection.execute(
                sa.text("UPDATE audit_entries SET counts = '{\"added\": 99}' WHERE number = 17")
            )
        assert verify(log).first_broken == 17


def test_keys_are_kept_there_as_well(project: Project) -> None:
    with open_access_keys(project) as keys:
        secret = keys.create("crm", Role.ANALYST, only=[Action.SEE_COUNTS])
        found = keys.recognise(secret)
        assert found is not None
        assert found.only == (Action.SEE_COUNTS,)
        keys.revoke("crm")
        assert keys.recognise(secret) is None

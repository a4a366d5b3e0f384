"""Every command says whether it is recorded; what is recorded says nothing of anybody in the clear."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from tests.cli.test_commands import COMMANDS

from headwater.access.audit.entry import Entry
from headwater.access.audit.log import Wanted, open_audit
from headwater.access.audit.verify import verify
from headwater.access.masking import pseudonym
from headwater.access.roles import Action, Role
from headwater.api.endpoints import ENDPOINTS
from headwater.cli.audited import is_audited
from headwater.cli.main import app
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater

# What shows nobody in particular and changes nothing that is recorded; `demo` and `init` make a project, which records itself.
NOT_AUDITED = {
    ("cleanroom", "agree"), ("cleanroom", "runs"),
    ("access", "list"), ("access", "roles"), ("audiences", "compare"), ("audiences", "forecast"), ("audiences", "history"),
    ("audiences", "list"), ("audiences", "overlap"), ("audiences", "reach"), ("audiences", "show"), ("audiences", "size"),
    ("audit", "verify"), ("check",), ("deliveries",), ("demo",), ("doctor",), ("drift",), ("identity", "simulate"), ("init",),
    ("keys", "check"), ("keys", "list"), ("lists", "show"), ("privacy", "check"), ("privacy", "check-receipt"),
    ("privacy", "key"), ("privacy", "budget"), ("privacy", "exports"),
    ("privacy", "receipt"), ("privacy", "requests"), ("privacy", "refused-signals"), ("privacy", "signal"),
    ("privacy", "suppressed"),
}  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_whether_it_is_recorded(words: tuple[str, ...]) -> None:
    said = next((told for each in _unwrapped(words) if (told := is_audited(each)) is not None), None)
    assert said is not None, (
        "it needs `@audited(…)` or `@not_audited` under `@app.command()` (cli/audited.py)"
    )
    assert said == ("" if words in NOT_AUDITED else " ".join(words))


def _unwrapped(words: tuple[str, ...]) -> list[Any]:
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    found = [command.callback]
    while hasattr(found[-1], "__wrapped__"):
        found.append(found[-1].__wrapped__)
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not run yet."""
    return make_shop(tmp_path_factory.mktemp("project") / "shop", n_people=12, n_purchases=60).folder


def entries(root: Path, after: int = 0) -> list[Entry]:
    with open_audit(open_project(root)) as log:
        return [each for each in reversed(log.entries(Wanted(most=1000))) if each.number > after]


def told(root: Path, headwater: Headwater, *words: str | Path) -> list[Entry]:
    """What one command adds to the log."""
    before = len(entries(root))
    headwater(*words, "-p", root)
    return entries(root, before)


def test_what_commands_do_is_recorded(shop: Path, headwater: Headwater, tmp_path: Path) -> None:
    seals = seals_of(open_project(shop))
    m1, m3 = (pseudonym("user_id", each, seals) for each in ("m1", "m3"))
    begun, *sent, done = told(shop, headwater, "run")
    assert (begun.event.by, begun.event.outcome, begun.event.action) == ("run", "begun", Action.OPERATE)
    assert {(each.event.action, each.event.by, each.event.outcome) for each in sent} == {
        (Action.SEND, "run", "done")
    }
    assert ("destination mailing", "audience big_spenders") in [each.event.about for each in sent]
    assert all(each.event.counts["added"] > 0 for each in sent)
    assert (done.event.by, done.event.outcome) == ("run", "done")
    [seen] = told(shop, headwater, "profile", "show", "user_id=m1")
    assert (seen.event.about, seen.event.counts, seen.event.outcome) == ((m1,), {"seen": 1}, "done")
    assert seen.event.who.startswith("local:")
    [members] = told(shop, headwater, "audiences", "members", "big_spenders", "--limit", "2")
    assert (members.event.about, members.event.counts["seen"]) == (("big_spenders",), 2)
    begun, linked = told(
        shop, headwater, "identity", "link", "user_id=m1", "user_id=m3", "--reason", "ann called"
    )
    assert (begun.event.outcome, linked.event.outcome) == ("begun", "done")
    assert (linked.event.about, linked.event.action) == ((m1, m3), Action.CHANGE_IDENTITY)
    [failed] = told(shop, headwater, "profile", "show", "user_id=nobody.secret")
    assert (failed.event.outcome, failed.event.counts) == ("failed", {})
    people = tmp_path / "vip.csv"
    people.write_text("mail\nann.secret@example.org\n")
    _, listed = told(shop, headwater, "lists", "upload", "vip", people, "--identifier", "email=mail")
    assert (listed.event.about, listed.event.counts) == (("vip",), {"listed": 1})
    assert told(shop, headwater, "sources") == []
    assert [each.event.by for each in told(shop, headwater, "sources", "--rejected", "2")] == ["sources"]
    assert [each.event.action for each in told(shop, headwater, "identity", "match")] == [Action.SEE_PEOPLE]
    kept = (shop / "state" / "headwater.db").read_bytes() + (shop / "audit" / "head").read_bytes()
    for secret in (b"ann.secret", b"nobody.secret", b"ann called", b"user_id=m1"):
        assert secret not in kept
    with open_audit(open_project(shop)) as log:
        assert verify(log).is_whole


def test_a_run_that_sends_nothing_records_no_sending(shop: Path, headwater: Headwater) -> None:
    headwater("run", "-p", shop)
    assert [each.event.action for each in told(shop, headwater, "run")] == [Action.OPERATE] * 2


def test_what_cannot_be_recorded_is_not_done(shop: Path, headwater: Headwater) -> None:
    head = shop / "audit" / "head"
    held = head.read_bytes() if head.exists() else b""
    head.unlink(missing_ok=True)
    head.mkdir(parents=True)
    found = headwater("access", "create", "unseen", "--role", "admin", "-p", shop)
    head.rmdir()
    head.write_bytes(held)
    assert (found.exit_code, found.out) == (4, "")
    assert "audit/head could not be written" in found.err
    assert "unseen" not in headwater("access", "list", "-p", shop).out


def test_what_is_killed_has_begun(shop: Path) -> None:
    before = len(entries(shop))
    command = [sys.executable, "-m", "headwater.cli.main", "identity", "apply", "-p", str(shop)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(entries(shop)) == before and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    found = entries(shop, before)
    assert (found[0].event.by, found[0].event.outcome) == ("identity apply", "begun")


def test_every_action_is_one_of_an_endpoint_or_a_command_or_of_what_people_ask_for_themselves() -> None:
    of_commands = {
        Action.SEE_PEOPLE,
        Action.CHANGE_IDENTITY,
        Action.CHANGE_LISTS,
        Action.OPERATE,
        Action.MANAGE_KEYS,
    }
    known = {each.asks for each in ENDPOINTS} | of_commands | {Action.SEND, Action.SEE_AUDIT}
    of_the_console = {Action.CHANGE_AUDIENCES}
    assert set(Action) - known - of_the_console <= {Action.PRIVACY_REQUESTS, Action.SEE_SMALL_COUNTS}


@pytest.fixture
def broken(tmp_path: Path, headwater: Headwater) -> Path:
    """A log in which somebody changed the second entry."""
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    headwater("access", "create", "crm", "--role", "admin", "-p", tmp_path)
    with sqlite3.connect(tmp_path / "state" / "headwater.db") as database:
        database.execute("UPDATE audit_entries SET who = 'local:somebody' WHERE number = 2")
    database.close()
    return tmp_path


def test_a_log_that_was_changed_is_told_with_the_first_entry(broken: Path, headwater: Headwater) -> None:
    found = headwater("audit", "verify", "-p", broken)
    assert found.exit_code == 4
    assert "entry 2 of the audit log is not as it was written" in found.err
    found = headwater("audit", "verify", "-p", broken, "--json")
    assert (found.exit_code, found.json["is_whole"], found.json["first_broken"]) == (4, False, 2)


def test_a_log_is_shown_and_verified(tmp_path: Path, headwater: Headwater) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    headwater("access", "create", "crm", "--role", "admin", "-p", tmp_path)
    whole = headwater("audit", "verify", "-p", tmp_path)
    assert whole.exit_code == 0
    noted = whole.out.splitlines()[-1]
    shown = headwater("audit", "show", "--action", "manage_keys", "--since", "2026-01-01", "-p", tmp_path)
    assert "access create" in shown.out
    rows = headwater("audit", "show", "--who", "nobody", "-p", tmp_path, "--json").json["entries"]
    assert rows == []
    [row] = headwater("audit", "show", "--limit", "1", "-p", tmp_path, "--json").json["entries"]
    assert row["event"]["by"] == "audit show"
    assert headwater("audit", "verify", "--noted", noted, "-p", tmp_path).exit_code == 0
    assert headwater("audit", "verify", "--noted", f"99{noted[1:]}", "-p", tmp_path).exit_code == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "--since", "soon"), "'soon' is no moment"),
        (("show", "--action", "all"), "all"),
        (("verify", "--noted", "7 abc"), "no line of audit/head"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, headwater: Headwater, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    found = headwater("audit", *words, "-p", tmp_path)
    assert found.exit_code == 2
    assert says in found.err


def test_roles_are_shown(headwater: Headwater) -> None:
    told = json.loads(headwater("access", "roles", "--json").out)["roles"]
    assert [each["role"] for each in told] == list(Role)

"""The chain of the audit log: whatever somebody changes who has not its key, it is found out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.access.audit.entry import Event, Outcome, hash_of
from headwater.access.audit.log import _ENTRIES, _HEAD, AuditLog, Wanted, open_audit
from headwater.access.audit.verify import verify
from headwater.access.audit.witness import FILE, Mark, read_mark
from headwater.access.roles import Action
from headwater.core.errors import AuditError, StorageError
from headwater.core.project import Project, open_project
from headwater.core.sealing.keeping import keeping_of

N = 6


def event(number: int, action: Action = Action.SEE_PEOPLE) -> Event:
    return Event(
        f"key_{number}", "analyst", action, "/v1/profiles/find", ("email:x",), Outcome.DONE, {"seen": number}
    )


@pytest.fixture
def log(project: Project) -> Iterator[AuditLog]:
    with open_audit(project) as opened:
        for number in range(N):
            opened.append(event(number))
        yield opened


def change(log: AuditLog, *statements: sa.UpdateBase) -> None:
    with log._engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_was_recorded_is_read_newest_first_and_is_whole(log: AuditLog) -> None:
    found = log.entries()
    assert [each.number for each in found] == list(range(N, 0, -1))
    assert [each.event for each in found] == [event(number) for number in reversed(range(N))]
    told = verify(log)
    assert (told.is_whole, told.n_entries, told.first_broken, told.why) == (True, N, None, "")
    assert told.head == f"{N} {found[0].hash}"


def test_what_is_asked_for_is_found(log: AuditLog) -> None:
    log.append(event(9, Action.SEND))
    assert [each.event.who for each in log.entries(Wanted(who="key_3"))] == ["key_3"]
    assert [each.event.who for each in log.entries(Wanted(action=Action.SEND))] == ["key_9"]
    assert [each.number for each in log.entries(Wanted(most=2))] == [N + 1, N]
    third = log.entries(Wanted(who="key_2"))[0].at
    assert [each.number for each in log.entries(Wanted(since=third))] == list(range(N + 1, 2, -1))
    assert log.entries(Wanted(since=datetime(9999, 1, 1))) == []


_COLUMNS = [column.name for column in _ENTRIES.columns]
_OTHER = {
    "number": st.integers(-3, 40),
    "at": st.sampled_from(["2020-01-01T00:00:00.000000", "never", ""]),
    "who": st.text(max_size=20),
    "role": st.sampled_from(["admin", ""]),
    "action": st.sampled_from(["send", "see_audit", "nothing"]),
    "by": st.text(max_size=20),
    "about": st.sampled_from([[], ["email:y"], "email:x", None, {}, [1]]),
    "outcome": st.sampled_from(["refused", "failed", "begun", "?"]),
    "counts": st.sampled_from([{}, {"seen": 99}, [], None, {"seen": "1"}]),
    "hash": st.sampled_from(["0" * 64, ""]),
}


@pytest.mark.parametrize("column", _COLUMNS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_that_is_changed_is_found_at_its_entry(
    log: AuditLog, column: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, N))
    with log._engine.begin() as connection:
        was = connection.execute(sa.select(_ENTRIES).where(_ENTRIES.c.number == number)).mappings().one()
    taken = set(range(1, N + 1)) if column == "number" else {}
    value = data.draw(
        _OTHER[column].filter(
            lambda other: (
                other != was[column] and other not in taken if column == "number" else other != was[column]
            )
        )
    )
    stored = sa.JSON.NULL if value is None and column in ("about", "counts") else value
    change(log, _ENTRIES.update().where(_ENTRIES.c.number == number).values({column: stored}))
    found = verify(log)
    assert not found.is_whole
    assert found.first_broken == (min(number, value) if column == "number" else number)
    back = value if column == "number" else number
    change(log, _ENTRIES.update().where(_ENTRIES.c.number == back).values({column: was[column]}))
    assert verify(log).is_whole


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(1, N), min_size=1))
def test_any_entries_that_are_removed_are_missed(log: AuditLog, gone: set[int]) -> None:
    with log._engine.begin() as connection:
        rows = list(connection.execute(sa.select(_ENTRIES).where(_ENTRIES.c.number.in_(gone))).mappings())
    change(log, _ENTRIES.delete().where(_ENTRIES.c.number.in_(gone)))
    assert verify(log).first_broken == min(gone)
    change(log, *(_ENTRIES.insert().values(**row) for row in rows))
    assert verify(log).is_whole


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(1, N + 1)).filter(lambda order: order != list(range(1, N + 1))))
def test_entries_that_change_places_are_found(log: AuditLog, order: list[int]) -> None:
    with log._engine.begin() as connection:
        rows = list(connection.execute(sa.select(_ENTRIES).order_by(_ENTRIES.c.number)).mappings())
    moved = [{**rows[at - 1], "number": number} for number, at in enumerate(order, start=1)]
    change(log, _ENTRIES.delete(), *(_ENTRIES.insert().values(**row) for row in moved))
    assert verify(log).first_broken == next(n for n, at in enumerate(order, start=1) if n != at)
    change(log, _ENTRIES.delete(), *(_ENTRIES.insert().values(**row) for row in rows))
    assert verify(log).is_whole


def test_a_tail_that_is_removed_is_missed_though_the_count_is_put_back(log: AuditLog) -> None:
    last = log.entries(Wanted(most=2))[1]
    change(
        log,
        _ENTRIES.delete().where(_ENTRIES.c.number == N),
        _HEAD.update().values(number=N - 1, hash=last.hash),
    )
    assert verify(log).first_broken == N


def test_what_was_noted_elsewhere_tells_of_a_tail_removed_everywhere(log: AuditLog) -> None:
    noted, last = read_mark(verify(log).head), log.entries(Wanted(most=2))[1]
    assert noted is not None
    change(
        log,
        _ENTRIES.delete().where(_ENTRIES.c.number == N),
        _HEAD.update().values(number=N - 1, hash=last.hash),
    )
    lines = log.witness.path.read_text().splitlines()
    log.witness.path.write_text("\n".join(lines[:-1]) + "\n")
    assert verify(log).is_whole  # nothing in the project knows it any more
    assert verify(log, [noted]).first_broken == N
    assert verify(log, [Mark(2, "0" * 64)]).first_broken == 2


def test_a_log_that_is_gone_as_a_whole_is_missed(log: AuditLog, project: Project) -> None:
    change(log, _ENTRIES.delete(), _HEAD.delete())
    with open_audit(project) as emptied:
        assert verify(emptied).first_broken == 1


@pytest.mark.parametrize("at", ["the count", "a lower count", "its file"])
def test_what_says_how_far_the_log_went_must_be_there(log: AuditLog, at: str) -> None:
    if at == "its file":
        log.witness.path.unlink()
        assert verify(log).first_broken == 1
        return
    change(log, _HEAD.delete() if at == "the count" else _HEAD.update().values(number=2))
    assert not verify(log).is_whole
    with pytest.raises(StorageError):  # nothing is recorded over it
        log.append(event(1))


def test_a_line_that_knows_another_entry_is_found(log: AuditLog) -> None:
    lines = log.witness.path.read_text().splitlines()
    lines[2] = f"3 {'0' * 64}"
    log.witness.path.write_text("\n".join(lines) + "\n")
    assert verify(log).first_broken == 3


def test_a_hash_is_of_the_entry_and_of_the_one_before_and_of_the_key() -> None:
    at = datetime(2026, 3, 1)
    told = [(1, at, event(1), "a", b"key"), (2, at, event(1), "a", b"key"), (1, at, event(2), "a", b"key")]
    told += [
        (1, datetime(2026, 3, 2), event(1), "a", b"key"),
        (1, at, event(1), "b", b"key"),
        (1, at, event(1), "a", b"yek"),
    ]
    assert len({hash_of(*each) for each in told}) == len(told)


def test_an_entry_chained_anew_without_the_key_is_found(log: AuditLog) -> None:
    forged = AuditLog(log._engine, b"another key", log.witness)
    forged.append(event(7))
    assert verify(log).first_broken == N + 1


def test_a_line_torn_by_a_power_cut_does_no_harm(log: AuditLog) -> None:
    with log.witness.path.open("a") as file:
        file.write("7 abc")
    log.append(event(7))
    assert verify(log).is_whole
    assert [mark.number for mark in log.witness.marks() if mark] == list(range(1, N + 2))


def test_a_changed_entry_that_means_nothing_is_told_not_shown(log: AuditLog) -> None:
    change(log, _ENTRIES.update().where(_ENTRIES.c.number == 3).values(action="nothing"))
    with pytest.raises(AuditError, match="entry 3 of the audit log was changed"):
        log.entries()


def test_keys_that_are_rotated_leave_the_log_whole(log: AuditLog, project: Project) -> None:
    first = keeping_of(project).load_or_create().active.key_id
    keeping_of(project).rotate()
    keeping_of(project).forget(first)
    with open_audit(project) as again:
        again.append(event(8))
        assert verify(again).is_whole


def test_all_of_several_events_are_recorded_or_none(log: AuditLog) -> None:
    broken = Event("x", "analyst", Action.SEND, "run", (), Outcome.DONE, {"n": object()})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        log.append(event(1), broken)
    assert verify(log).n_entries == N


def test_writers_take_turns(project: Project) -> None:
    def write(name: str) -> None:
        with open_audit(open_project(project.root)) as mine:
            for _ in range(15):
                mine.append(Event(name, "admin", Action.SEND, "run", (), Outcome.DONE))

    writers = [threading.Thread(target=write, args=(f"w{number}",)) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    with open_audit(project) as log:
        assert verify(log).n_entries == 60
        assert verify(log).is_whole
        assert len(log.entries(Wanted(who="w2", most=100))) == 15


def test_a_disk_that_cannot_be_written_is_told(log: AuditLog, root: Path) -> None:
    (root / FILE).unlink()
    (root / FILE).mkdir()
    with pytest.raises(StorageError, match="audit/head could not be written"):
        log.append(event(1))
    with pytest.raises(StorageError, match="audit/head could not be read"):
        verify(log)


def test_a_database_that_cannot_be_reached_is_told(project: Project, monkeypatch) -> None:
    monkeypatch.setattr(
        "headwater.access.audit.log.connect_state", lambda *_: sa.create_engine("sqlite:////no/such/folder")
    )
    with pytest.raises(StorageError, match="the audit log could not be read or written"), open_audit(project):
        pass

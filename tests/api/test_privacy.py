"""What privacy officers do over HTTP: requests from note to receipt, deletion lists, files for others, clean rooms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.api.asking import BODIES, GONE, STRANGER, Asking, ready_for

from headwater.access.roles import Role
from headwater.api.bodies.body import MOST_BYTES
from headwater.api.endpoints import deletion_lists
from headwater.core.project import open_project
from headwater.flow.exchange import exchange_folder
from headwater.flow.sharing import handed_over
from headwater.privacy.shown import BELOW_FLOOR

OFFICER = Role.PRIVACY_OFFICER
TAKE_FILES = {
    "/v1/privacy/drop": "file",
    "/v1/privacy/drop/foresee": "file",
    "/v1/cleanroom/answer": "request",
    "/v1/cleanroom/result": "answer",
    "/v1/cleanroom/request": "to",
}


def ask(api: Asking, path: str, body: object = None, method: str = "POST", role: Role = OFFICER) -> Any:
    answer = api.ask(method, path, body, role)
    assert answer.status_code == 200, answer.text
    return answer.json()


def look(api: Asking, path: str, body: object = None, role: Role = OFFICER) -> Any:
    return ask(api, path, body, "GET", role)


def refused(api: Asking, path: str, body: object, method: str = "POST") -> tuple[int, str]:
    answer = api.ask(method, path, body, OFFICER)
    return answer.status_code, answer.json()["error"]["code"]


def in_exchange(api: Asking) -> set[str]:
    return {path.name for path in exchange_folder(open_project(api.root)).iterdir()}


def test_a_request_goes_from_note_to_a_receipt_that_can_be_checked(api: Asking) -> None:
    about = {"identifiers": [STRANGER], "law": "ccpa", "received_on": "2026-03-01"}
    noted = ask(api, "/v1/privacy/note", {**about, "asks": "restrict"})
    asked = {"request_id": noted["request_id"]}
    assert (noted["receipt"], noted["due_at"][:10], noted["is_overdue"]) == (None, "2026-04-15", True)
    late = look(api, "/v1/privacy/requests", {"overdue": "true"})["requests"]
    assert [each["request_id"] for each in late] == [noted["request_id"]]
    assert ask(api, "/v1/privacy/restrict", {"identifiers": [STRANGER]})["request_id"] == noted["request_id"]
    receipt = look(api, "/v1/privacy/receipt", asked)["receipt"]
    assert receipt["public_key"] == look(api, "/v1/privacy/key", role=Role.MARKETER)["public_key"]
    for given, is_genuine in ((receipt, True), ({**receipt, "n_profiles": 9}, False), ({}, False)):
        told = ask(api, "/v1/privacy/check-receipt", {"receipt": given}, role=Role.READ_ONLY)
        assert told == {"is_genuine": is_genuine}
    other = {"receipt": receipt, "public_key": "A" * 43}
    assert ask(api, "/v1/privacy/check-receipt", other) == {"is_genuine": False}
    assert refused(api, "/v1/privacy/receipt", {"request_id": "none"}, "GET") == (404, "not_found")
    assert refused(api, "/v1/privacy/receipt", {}, "GET") == (400, "body_invalid")


def test_to_erase_is_not_noted_but_done(api: Asking) -> None:
    assert refused(api, "/v1/privacy/note", {"asks": "erase", "identifiers": [STRANGER]})[0] == 400


def test_a_receipt_may_be_larger_than_other_bodies(api: Asking) -> None:
    large = {"receipt": {"subjects": ["x" * MOST_BYTES]}}
    assert ask(api, "/v1/privacy/check-receipt", large) == {"is_genuine": False}
    answer = api.ask("POST", "/v1/privacy/signal", {"strings": ["x" * MOST_BYTES]}, OFFICER)
    assert (answer.status_code, "65,536" in answer.text) == (413, True)


def test_who_is_let_in_again_is_kept_out_no_more(api: Asking) -> None:
    with ready_for("/v1/privacy/lift", api):
        [kept] = look(api, "/v1/privacy/suppressed")["suppressed"]
        assert (kept["identifier"], GONE["value"] in json.dumps(kept)) == ("email", False)
        assert look(api, "/v1/privacy/suppressed", {"skip": 1})["suppressed"] == []
        assert ask(api, "/v1/privacy/lift", GONE) == {"n_identifiers": 1}
    assert look(api, "/v1/privacy/suppressed")["suppressed"] == []
    assert refused(api, "/v1/privacy/lift", GONE) == (400, "user_error")


def test_nothing_waits_to_be_carried_out(api: Asking) -> None:
    assert ask(api, "/v1/privacy/resume", {}) == {"receipts": []}


@pytest.mark.parametrize("name", ["../headwater.yaml", "/etc/passwd", "..", ".hidden", "a/b", "x" * 101, ""])
@pytest.mark.parametrize("path", TAKE_FILES)
def test_no_file_outside_the_folder_is_reached(api: Asking, path: str, name: str) -> None:
    answer = api.ask("POST", path, {**BODIES[path], TAKE_FILES[path]: name}, OFFICER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "body_invalid")
    assert "name of a file" in answer.text


@pytest.mark.parametrize("path", ["/v1/privacy/drop", "/v1/privacy/drop/foresee"])
def test_a_file_that_is_not_there_is_told(api: Asking, path: str) -> None:
    assert refused(api, path, {"file": "none.zip"}) == (404, "not_found")


def test_deletion_lists_are_answered_in_the_folder_where_they_lie(
    api: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion_lists, "MOST_REFUSED", 0)
    with ready_for("/v1/privacy/drop", api):
        foreseen = ask(api, "/v1/privacy/drop/foresee", {"file": "lists.zip"})
        [told] = foreseen["lists"]
        assert (told["n_items"], told["n_not_found"], told["n_refused"], told["refused"]) == (1, 1, 1, {})
        assert in_exchange(api) == {"lists.zip"}
        done = ask(api, "/v1/privacy/drop", {"file": "lists.zip"})
        [written] = done["files"]
        assert (done["receipt"], (api.root / written).read_text().split()) == (None, ["ID,Status", "A1,5"])
        answer = api.ask("POST", "/v1/privacy/drop", {"file": "lists.zip"}, OFFICER)
        assert (answer.status_code, str(api.root) in answer.text) == (400, False)


@pytest.fixture
def without_floor(api: Asking) -> Iterator[Asking]:
    with ready_for("/v1/privacy/pseudonymise", api):
        yield api
    for path in exchange_folder(open_project(api.root)).iterdir():
        path.unlink()


EXPORT = BODIES["/v1/privacy/pseudonymise"]


def test_a_small_export_is_in_the_answer_and_nowhere_else(without_floor: Asking) -> None:
    found = ask(without_floor, "/v1/privacy/pseudonymise", {**EXPORT, "traits": ["city"]})
    head, *rows = found["csv"].splitlines()
    assert (head, len(rows)) == ('"person","city"', found["export"]["n_rows"])
    assert (found["file"], in_exchange(without_floor)) == (None, set())
    listed = look(without_floor, "/v1/privacy/exports")["exports"]
    assert listed[-1] == found["export"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_large_one_and_parquet_is_a_file_called_like_the_export(
    without_floor: Asking, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(handed_over, "MOST_IN_AN_ANSWER", 10)
    found = ask(without_floor, "/v1/privacy/pseudonymise", {**EXPORT, "format": kind})
    name = f"{found['export']['export_id']}.{kind}"
    assert (found["csv"], found["file"], in_exchange(without_floor)) == (None, f"exchange/{name}", {name})
    path: Path = without_floor.root / found["file"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    if kind == "parquet":
        assert pq.read_table(path).num_rows == found["export"]["n_rows"]


def test_fewer_than_the_floor_are_not_given_away(api: Asking) -> None:
    assert refused(api, "/v1/privacy/pseudonymise", EXPORT) == (400, "user_error")
    assert in_exchange(api) == set()


def test_how_many_were_given_away_is_a_count_of_people(without_floor: Asking) -> None:
    ask(without_floor, "/v1/privacy/pseudonymise", EXPORT)
    config = without_floor.root / "headwater.yaml"
    config.write_text(config.read_text().replace("floor: off", "floor: 25"))
    listed = look(without_floor, "/v1/privacy/exports", role=Role.MARKETER)["exports"]
    assert {json.dumps(each["n_rows"]) for each in listed} == {json.dumps(BELOW_FLOOR)}


def test_a_clean_room_from_agreement_to_result(api: Asking) -> None:
    with ready_for("/v1/cleanroom/request", api):
        ours, theirs = look(api, "/v1/cleanroom/agreements", role=Role.MARKETER)["agreements"]
        assert (ours["name"], theirs["name"], ours["terms"]) == ("acme", "mirror", theirs["terms"])
        begun = ask(api, "/v1/cleanroom/request", {"agreement": "acme", "to": "request.json"})
        assert (begun["file"], "key" in begun) == ("exchange/request.json", False)
        answer = {"agreement": "mirror", "request": "request.json", "to": "answer.json"}
        assert ask(api, "/v1/cleanroom/answer", answer)["run_id"] == begun["run_id"]
        assert refused(api, "/v1/cleanroom/answer", answer)[0] == 400  # the file is there
        found = ask(api, "/v1/cleanroom/result", {"agreement": "acme", "answer": "answer.json"})
        assert found["n_shared"] == found["n"] == begun["n"] > 1
        asked, answered = look(api, "/v1/cleanroom/runs", role=Role.MARKETER)["runs"]
        assert asked["n"] == asked["n_shared"] == answered["n"] == BELOW_FLOOR
        assert answered["n_shared"] is None
        assert refused(api, "/v1/cleanroom/request", {"agreement": "none", "to": "x.json"})[0] == 404

"""Deletion lists from their download to the answers: who is named is gone, and everybody is answered for once."""

from __future__ import annotations

import base64
import csv
import shutil
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from headwater.core.errors import UserError
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.flow import drop as module
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.drop import answer_drop, foresee_drop
from headwater.flow.privacy import Privacy
from headwater.privacy.drop.download import ListType
from headwater.privacy.requests import Law
from headwater.tables.workspace import work
from headwater.testing.shop import make_shop

pytestmark = pytest.mark.slow
DAY = datetime(2026, 8, 20, tzinfo=UTC)


def digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


@pytest.fixture(scope="module")
def run_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_shop(tmp_path_factory.mktemp("drop") / "shop", n_people=12, n_purchases=60).folder
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    return folder


@pytest.fixture
def shop(run_shop: Path, tmp_path: Path) -> Path:
    return shutil.copytree(run_shop, tmp_path / "shop")


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as packed:
        packed.writestr(
            "20260801_0042_Email.csv",
            f"ID,Hash\nA1,{digest('m3@example.com')}\nA2,{digest('nobody@example.com')}\nA3,no hash\n",
        )
        packed.writestr("20260801_0042_Phone.csv", f"ID,Hash\nP1,{digest('4155559317')}\n")
        packed.writestr("20260801_0042_NDZ.csv", f"ID,Hash\nN1,{digest('x')}\n")
        packed.writestr("20260801_0042_Removed.csv", "ID\nA9\n")
    return tmp_path / "lists.zip"


def answers(folder: Path) -> dict[str, list[list[str]]]:
    return {path.name: list(csv.reader(path.read_text().splitlines())) for path in folder.iterdir()}


def test_first_it_is_counted_and_nothing_changes(shop: Path, lists: Path) -> None:
    project = open_project(shop)
    told = foresee_drop(project, lists)
    emails, phones, names = told.lists
    assert (emails.n_items, emails.n_deleted, emails.n_not_found, list(emails.refused)) == (2, 1, 1, [4])
    assert (phones.n_deleted, phones.n_not_found) == (0, 1)
    assert (names.is_answered, names.n_items, names.n_several) == (False, 1, 0)
    assert told.n_removed == 1
    assert Privacy(project).verify(["email=m3@example.com"])
    assert Privacy(project).requests() == []


def test_who_is_named_is_erased_and_everybody_is_answered_for(
    shop: Path, lists: Path, tmp_path: Path
) -> None:
    project = open_project(shop)
    done = answer_drop(project, lists, tmp_path / "answers", received_at=DAY)
    assert answers(tmp_path / "answers") == {
        "20260820_0042_Email.csv": [["ID", "Status"], ["A1", "3"], ["A2", "5"]],
        "20260820_0042_Phone.csv": [["ID", "Status"], ["P1", "5"]],
    }
    assert Privacy(project).verify(["email=m3@example.com"]) == []
    [request] = Privacy(project).requests()
    assert (request.law, request.received_at.date()) == (Law.CCPA, DAY.date())
    assert done.receipt is not None
    assert done.receipt.request_id == request.request_id
    with pytest.raises(UserError, match="already"):
        answer_drop(project, lists, tmp_path / "answers", received_at=DAY)
    again = answer_drop(project, lists, tmp_path / "again", received_at=DAY)
    assert again.receipt is None, "there is nobody left to erase"
    assert answers(tmp_path / "again") == answers(tmp_path / "answers")


def test_broken_off_it_is_done_by_running_it_again(
    shop: Path, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = open_project(shop)
    with monkeypatch.context() as broken:
        broken.setattr(module, "write_answers", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            answer_drop(project, lists, tmp_path / "answers", received_at=DAY)
    assert Privacy(project).verify(["email=m3@example.com"]) == []
    answer_drop(project, lists, tmp_path / "answers", received_at=DAY)
    assert answers(tmp_path / "answers")["20260820_0042_Email.csv"][1] == ["A1", "3"], "not: not found"


def subjects(shop: Path, *members: str) -> tuple[str, ...]:
    seals = seals_of(open_project(shop))
    return tuple(seals.index_text(each, "user_id") for each in members)


def test_where_nothing_is_sold_what_several_share_is_not_answered(
    shop: Path, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = shop / "headwater.yaml"
    config.write_text(config.read_text().replace(", ccpa: [share]", ""))
    shared = {(ListType.EMAIL, sha256(b"m3@example.com").digest()): {1: ["user_id=m1"], 2: ["user_id=m3"]}}
    monkeypatch.setattr(module, "_holders", lambda *_: shared)
    done = answer_drop(open_project(shop), lists, tmp_path / "answers", received_at=DAY)
    assert (done.lists[0].n_several, done.lists[0].n_opted_out) == (1, 0)
    assert answers(tmp_path / "answers")["20260820_0042_Email.csv"][1:] == [["A2", "5"]]


def test_what_several_share_deletes_nobody_and_opts_them_out(
    shop: Path, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {(ListType.EMAIL, sha256(b"m3@example.com").digest()): {1: ["user_id=m1"], 2: ["user_id=m3"]}}
    monkeypatch.setattr(module, "_holders", lambda *_: shared)
    project = open_project(shop)
    done = answer_drop(project, lists, tmp_path / "answers", received_at=DAY)
    assert done.lists[0].n_opted_out == 1
    assert done.receipt is None
    assert answers(tmp_path / "answers")["20260820_0042_Email.csv"][1:] == [["A1", "4"], ["A2", "5"]]
    [request] = Privacy(project).requests()
    assert (request.asks.value, request.subjects) == ("opt-out", subjects(shop, "m1", "m3"))

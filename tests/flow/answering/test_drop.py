"""Lists of the DROP are answered: who is held is erased, or opts out, and every ID has one status."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater, headwater as headwater  # noqa: PLC0414 - the same command line
from tests.flow.alive import Alive
from tests.flow.answering.conftest import BOB
from tests.flow.answering.test_restrict import permitted
from tests.flow.sealed_shop import EMAIL, PHONE

from headwater.core.errors import BusyError
from headwater.core.owner import WORK, own
from headwater.flow.privacy import Privacy
from headwater.privacy.gate import Reason

WHO = f"email={EMAIL}"
EMAILS, PHONES = "20260801_7_Email.csv", "20260801_7_Phone.csv"


def hashed(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "lists.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            EMAILS, f"ID,Hash\ne1,{hashed(EMAIL)}\ne2,{hashed('no@example.org')}\ne3,{hashed(BOB)}\nbad,x\n"
        )
        archive.writestr(PHONES, f"ID,Hash\np1,{hashed(PHONE[-10:])}\n")
        archive.writestr("20260801_7_NDZ.csv", f"ID,Hash\nn1,{hashed('x')}\n")
    return path


def answers(folder: Path, name: str) -> dict[str, str]:
    with (folder / name).open(newline="") as file:
        return {row["ID"]: row["Status"] for row in csv.DictReader(file)}


def test_who_is_held_is_erased_and_answered(
    alive: Alive, lists: Path, headwater: Headwater, tmp_path: Path
) -> None:
    (tmp_path / "exempt").write_text("e3\n")
    words = (
        "privacy",
        "drop",
        lists,
        "--answer",
        tmp_path / "to",
        "--exempt",
        tmp_path / "exempt",
        "-p",
        alive.root,
    )
    looked = headwater(*words)
    assert (looked.exit_code, "Nothing was changed" in looked.out) == (0, True)
    assert not (tmp_path / "to").exists()
    assert Privacy(alive.project).foresee([WHO]).n_profiles == 1
    done = headwater(*words, "--yes", "--json").json
    assert done["statuses"] == {"2": 1, "3": 2, "5": 1}
    assert done["not_looked_for"] == {"20260801_7_NDZ.csv": 1}
    assert answers(tmp_path / "to", EMAILS) == {"e1": "3", "e2": "5", "e3": "2"}
    assert answers(tmp_path / "to", PHONES) == {"p1": "3"}
    assert "hash is no base64" in (tmp_path / "to" / "rejected.csv").read_text()
    assert sorted(each.name for each in (tmp_path / "to").iterdir()) == [EMAILS, PHONES, "rejected.csv"]
    assert Privacy(alive.project).verify([WHO]) == []
    assert Privacy(alive.project).foresee([f"email={BOB}"]).n_profiles == 1


def test_what_was_broken_off_is_answered_as_it_was_found(alive: Alive, lists: Path, tmp_path: Path) -> None:
    privacy, to = Privacy(alive.project), tmp_path / "to"
    with own(alive.root, WORK), pytest.raises(BusyError):
        privacy.drop(lists, to, doing=True)
    assert not to.exists()
    privacy.resume()  # as `serve` does by itself
    assert privacy.drop(lists, to, doing=True).statuses == {"3": 3, "5": 1}
    assert answers(to, EMAILS) == {"e1": "3", "e2": "5", "e3": "3"}


def test_they_may_opt_out_instead(alive: Alive, lists: Path, tmp_path: Path) -> None:
    answered = Privacy(alive.project).drop(lists, tmp_path / "to", opts_out=True, doing=True)
    assert answered.statuses == {"4": 3, "5": 1}
    assert permitted(alive).left_out[Reason.CONSENT_DENIED] == 2

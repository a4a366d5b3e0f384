"""`headwater privacy`: a request from its arrival to its receipt, as a privacy officer goes through it."""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater

WHO = "email=m3@example.com"


@pytest.fixture
def project(shop: Path, tmp_path: Path) -> Path:
    return shutil.copytree(shop, tmp_path / "shop")


def test_a_request_from_its_arrival_to_its_receipt(
    project: Path, headwater: Headwater, tmp_path: Path
) -> None:
    looked = headwater("privacy", "erase", WHO, "-p", project)
    assert "Nothing was changed" in looked.out
    assert headwater("privacy", "verify", WHO, "-p", project).exit_code == 1
    erased = headwater(
        "privacy", "erase", WHO, "--yes", "--law", "ccpa", "--received", "2026-03-01", "-p", project
    )
    assert erased.exit_code == 0
    assert "mailing was told to remove them." in erased.out
    assert "m3@example.com" not in erased.out
    assert headwater("privacy", "verify", WHO, "-p", project).exit_code == 0
    [request] = headwater("privacy", "requests", "-p", project, "--json").json["requests"]
    assert (request["law"], request["due_at"][:10]) == ("ccpa", "2026-04-15")
    shown = headwater("privacy", "receipt", request["request_id"], "-p", project)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(shown.out)
    key = headwater("privacy", "key", "-p", project).out.strip()
    assert headwater("privacy", "check-receipt", receipt, "-p", project, "--key", key).exit_code == 0
    receipt.write_text(json.dumps({**json.loads(shown.out), "n_profiles": 0}))
    assert headwater("privacy", "check-receipt", receipt, "-p", project).exit_code == 1
    n_kept_out = len(headwater("privacy", "suppressed", "-p", project, "--json").json["suppressed"])
    assert (
        f"{n_kept_out} identifiers are let in again" in headwater("privacy", "lift", WHO, "-p", project).out
    )
    assert headwater("privacy", "suppressed", "-p", project, "--json").json["suppressed"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("erase", "email=nobody", "--yes"), "email"),
        (("erase", WHO, "--yes", "--received", "soon"), "'soon' is no moment"),
        (("lift", WHO), "is not kept out"),
        (("receipt", "erase-1"), "erase-1"),
        (("check-receipt", "none.json"), "is no receipt"),
    ],
    ids=lambda each: each if isinstance(each, str) else each[0],
)
def test_what_is_wrong_is_told_in_a_sentence(
    words: tuple[str, ...], said: str, project: Path, headwater: Headwater
) -> None:
    told = headwater("privacy", *words, "-p", project)
    assert told.exit_code == 2
    assert said in told.err
    assert headwater("privacy", "requests", "-p", project, "--json").json["requests"] == []


def test_a_deletion_list_is_counted_and_then_answered(
    project: Path, headwater: Headwater, tmp_path: Path
) -> None:
    digest = base64.b64encode(sha256(b"m3@example.com").digest()).decode()
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as packed:
        packed.writestr("20260801_0042_Email.csv", f"ID,Hash\nA1,{digest}\nA2,?\n")
    asked = ("privacy", "drop", tmp_path / "lists.zip", "-p", project)
    told = headwater(*asked)
    assert "Nothing was changed." in told.out
    assert "Email, line 3: its hash is no base64; it is not answered" in told.out
    done = headwater(*asked, "--answer", tmp_path / "answers", "--json").json
    assert done["lists"][0]["n_deleted"] == 1
    assert done["receipt"]["left"] == []
    assert Path(done["files"][0]).read_text().splitlines() == ["ID,Status", "A1,3"]
    again = headwater(*asked, "--answer", tmp_path / "answers")
    assert (again.exit_code, "already" in again.err) == (2, True)

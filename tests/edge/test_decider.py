"""A decision is answered whatever the disk does; that its event was lost is counted."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headwater.collect.request import Answer, Request
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.edge import counts
from headwater.edge.decisions import Decider
from headwater.edge.run import Files
from headwater.flow.live_log import Folders
from headwater.live.reader import LiveReader
from headwater.live.store import Store

HERO = "purpose: show\nis_public: true\nrules: [{variants: [{name: a, content: A}]}]\nfallback: B\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    said = {
        "headwater.yaml": "project: shop\npurposes: {show: {description: Show it., lawful_basis: legitimate_interest}}\n",
        "collectors/web.yaml": "keys: [WK]\n",
        "placements/hero.yaml": HERO,
    }
    for name, text in said.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    Store(Folders.of(tmp_path).store, seals_of(open_project(tmp_path)), is_writer=True).close()
    return tmp_path


def asked(project: Path, keep, **who: object) -> Answer:
    folders = Folders.of(project)
    files = Files(project)
    decider = Decider(
        lambda: files.deciding,
        LiveReader(folders.store, folders.bases, seals_of(open_project(project))),
        keep,
    )
    named = who or {"anonymousId": "a1"}
    body = json.dumps({"writeKey": "WK", "placements": ["hero"], **named}).encode()
    return asyncio.run(
        decider.answer(Request(method="POST", path="/v1/decide", body=body, received_at=datetime.now(UTC)))
    )


def test_nobody_waits_for_the_disk(project: Path) -> None:
    held = []

    def keep(payload: bytes) -> asyncio.Future[None]:
        held.append(payload)
        return asyncio.get_running_loop().create_future()  # never done

    assert asked(project, keep).status == 200
    assert len(held) == 1


def test_evidence_names_nobody_to_decide_about(project: Path) -> None:
    (project / "collectors/web.yaml").write_text("keys: [WK]\nprivate: true\n")
    held: list[bytes] = []

    def keep(payload: bytes) -> asyncio.Future[None]:
        held.append(payload)
        return asyncio.get_running_loop().create_future()

    assert asked(project, keep, identifiers={"postal": "Ann|Doe||12345|DE|1980-02-03"}).status == 200
    assert held == []
    assert asked(project, keep, identifiers={"phone": "+493012345678"}).status == 200
    assert len(held) == 1


def test_what_the_log_does_not_take_at_all_is_counted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []
    monkeypatch.setattr(counts, "fault", lost.append)

    def keep(_: bytes) -> asyncio.Future[None]:
        raise OSError("too much waits")

    assert asked(project, keep).status == 200
    assert lost == ["decision_not_kept"]


def test_what_could_not_be_written_is_counted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []
    monkeypatch.setattr(counts, "fault", lost.append)

    def keep(_: bytes) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(OSError("the disk is full"))
        return future

    assert asked(project, keep).status == 200
    assert lost == ["decision_not_kept"]

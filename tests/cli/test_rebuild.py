"""`headwater rebuild`: what was loaded is taken in anew, by the rules of today."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Headwater

SOURCE = """
kind: files
description: Visits
read: {path: data/visits.csv}
identifiers: {user_id: member, anonymous_id: visitor}
event: {name: visited, time: at, key: [visitor, at]}
"""
VISITS = """
member,visitor,at
guest,v1,2026-01-02 10:00:00
bob,v1,2026-01-03 11:00:00
guest,v2,2026-01-04 10:00:00
"""


def visits(headwater: Headwater, project: Path, who: str) -> int:
    return len(headwater("profile", "show", who, "--project", project, "--json").json["events"])


def test_events_of_a_value_that_was_blocked_later_are_those_of_whom_their_other_identifiers_name(
    headwater: Headwater, tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    headwater("init", project)
    (project / "data").mkdir()
    (project / "data" / "visits.csv").write_text(VISITS.lstrip())
    (project / "sources" / "visits.yaml").write_text(SOURCE)
    headwater("run", "--project", project)
    (project / "identifiers" / "user_id.yaml").write_text("blocked: [guest]\n")
    headwater("run", "--project", project)
    assert visits(headwater, project, "user_id=bob") == 1
    said = headwater("rebuild", "--replace", "--project", project)
    assert said.exit_code == 0
    assert "no live state" in said.out
    assert visits(headwater, project, "user_id=bob") == 2
    assert visits(headwater, project, "anonymous_id=v2") == 1


def test_an_audience_of_an_uploaded_list_stays_who_it_is(headwater: Headwater, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    headwater("init", project)
    (project / "data").mkdir()
    (project / "data" / "visits.csv").write_text(VISITS.lstrip())
    (project / "sources" / "visits.yaml").write_text(SOURCE)
    (tmp_path / "vip.csv").write_text("member\nbob\n")
    told = headwater(
        "lists", "upload", "vip", tmp_path / "vip.csv", "--identifier", "user_id=member", "-p", project
    )
    assert told.exit_code == 0, told.err
    (project / "audiences" / "vips.yaml").write_text("rule: {in_list: vip}\n")
    headwater("run", "--project", project)
    assert headwater("audiences", "size", "vips", "-p", project, "--json").json["size"] == 1
    said = headwater("rebuild", "--replace", "--project", project)
    assert said.exit_code == 0, said.err
    assert headwater("audiences", "size", "vips", "-p", project, "--json").json["size"] == 1

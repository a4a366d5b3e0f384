"""The management API as `headwater serve` runs it: over real HTTP, beside the core, which owns the project now and then."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.load import FILES
from tests.serve.running import Serving, make_project, until

from headwater.flow.generation import generation

pytestmark = [pytest.mark.slow, pytest.mark.server]

MEMBERS = {
    "sources/members.yaml": "kind: files\nread: {path: data/members.csv}\nidentifiers: {user_id: member}\n"
    "attributes: {city: city}\n",
    "data/members.csv": "member,city\nm1,Berlin\nm2,Berlin\n",
}
PAIR = {
    "one": {"identifier": "user_id", "value": "m1"},
    "other": {"identifier": "user_id", "value": "m2"},
}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with Serving(make_project(tmp_path / "shop", {**FILES, **MEMBERS}), seal_seconds=0.1) as served:
        yield served


def make_key(root: Path, role: str) -> str:
    command = ["access", "create", f"the_{role}", "--role", role, "--project", str(root), "--json"]
    told = subprocess.run(
        [sys.executable, "-m", "headwater.cli.main", *command], capture_output=True, text=True, check=True
    )
    return str(json.loads(told.stdout)["key"])


def ask(serving: Serving, path: str, body: object, key: str) -> tuple[int, dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{serving.api_port}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_people_are_asked_for_and_decided_of_while_the_core_is_at_work(serving: Serving) -> None:
    assert f"management API:       http://127.0.0.1:{serving.api_port}/v1/" in serving.told
    reader, manager = make_key(serving.root, "analyst"), make_key(serving.root, "engineer")
    until(lambda: ask(serving, "/v1/identity/explain", PAIR, reader)[0] == 200, "the members are known")
    decision = {**PAIR, "reason": "called us"}
    assert ask(serving, "/v1/identity/link", decision, reader)[0] == 403
    assert ask(serving, "/v1/identity/link", decision, "hw_none")[0] == 401
    for _ in range(3):  # whoever is at work when it is asked
        status, told = ask(serving, "/v1/identity/link", decision, manager)
        assert (status, told.get("is_one")) == (200, True)
    status, effect = ask(serving, "/v1/identity/simulate", {"unmerge": PAIR}, manager)
    assert (status, effect["n_split"]) == (200, 1)
    status, effect = ask(serving, "/v1/identity/simulate", {"unmerge": PAIR}, reader)
    assert (status, effect["n_split"]) == (200, {"below_floor": True})
    assert "api: /v1/identity/link, by the_engineer" in serving.told
    assert "Traceback" not in serving.told
    assert "m1" not in serving.told
    assert serving.stop() == 0


def test_rules_that_would_change_too_much_wait_for_a_word_and_all_else_goes_on(tmp_path: Path) -> None:
    rows = [f"m{number},all@example.com,Berlin" for number in range(60)]
    files = {
        "sources/members.yaml": MEMBERS["sources/members.yaml"].replace("member}", "member, email: email}"),
        "data/members.csv": "\n".join(["member,email,city", *rows, ""]),
        "identifiers/email.yaml": "most_linked: 50\n",
    }
    with Serving(make_project(tmp_path / "shop", {**FILES, **files}), seal_seconds=0.2) as serving:
        root, manager = serving.root, make_key(tmp_path / "shop", "engineer")
        until(lambda: generation(root), "the core has run")
        began = generation(root)
        (root / "identifiers" / "email.yaml").write_text("most_linked: 500\n")
        until(lambda: "Nobody was merged or split" in serving.told, "the core tells that it will not")
        assert generation(root) == began
        assert ask(serving, "/v1/identity/explain", PAIR, manager)[1]["is_one"] is False
        assert ask(serving, "/v1/identity/link", {**PAIR, "reason": "x"}, manager)[1]["is_one"] is True
        assert ask(serving, "/v1/identity/withdraw", PAIR, manager)[1]["is_one"] is False
        assert ask(serving, "/v1/identity/simulate", {}, manager)[1]["warnings"]
        refused, error = ask(serving, "/v1/identity/apply", {}, manager)
        assert (refused, error["error"]["code"]) == (409, "change_too_large")
        status, effect = ask(serving, "/v1/identity/apply", {"anyway": True}, manager)
        assert (status, effect["n_after"]) == (200, 1)
        until(lambda: generation(root) != began, "everything goes by the new rules")
        assert ask(serving, "/v1/identity/explain", PAIR, manager)[1]["is_one"] is True

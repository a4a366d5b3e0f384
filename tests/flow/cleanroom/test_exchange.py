"""Two projects count what they have in common by sending files, and neither can find out about a few."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.flow.cleanroom.conftest import declare

from headwater.core.errors import NotFoundError, ProjectError, Refusal, UserError
from headwater.core.project import open_project
from headwater.flow.cleanroom import exchange
from headwater.flow.cleanroom.crossing import answer, ask
from headwater.flow.cleanroom.exchange import CleanRooms, Result
from headwater.tables.workspace import read


@pytest.fixture
def sides(two_projects: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    shop, acme = (shutil.copytree(each, tmp_path / each.name) for each in two_projects)
    agree(shop, acme)
    return shop, acme


def agree(shop: Path, acme: Path, **more: object) -> None:
    declare(shop, acme, "tea_not_coffee", **more)
    declare(acme, shop, "tea_not_coffee", **more)


def rooms(root: Path) -> CleanRooms:
    return CleanRooms(open_project(root))


def texts(root: Path) -> set[str]:
    with rooms(root)._side("room") as side:
        return set(side.texts)


def run(shop: Path, acme: Path, name: str = "1") -> Result:
    asked, answered = (shop.parent / f"{kind}{name}.json" for kind in ("request", "answer"))
    rooms(shop).request("room", asked)
    rooms(acme).answer("room", asked, answered)
    return rooms(shop).result("room", answered)


def test_it_is_how_many_both_have_and_the_files_show_nobody(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    ours, theirs = texts(shop), texts(acme)
    found = run(shop, acme)
    assert len(ours & theirs) >= 5
    assert (found.n, found.n_shared) == (len(ours), len(ours & theirs))
    sent = "".join((shop.parent / f"{kind}1.json").read_text() for kind in ("request", "answer"))
    assert not [text for text in ours | theirs if text in sent]
    assert rooms(shop).result("room", shop.parent / "answer1.json") == found
    [kept] = rooms(shop).runs()
    assert kept.key is None
    [answered] = rooms(acme).runs()
    assert answered.n_shared is None


def test_fewer_in_common_than_the_floor_are_not_told(
    sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "crossing", lambda *_: 4)
    found = run(*sides)
    assert found.n_shared is None
    assert rooms(sides[0]).runs()[0].n_shared is None


def test_an_agreement_is_used_up_and_ends(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    agree(shop, acme, runs=1)
    run(shop, acme)
    with pytest.raises(Refusal, match="allows 1 runs"):
        rooms(shop).request("room", shop.parent / "more.json")
    agree(shop, acme, until="2020-01-01")
    with pytest.raises(Refusal, match="ended on 2020-01-01"):
        rooms(shop).request("room", shop.parent / "more.json")
    assert not (shop.parent / "more.json").exists()


def test_who_differs_by_a_few_from_another_run_does_not_take_part(
    sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = sides
    rooms(shop).request("room", shop.parent / "first.json")
    rooms(shop).request("room", shop.parent / "same.json")
    real = exchange.permitted

    def without_one(*given: object) -> object:
        found = real(*given)  # type: ignore[arg-type]
        object.__setattr__(found, "profile_ids", found.profile_ids[1:])
        return found

    monkeypatch.setattr(exchange, "permitted", without_one)
    with pytest.raises(Refusal, match="differ by only a few"):
        rooms(shop).request("room", shop.parent / "one_less.json")
    assert len(rooms(shop).runs()) == 2


def test_a_request_is_answered_once_and_only_as_it_was_signed(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    asked = shop.parent / "request.json"
    rooms(shop).request("room", asked)
    content = json.loads(asked.read_text())
    for change in ({"n": 6}, {"run": "other"}, {"terms": "other"}, {"kind": "answer"}, {"signature": "x"}):
        asked.write_text(json.dumps({**content, **change}))
        with pytest.raises(UserError):
            rooms(acme).answer("room", asked, shop.parent / "answer.json")
    asked.write_text(json.dumps(content))
    rooms(acme).answer("room", asked, shop.parent / "answer.json")
    with pytest.raises(Refusal, match="answered before"):
        rooms(acme).answer("room", asked, shop.parent / "again.json")
    with pytest.raises(UserError, match="already"):
        rooms(acme).answer("room", asked, shop.parent / "answer.json")
    assert not (shop.parent / "again.json").exists()


def test_terms_that_differ_are_refused(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    declare(acme, shop, "tea_not_coffee", floor=6)
    rooms(shop).request("room", shop.parent / "request.json")
    with pytest.raises(UserError, match="other terms"):
        rooms(acme).answer("room", shop.parent / "request.json", shop.parent / "answer.json")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"headwater_cleanroom": 1}', "\x00"])
def test_what_is_no_message_is_told_in_a_sentence(text: str, sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    (shop.parent / "bad.json").write_text(text)
    with pytest.raises(UserError):
        rooms(acme).answer("room", shop.parent / "bad.json", shop.parent / "answer.json")
    with pytest.raises(UserError):
        rooms(shop).result("room", shop.parent / "bad.json")
    with pytest.raises(UserError):
        rooms(shop).result("room", shop.parent / "none.json")


def test_an_answer_that_was_not_asked_for_is_told(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    rooms(acme).request("room", shop.parent / "request.json")
    rooms(shop).answer("room", shop.parent / "request.json", shop.parent / "answer.json")
    with pytest.raises((NotFoundError, UserError)):
        rooms(shop).result("room", shop.parent / "answer.json")


def test_nobody_can_ask_who_is_the_same() -> None:
    import private_set_intersection.python as psi

    client = psi.client.CreateWithNewKey(True)
    with pytest.raises(UserError, match="who is the same"):
        answer(client.CreateRequest(["a", "b"]).SerializeToString(), 2, ["a"])
    with pytest.raises(UserError):
        answer(ask(["a", "b"]).message, 3, ["a"])
    with pytest.raises(UserError):
        answer(b"no message", 1, ["a"])


def test_mistakes_in_an_agreement_are_told(sides: tuple[Path, Path]) -> None:
    shop, acme = sides
    file = shop / "cleanrooms" / "room.yaml"
    file.write_text(file.read_text().replace("tea_not", "t_not").replace("partner_key: ", "partner_key: x"))
    with pytest.raises(ProjectError) as told:
        rooms(shop).agreements()
    assert {each.path for each in told.value.problems} == {"audience", "partner_key"}
    with pytest.raises(NotFoundError):
        rooms(acme).request("other", shop.parent / "request.json")


def test_who_did_not_agree_takes_no_part(sides: tuple[Path, Path]) -> None:
    shop, _ = sides
    with read(open_project(shop)) as workspace:
        n = workspace.engine.table("SELECT count(*) AS n FROM memberships WHERE audience = 'tea_not_coffee'")[
            "n"
        ][0].as_py()
    assert 5 <= len(texts(shop)) < n

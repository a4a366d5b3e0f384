"""A run from the console: what it gives, who may ask for it, and what it says while it is under way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest
from tests.console.asking import Asking
from tests.console.conftest import made

from headwater.access.roles import Role
from headwater.console.audiences.whole import AUDIENCE
from headwater.console.desk.question import RefusedError
from headwater.console.project.running import RUN, SERVED, Ran
from headwater.console.works.work import Work
from headwater.console.works.works import Works
from headwater.core.owner import SERVE, own as owning


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Of a shop that tests of this module change."""
    asking = Asking(made(Path(tmp_path_factory.mktemp("running") / "shop")))
    yield asking
    asking.close()


def _shown(*_: object) -> None:
    """Nothing is drawn here."""


def _ran(own: Asking) -> tuple[Ran, Work[Ran]]:
    works = Works(own.desk)
    work = works.begin_at("run", own.session(Role.ADMIN), "Run", _shown, RUN)
    wait([work.answer], 60)
    return work.answer.result(), work


def test_a_new_audience_has_its_size_after_a_run(own: Asking) -> None:
    (own.desk.root / "audiences" / "everybody_who_buys.yaml").write_text("rule: {did: purchase}\n")
    ran, work = _ran(own)
    (moved,) = ran.moved
    assert (moved.audience, moved.n_entered, moved.n_left) == ("everybody_who_buys", moved.size, 0)
    assert moved.size is not None
    assert moved.size > 0
    assert {each.is_over for each in work.steps} == {True}
    assert own.ask(AUDIENCE, "everybody_who_buys").listed.size == moved.size
    assert "console run" in {each.event.by for each in own.recorded()}
    again, _ = _ran(own)
    assert (again.moved, again.n_accepted, again.n_added) == ((), 0, 0)


def test_what_could_not_be_done_is_told_and_the_rest_is_done(own: Asking) -> None:
    file = own.desk.root / "destinations" / "nowhere.yaml"
    file.write_text(
        "kind: webhook\npurpose: newsletter\naudiences: [everybody_who_buys]\nidentifiers: {email: sha256_hex}\n"
        "settings: {url: 'http://127.0.0.1:9/', secret: '${NOWHERE_SECRET}'}\n"
    )
    try:
        ran, _ = _ran(own)
    finally:
        file.unlink()
    assert ran.failures


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.READ_ONLY, Role.PRIVACY_OFFICER])
def test_only_who_operates_runs(own: Asking, role: Role) -> None:
    with pytest.raises(RefusedError):
        own.ask(RUN, Work("Run", _shown), role=role)


def test_it_is_known_whether_runs_follow_by_themselves(own: Asking) -> None:
    assert not own.ask(SERVED).is_served
    assert own.ask(SERVED).tells == ("hostile", "mailing")
    with owning(own.desk.root, SERVE):
        assert own.ask(SERVED, role=Role.MARKETER).is_served

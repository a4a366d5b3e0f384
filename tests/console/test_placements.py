"""Placements: what is told of them, and previews, which decide as the edge does and count for nothing."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.console.asking import Asking

from headwater.access.roles import Action, Role
from headwater.console.desk.question import RefusedError
from headwater.console.placements.previewing import PREVIEW, SUPPOSED
from headwater.console.placements.questions import PLACEMENT, PLACEMENTS
from headwater.core.errors import NobodyError, NotFoundError, UserError
from headwater.core.project import open_project
from headwater.flow.bases import run_and_keep_base
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import work

IN_TOWN = """
purpose: newsletter
accepts: [location]
rules:
  - when: {trait: points, is: {at_least: 50}}
    variants: [{name: near, content: 1}]
  - variants: [{name: far, content: 2}]
"""


@pytest.fixture(scope="module")
def live(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """The same shop, as it is when it is served: people are known live."""
    folder = tmp_path_factory.mktemp("placements") / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("state", "audit", "live"))
    (folder / "placements" / "in_town.yaml").write_text(IN_TOWN)
    source = folder / "sources" / "members.yaml"
    source.write_text(source.read_text().replace("type: number}", "type: number, labels: [location]}"))
    with work(open_project(folder)) as workspace:
        run_and_keep_base(workspace, read_definitions(workspace))
    asking = Asking(folder)
    yield asking
    asking.close()


def test_a_person_is_shown_what_is_known_of_them(live: Asking) -> None:
    shown = {live.ask(PREVIEW, "in_town", f"user_id=m{number}").reason for number in range(1, 30, 2)}
    assert shown >= {"rule", "consent_denied"}
    with pytest.raises(NobodyError):
        live.ask(PREVIEW, "in_town", "user_id=nobody-at-all")
    with pytest.raises(UserError):
        live.ask(PREVIEW, "in_town", "ann")


def test_what_would_tell_a_label_is_hidden_from_who_does_not_see_it(live: Asking) -> None:
    fields = live.ask(PREVIEW, "in_town", "user_id=m1", role=Role.ANALYST)
    assert not fields.hides
    for role in (Role.ENGINEER, Role.READ_ONLY):
        hidden = live.ask(PREVIEW, "in_town", "user_id=m1", role=role)
        assert hidden.hides
        assert (hidden.variant, hidden.content, hidden.reason, hidden.rule) == ("", "", "", None)


def test_placements_are_told_as_their_files_say(asking: Asking) -> None:
    found = asking.ask(PLACEMENTS, role=Role.READ_ONLY)
    assert [(each.name, each.state, each.n_variants) for each in found.listed] == [
        ("home_hero", "on", 2), ("hostile", "on", 1),
    ]  # fmt: skip
    whole = asking.ask(PLACEMENT, "home_hero")
    shares = {each.name: each.share for each in whole.rules[0].variants}
    assert shares == pytest.approx({"beans": 2 / 3, "machines": 1 / 3})
    assert (whole.holdout, whole.cap, whole.audiences) == (0.1, "3 times in 1 day", ("coffee_lovers",))
    assert json.loads(whole.fallback) == {"headline": "Welcome"}
    with pytest.raises(NotFoundError):
        asking.ask(PLACEMENT, "nowhere")


def test_strangers_are_drawn_as_the_shares_say(asking: Asking) -> None:
    drawn = Counter(
        asking.ask(SUPPOSED, "home_hero", number, ("coffee_lovers",), "granted").variant
        for number in range(60)
    )
    assert set(drawn) == {"beans", "machines", "holdout"}
    assert drawn["beans"] > drawn["machines"]


@settings(max_examples=8, deadline=None)
@given(number=st.integers(1, 10**6), consent=st.sampled_from(["", "denied"]), is_in=st.booleans())
def test_nobody_who_did_not_agree_is_shown_a_variant(
    asking: Asking, number: int, consent: str, is_in: bool
) -> None:
    audiences = ("coffee_lovers",) if is_in else ()
    shown = asking.ask(SUPPOSED, "home_hero", number, audiences, consent, role=Role.MARKETER)
    assert (shown.variant, shown.reason) == ("fallback", "consent_denied" if consent else "no_consent")
    assert shown.rule is None


def test_who_is_in_none_of_the_audiences_sees_the_fallback(asking: Asking) -> None:
    assert asking.ask(SUPPOSED, "home_hero", 4, (), "granted").reason in ("no_rule_matched", "holdout")


@pytest.mark.parametrize(("points", "rule"), [("50", 1), ("49.5", 2), ("", 2)])
def test_somebody_made_up_has_the_traits_that_are_written(live: Asking, points: str, rule: int) -> None:
    traits = (("points", points),) if points else ()
    shown = live.ask(SUPPOSED, "in_town", 1, (), "granted", traits, role=Role.MARKETER)
    assert shown.rule == rule


def test_a_trait_that_cannot_be_so_is_told(live: Asking) -> None:
    with pytest.raises(UserError, match="points cannot be “many”") as told:
        live.ask(SUPPOSED, "in_town", 1, (), "granted", (("points", "many"),))
    assert told.value.next_step == "write a number, like 3"


@pytest.mark.parametrize("role", [role for role in Role if Action.SEE_PEOPLE not in role.actions])
def test_only_who_sees_people_previews_for_one(asking: Asking, role: Role) -> None:
    with pytest.raises(RefusedError):
        asking.ask(PREVIEW, "home_hero", "user_id=m1", role=role)


def test_where_nobody_is_known_live_that_is_said_and_recorded(asking: Asking) -> None:
    with pytest.raises(UserError, match="nobody is known live yet"):
        asking.ask(PREVIEW, "home_hero", "user_id=m1")
    event = asking.recorded()[0].event
    assert event.action is Action.SEE_PEOPLE
    assert "m1" not in " ".join(event.about)

"""Audiences beside each other, and one against what it was: the numbers of the sets, and none that tells of few."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st
from tests.console.asking import Asking

from headwater.access.roles import Role
from headwater.audiences.overlap import overlap
from headwater.console.audiences import euler, pictures
from headwater.console.audiences.compared_panels import address_of, told_of
from headwater.console.audiences.comparing import COMPARED, MOST_COMPARED
from headwater.console.audiences.special import SPECIAL, in_words
from headwater.console.audiences.versions import CHANGES
from headwater.console.desk.files import Change
from headwater.core.errors import NotFoundError
from headwater.core.project import open_project
from headwater.explore.top_traits import Wanted, top_traits
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.tables.workspace import read, work

NAMES = ("big_spenders", "coffee_lovers", "tea_not_coffee")
FLOORED = [Role.MARKETER, Role.ANALYST, Role.READ_ONLY]


def members_of(shop: Path, *names: str) -> dict[str, set[int]]:
    with read(open_project(shop)) as workspace:
        rows = workspace.engine.table("SELECT audience, profile_id FROM memberships").to_pylist()
    return {name: {row["profile_id"] for row in rows if row["audience"] == name} for name in names}


def test_what_audiences_share_is_what_their_sets_share(asking: Asking, shop: Path) -> None:
    found, sets = asking.ask(COMPARED, NAMES), members_of(shop, *NAMES)
    assert found.names == NAMES
    for row, one in enumerate(NAMES):
        for column, other in enumerate(NAMES):
            assert found.both[row][column] == len(sets[one] & sets[other])
    with read(open_project(shop)) as workspace:
        assert [list(row) for row in found.both] == overlap(NAMES, workspace).counts.tolist()
    assert found.together == len(set.union(*sets.values()))


def test_every_region_is_who_is_there_and_nowhere_else(asking: Asking, shop: Path) -> None:
    found, sets = asking.ask(COMPARED, NAMES), members_of(shop, *NAMES)
    assert len(found.regions) == 7
    for region in found.regions:
        inside = set.intersection(*(sets[NAMES[at]] for at in region.inside))
        outside = set().union(*(sets[name] for at, name in enumerate(NAMES) if at not in region.inside))
        assert region.n == len(inside - outside), told_of(region, NAMES)
    assert sum(region.n or 0 for region in found.regions) == found.together
    assert asking.ask(COMPARED, (*NAMES, "nearly_nobody")).regions == ()


@pytest.mark.parametrize("role", FLOORED)
def test_no_region_tells_of_few(asking: Asking, role: Role) -> None:
    found = asking.ask(COMPARED, ("coffee_lovers", "nearly_nobody"), role=role)
    counts = [each.n for each in found.regions] + [n for row in found.both for n in row]
    assert found.both[1][1] is None
    assert all(n is None or n >= 25 for n in counts)
    assert found.share(1, 0) is None


def test_what_is_not_there_is_told_and_the_rest_compared(asking: Asking) -> None:
    found = asking.ask(COMPARED, ("coffee_lovers", "tea_likers", "coffee_lovers"))
    assert (found.names, found.unknown) == (("coffee_lovers",), ("tea_likers",))
    sizes = [row[at] for at, row in enumerate(asking.ask(COMPARED, ()).both)]
    assert sizes == sorted(sizes, key=lambda n: -(n or 0))
    listed = asking.ask(COMPARED, (), role=Role.MARKETER).names
    assert list(listed) == sorted(listed)
    assert len(asking.ask(COMPARED, tuple(f"none_{n}" for n in range(40))).unknown) == MOST_COMPARED
    assert address_of(NAMES) == "/compare-audiences?with=big_spenders,coffee_lovers,tea_not_coffee"


def test_two_rules_are_told_apart_line_by_line(asking: Asking) -> None:
    lines = asking.ask(COMPARED, ("coffee_lovers", "tea_not_coffee")).lines
    assert any("at_least: 3" in each.text and each.change is Change.REMOVED for each in lines)
    assert any("in_audience: coffee_lovers" in each.text and each.change is Change.ADDED for each in lines)
    assert asking.ask(COMPARED, NAMES).lines == ()


SIZES = st.lists(st.integers(1, 10**6), min_size=2, max_size=3)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_circles_and_what_two_share_have_their_areas(sizes: list[int], parts: list[float]) -> None:
    shared = min(sizes[0], sizes[1]) * parts[0]
    one, other = euler.circles(sizes[:2], {(0, 1): shared})
    assert math.isclose(math.pi * one.r**2, sizes[0], rel_tol=1e-9)
    drawn = euler.lens(one.r, other.r, math.hypot(one.x - other.x, one.y - other.y))
    assert abs(drawn - shared) <= 1e-3 * min(sizes[0], sizes[1])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=2, max_size=3),
    st.text(max_size=20).filter(str.isprintable),
)
def test_an_euler_diagram_of_any_sets_is_sound(sets: list[set[int]], label: str) -> None:
    places = range(len(sets))
    shared = {pair: float(len(sets[pair[0]] & sets[pair[1]])) for pair in combinations(places, 2)}
    told = {frozenset(each): "<b>" for n in (1, 2, 3) for each in combinations(places, n)}
    picture = euler.picture(euler.circles([float(len(each)) for each in sets], shared), told, label)
    svg = ET.fromstring(picture)
    assert svg.attrib["aria-label"] == label
    assert not svg.findall(".//b")
    assert not re.search(r'"-?(nan|inf)', picture)


def test_three_circles_that_can_be_drawn_exactly_are() -> None:
    sizes, shared = [605.0, 660.0, 1081.0], {(0, 1): 210.0, (0, 2): 396.0, (1, 2): 439.0}
    circles = euler.circles(sizes, shared)
    for pair, wanted in shared.items():
        one, other = (circles[at] for at in pair)
        assert math.isclose(
            euler.lens(one.r, other.r, math.hypot(one.x - other.x, one.y - other.y)), wanted, rel_tol=0.01
        )


SMALL = (
    [1400.0, 1900.0, 2200.0],
    {(0, 1): 471.0, (0, 2): 900.0, (1, 2): 1000.0},
)  # the first two share little else


def test_a_number_too_large_for_its_area_is_led_to_it() -> None:
    told = {
        frozenset(each): f"{len(each)}{each[0]}71" for n in (1, 2, 3) for each in combinations(range(3), n)
    }
    circles = euler.circles(*SMALL)
    svg = ET.fromstring(euler.picture(circles, told, "x"))
    lines = svg.findall(".//path[@class='euler-lead']")
    assert 0 < len(lines) < len(told)
    assert {each.text for each in svg.iter("text")} == {*told.values(), *"ABC"}
    assert euler.without_area(circles, told) == []
    rounds = [tuple(float(each.attrib[at]) for at in ("cx", "cy", "r")) for each in svg.iter("circle")]
    for line in lines:
        x, y = map(float, re.findall(r"L([0-9.]+),([0-9.]+)", line.attrib["d"])[0])
        assert all(math.hypot(x - cx, y - cy) > r for cx, cy, r in rounds)


def test_what_circles_have_no_area_for_is_told() -> None:
    told = {frozenset({0}): "5", frozenset({0, 1}): "7"}
    circles = euler.circles([10.0, 10.0], {(0, 1): 0.0})
    assert euler.without_area(circles, told) == [frozenset({0, 1})]


@settings(max_examples=20)
@given(st.floats(0, 1e12), st.booleans())
def test_an_index_stays_in_its_picture(value: float, is_sure: bool) -> None:
    picture = pictures.index(value, value / 2, value * 2, is_sure=is_sure)
    numbers = [float(each) for each in re.findall(r'(?:x|width)="([0-9.-]+)"', picture)]
    assert all(0 <= each <= 200 for each in numbers)


def test_what_is_special_is_what_the_command_finds(asking: Asking, shop: Path) -> None:
    found = asking.ask(SPECIAL, "big_spenders").traits
    with read(open_project(shop)) as workspace:
        known = read_definitions(workspace).audiences
        assert found == top_traits(Wanted("big_spenders", top=15), workspace, known)
    assert found.over
    hidden = asking.ask(SPECIAL, "big_spenders", role=Role.READ_ONLY)
    assert all(each.n >= 25 for each in (*hidden.traits.over, *hidden.traits.under))
    with pytest.raises(NotFoundError):
        asking.ask(SPECIAL, "nobody")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("more than 2.532124248496994, up to 3.052939393939394", "more than 2.53, up to 3.05"),
        ("up to 0.00123456", "up to 0.00123"),
        ("more than -1234.5678", "more than -1,235"),
        ("more than 2, up to 17", "more than 2, up to 17"),
        ("more than 2.5321, up to 2.5339", "more than 2.532, up to 2.534"),
        ("more than 1e-07, up to 1e+16", "more than 0.0000001, up to 10,000,000,000,000,000"),
        ("up to 0", "up to 0"),
        ("any number", "any number"),
        ("version 2.532124248496994", "version 2.532124248496994"),
        ("up to 1.2.3", "up to 1.2.3"),
        ("up to 1e999", "up to 1e999"),
        ("up to 3.14159 and on", "up to 3.14159 and on"),
    ],
)
def test_bands_of_numbers_are_rounded_for_people(value: str, said: str) -> None:
    assert in_words(value) == said


@pytest.fixture(scope="module")
def moved(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A shop in which coffee_lovers was another rule at first, in a repository of Git that has still that rule."""
    if shutil.which("git") is None:
        pytest.skip("there is no Git")
    folder = tmp_path_factory.mktemp("moved") / "shop"
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("state", "audit", "live", "deliveries"))
    file = folder / "audiences" / "coffee_lovers.yaml"
    commit = [
        "git",
        "-C",
        str(folder),
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "commit",
        "-qm",
        "one",
    ]
    for command in (["git", "init", "-q", str(folder)], ["git", "-C", str(folder), "add", str(file)], commit):
        subprocess.run(command, check=True)
    file.write_text(file.read_text().replace("at_least: 3", "at_least: 2"))
    with work(open_project(folder)) as workspace:
        run_batch(workspace, read_definitions(workspace))
    asking = Asking(folder)
    yield asking
    asking.close()


def test_an_audience_is_compared_with_what_it_was(moved: Asking, shop: Path) -> None:
    before, now = members_of(shop, "coffee_lovers"), members_of(moved.desk.root, "coffee_lovers")
    came, left = (
        now["coffee_lovers"] - before["coffee_lovers"],
        before["coffee_lovers"] - now["coffee_lovers"],
    )
    assert came
    newest = moved.ask(CHANGES, "coffee_lovers", "")
    assert [each.key[:4] for each in newest.known] == ["comm", "rule", "run-"]
    for each in newest.known:
        found = moved.ask(CHANGES, "coffee_lovers", each.key)
        assert found.chosen == each
        assert (found.before, found.now) == (len(before["coffee_lovers"]), len(now["coffee_lovers"]))
        assert (found.came.n, found.left.n) == (len(came), len(left))
        assert found.stay == len(now["coffee_lovers"] & before["coffee_lovers"])
        assert [(line.text.strip(), line.change.value) for line in found.lines if line.change is not Change.SAME] == [
            ("at_least: 3", "removed"), ("at_least: 2", "added"),
        ]  # fmt: skip
    reasons = newest.came.reasons
    assert sum(n or 0 for _, n in reasons) == len(came)
    assert reasons[0][0].startswith("kept out before by: did purchase")


@pytest.mark.parametrize("role", FLOORED)
def test_who_moved_is_not_told_of_few(moved: Asking, role: Role) -> None:
    found = moved.ask(CHANGES, "coffee_lovers", "", role=role)
    counts = [found.before, found.now, found.stay, found.came.n, found.left.n]
    counts += [n for _, n in (*found.came.reasons, *found.left.reasons)]
    assert all(n is None or n >= 25 for n in counts)


def test_what_never_was_is_said_so(asking: Asking) -> None:
    assert asking.ask(CHANGES, "coffee_lovers", "").chosen is None
    with pytest.raises(NotFoundError):
        asking.ask(CHANGES, "coffee_lover", "")


def test_what_it_cannot_be_compared_with_is_refused(moved: Asking) -> None:
    with pytest.raises(NotFoundError):
        moved.ask(CHANGES, "coffee_lovers", "rule-9")
    with pytest.raises(NotFoundError):
        moved.ask(CHANGES, "coffee_lovers", "run-2026-01-01' OR 1=1")

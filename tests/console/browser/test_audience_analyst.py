"""What analysts and marketers do with an audience, in a real browser: compare, look closer, send, copy, remove."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.browser.conftest import Opening, Running
from tests.console.conftest import SCRIPT
from typer.testing import CliRunner

from headwater.access.roles import Role
from headwater.audiences.overlap import overlap
from headwater.cli.main import app
from headwater.core.project import open_project
from headwater.tables.workspace import read

pytestmark = [pytest.mark.slow, pytest.mark.server]
TWO = ("big_spenders", "tea_not_coffee")
PARTNER = "kind: csv_file\npurpose: newsletter\naudiences: []\nidentifiers: {email: sha256_hex}\nsettings: {folder: partner}\n"


@pytest.fixture
def named(console: Running) -> Iterator[Path]:
    """An audience that nothing else names, and a destination that takes none; taken away again with all that came of them."""
    folder = console.root / "audiences"
    files = [folder / f"{name}.yaml" for name in ("zz_named", "zz_copy")]
    files.append(console.root / "destinations" / "zz_partner.yaml")
    files[0].write_text("description: For a test\nrule: {did: purchase, at_least: 2}\n")
    files[2].write_text(PARTNER)
    yield files[0]
    for each in files:
        each.unlink(missing_ok=True)


def test_two_audiences_are_compared_and_say_what_the_command_says(opening: Opening, console: Running) -> None:
    with read(open_project(console.root)) as workspace:
        counts = overlap(TWO, workspace).counts
    both, only = int(counts[0, 1]), [int(counts[at, at] - counts[0, 1]) for at in (0, 1)]
    assert both
    told = CliRunner().invoke(app, ["audiences", "overlap", *TWO, "--project", str(console.root), "--json"])
    assert json.loads(told.output)["counts"] == counts.tolist()
    watched = opening(Role.ADMIN)
    page = watched.open(f"/audiences/{TWO[0]}")
    page.click("#side a[href='/audiences']")
    page.click(f"#main a[href='/audiences/{TWO[1]}']")
    page.wait_for_selector(f"h1:text-is('{TWO[1]}')")
    page.click(f".table a[href$='with={TWO[1]},{TWO[0]}']")
    page.wait_for_selector(".euler")
    assert page.url.endswith(f"/compare-audiences?with={TWO[1]},{TWO[0]}")
    rows = page.locator("[aria-label='How many are in which audiences'] tbody tr").all_inner_texts()
    assert [re.split(r"\s{1,}", row)[-2] for row in rows] == [f"{only[1]}", f"{only[0]}", f"{both}"]
    drawn = set(page.locator(".euler text:not(.euler-letter)").all_text_contents())
    assert drawn
    assert drawn <= {f"{n}" for n in (*only, both)}
    cell = page.locator(".matrix tbody tr").nth(0).locator("td").last.inner_text()
    assert cell.split() == [f"{both / counts[1, 1]:.0%}", f"{both}"]
    page.fill("input[aria-label='Add an audience']", "coffee_l")
    page.wait_for_selector(".offered a:text-is('coffee_lovers')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.euler circle').length === 3")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.euler circle').length === 3")
    assert watched.errors == []


def test_an_analyst_looks_closer_and_sees_nobody_by_name(opening: Opening) -> None:
    watched = opening(Role.ANALYST)
    page = watched.open("/audiences/tea_not_coffee")
    page.click("text=Draw ten by chance")
    page.wait_for_selector(".said-list a[href^='/profiles/']")
    assert "@" not in page.locator(".said-list").inner_text()
    page.click("text=What is special")
    page.wait_for_selector("nav .tab[aria-current=page]:text-is('What is special')")
    page.go_back()
    page.wait_for_selector("text=Draw ten by chance")
    assert page.locator(".said-list").count() == 0  # who comes back sees nobody without asking
    assert not page.locator(".tab:text-is('Manage')").is_visible()
    assert watched.errors == []


def test_an_audience_is_sent_somewhere_copied_and_removed(opening: Opening, named: Path) -> None:
    page = opening(Role.MARKETER).open("/audiences/zz_named/send")
    partner = named.parent.parent / "destinations" / "zz_partner.yaml"
    page.wait_for_function("window.did_handshake")
    page.check("label:has-text('zz_partner') input")
    page.click("text=Look at the change")
    page.wait_for_selector(".diff-added:has-text('zz_named')")
    assert "zz_named" not in partner.read_text()
    page.click("text=Write it")
    page.wait_for_selector("a[href='/destinations/zz_partner']:has-text('Deliver now')")
    assert "zz_named" in partner.read_text()
    page.click(".tab:text-is('Manage')")
    page.wait_for_selector("text=It cannot be removed: 1 other file names it")
    page.fill(".panel:has-text('Name of the copy') input", "zz_copy")
    page.click("text=Copy it")
    page.click("a:text-is('Open zz_copy')")
    page.wait_for_selector("h1:text-is('zz_copy')")
    page.click(".tab:text-is('Manage')")
    page.click("text=Remove it …")
    page.wait_for_selector("[role=alertdialog]:has-text('people are in it')")
    assert named.with_name("zz_copy.yaml").exists()
    page.click("[role=alertdialog] >> text=Leave it as it is")
    page.wait_for_selector("[role=alertdialog]", state="detached")
    page.click("text=Remove it …")
    page.click("[role=alertdialog] .button.danger")
    page.wait_for_selector(".said.good:has-text('is taken out')")
    assert not named.with_name("zz_copy.yaml").exists()


def test_an_audience_is_held_out_for_a_while_and_put_into_a_folder(opening: Opening, named: Path) -> None:
    watched = opening(Role.MARKETER)
    page = watched.open("/audiences/zz_named/send")
    page.wait_for_function("window.did_handshake")
    terms = page.locator(".panel:has-text('On what terms')")
    terms.get_by_label("Hold out").fill("110%")
    terms.get_by_text("Look at the change").click()
    page.wait_for_selector("[role=alert]:has-text('holdout')")
    terms.get_by_label("Hold out").fill("20%")
    terms.get_by_label("Until").fill("2030-12-24")
    terms.get_by_text("Look at the change").click()
    page.wait_for_selector(".diff-added:has-text('until: 2030-12-24')")
    assert "holdout" not in named.read_text()
    terms.get_by_text("Write it").click()
    page.wait_for_selector(".said.good:has-text('Written to audiences/zz_named.yaml')")
    assert "holdout: 20%\nuntil: 2030-12-24\n" in named.read_text()
    page.wait_for_selector(".figure:has-text('20% held out, until 2030-12-24')")
    page.wait_for_selector(".said.good:has-text('Written to audiences/zz_named.yaml')")
    told_of = page.locator(".figure:has-text('Told of')")
    assert "asks for consent" in told_of.inner_text()
    assert page.locator("text=Counted as of 1 Apr 2026").count() == 1
    page.click(".tab:text-is('Overview')")
    page.wait_for_selector("td:has-text('20% held out, until 2030-12-24')")
    assert page.locator("text=Counted as of 1 Apr 2026").count() == 1
    page.click(".tab:text-is('Manage')")
    page.fill(".panel:has-text('Move it to') input", "campaigns/winter")
    page.click("button:text-is('Move it')")
    page.wait_for_selector(".said.good:has-text('audiences/campaigns/winter/zz_named.yaml')")
    assert not named.exists()
    page.click("#side a[href='/audiences']")
    page.wait_for_selector("h1:text-is('Audiences')")
    page.locator(".narrowing label:has-text('Folder') select").select_option("campaigns")
    page.wait_for_function("location.search === '?folder=campaigns'")
    page.wait_for_function("document.querySelectorAll('#main tbody tr').length === 1")
    assert "campaigns/winter" in page.inner_text("#main tbody td:first-child")
    (named.parent / "campaigns" / "winter" / named.name).rename(named)
    assert watched.errors == []


def test_the_list_is_sorted_and_comes_back_as_it_was(opening: Opening) -> None:
    page = opening().open("/audiences")
    page.wait_for_function("window.did_handshake")
    page.fill("input[type=search]", "coffee")
    page.wait_for_function("location.search === '?q=coffee'")
    page.click("th a:has-text('Audience')")
    page.wait_for_selector("th[aria-sort=ascending]")
    assert page.input_value("input[type=search]") == "coffee"
    names = page.locator("#main tbody td:first-child a").all_inner_texts()
    assert names == sorted(names)
    page.click("#main a[href='/audiences/coffee_lovers']")
    page.wait_for_selector("h1:text-is('coffee_lovers')")
    page.go_back()
    page.wait_for_selector("th[aria-sort=ascending]")
    page.wait_for_function("document.querySelector('input[type=search]')?.value === 'coffee'")


def test_the_list_is_narrowed_to_where_audiences_go(opening: Opening) -> None:
    page = opening().open("/audiences")
    page.wait_for_function("window.did_handshake")
    page.select_option("label:has-text('Destination') select", "hostile")
    page.wait_for_function("location.search === '?to=hostile'")
    page.reload()
    page.wait_for_selector("#main tbody tr")
    assert page.locator("#main tbody td:first-child a").all_inner_texts() == ["nearly_nobody"]
    assert page.input_value("label:has-text('Destination') select") == "hostile"


@pytest.mark.parametrize(
    "path",
    ["/compare-audiences?with=hostile,coffee_lovers", "/audiences/hostile/manage", "/audiences/hostile/send"],
)
def test_what_is_out_to_do_harm_is_text_beside_others_too(opening: Opening, path: str) -> None:
    page = opening().open(path)
    page.wait_for_function("window.did_handshake")
    assert SCRIPT.split("{{", maxsplit=1)[0] in page.locator("#main").inner_text()
    assert page.evaluate("window.hacked") is None


def test_an_address_that_names_nobody_says_so(opening: Opening) -> None:
    page = opening(Role.MARKETER).open(
        "/compare-audiences?with=%3Cimg%20src=x%20onerror=alert(1)%3E,coffee_lovers"
    )
    page.wait_for_selector(".refusal:has-text('There is no audience')")
    assert page.locator(".matrix").count() == 0
    assert "<img src=x" in page.locator(".refusal").inner_text()

"""The builder in a real browser: what each choice does, what is missing and what an audience is for, in plain words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Opening, Running
from tests.console.browser.test_builder import SIZE, as_yaml, words, write

from headwater.console.desk.desk import LOOK_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.server]
STEPS = "rule: {sequence: [{did: purchase}, {did: purchase}]}"


@pytest.fixture
def plan(console: Running) -> Iterator[Path]:
    """Where it is said what an event means."""
    path = console.root / "plans" / "purchase.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("event: purchase\ndescription: A line of a receipt\n")
    time.sleep(2 * LOOK_SECONDS)  # the console may have looked just before
    yield path
    path.unlink()


@pytest.fixture
def path(console: Running) -> Iterator[Path]:
    """Where the new audience will be."""
    path = console.root / "audiences" / "tea_people.yaml"
    yield path
    path.unlink(missing_ok=True)


def test_each_choice_says_what_it_does(opening: Opening) -> None:
    watched = opening()
    page = watched.open("/audiences/tea_not_coffee/edit")
    write(page, STEPS)
    options = page.locator("select[aria-label='Add a condition']").first.locator("option").all_inner_texts()
    assert "did — did something, so many times, within some time; or did not" in options
    assert all(" — " in each for each in options[1:])
    gap = page.locator("button:text-is('+ gap')")
    assert (gap.get_attribute("title") or "").startswith("At most so long after the step before")
    assert "At most so long after" not in page.inner_text(".rule-hand")
    gap.click()
    page.wait_for_selector(".step .part-text:has-text('At most so long after the step before')")
    page.click("button:text-is('+ same')")
    page.wait_for_selector(".step .part-pairs:has-text('The property must be the same as')")
    page.select_option("select[aria-label='When']", "more_than_ago")
    page.wait_for_selector(".part-within:has-text('So long ago or longer: 30 days')")
    assert faults(page) == []
    assert watched.errors == []


def test_a_name_that_cannot_be_is_told_as_it_is_typed_and_another_offered(opening: Opening) -> None:
    watched = opening()
    page = watched.open("/new-audience")
    page.wait_for_selector(SIZE)
    page.locator("input[placeholder='tea_lovers']").press_sequentially("Grocery regulars", delay=10)
    page.wait_for_selector(".naming:has-text('A name is lower case letters, digits and _')")
    assert faults(page) == []
    page.click("button:text-is('Call it grocery_regulars')")
    page.wait_for_function(
        "document.querySelector(`input[placeholder='tea_lovers']`).value === 'grocery_regulars'"
    )
    page.wait_for_function("document.activeElement.placeholder === 'tea_lovers'")
    page.wait_for_selector(".naming .warn", state="detached")
    page.fill("input[placeholder='tea_lovers']", "coffee_lovers")
    page.wait_for_selector(".naming:has-text('There is an audience of that name already')")
    assert watched.errors == []


def test_a_filter_that_was_just_added_asks_for_its_property(opening: Opening) -> None:
    page = opening().open("/new-audience")
    page.wait_for_selector(SIZE)
    page.click("button:text-is('+ filter')")
    page.wait_for_selector(".fault:text-is('where: choose a property')")
    page.select_option("select[aria-label='When']", "last")
    page.locator(".part-within input").fill("60")
    page.click("button[aria-label='Remove this filter']")
    page.wait_for_selector(".fault:has-text('write 60 days')")


def test_what_an_audience_is_for_is_written_and_what_is_saved_told_in_words(
    opening: Opening, path: Path
) -> None:
    watched = opening()
    page = watched.open("/new-audience")
    page.wait_for_selector(SIZE)
    page.fill("input[placeholder='tea_lovers']", "tea_people")
    page.get_by_label("What it is for").fill("Who buys: often")
    words(page, "did purchase")
    page.select_option("select[aria-label='How often']", "at_least")
    page.fill("input[aria-label='Times']", "2")
    words(page, "at least 2 times")
    page.click("text=See what changes")
    page.wait_for_selector(".comes-to:has-text('did purchase at least 2 times at any time')")
    n = page.inner_text(SIZE)
    assert f"{n} people" in page.inner_text(".comes-to")
    added = page.locator(".diff-added").first
    assert added.inner_text().strip() == "+ description: 'Who buys: often'"
    assert added.evaluate("each => getComputedStyle(each.parentElement).whiteSpace") == "pre-wrap"
    assert faults(page) == []
    page.click("text=Save these changes")
    page.wait_for_selector("text=Saved as audiences/tea_people.yaml")
    assert path.read_text().startswith("description: 'Who buys: often'\nrule:\n")
    page.goto(f"{watched.url}/audiences/tea_people/edit")
    page.wait_for_selector(SIZE)
    field = page.get_by_label("What it is for")
    assert field.input_value() == "Who buys: often"
    field.fill("")
    page.wait_for_timeout(500)
    assert "description" not in as_yaml(page)
    assert page.get_by_label("What it is for").input_value() == ""
    assert watched.errors == []


@pytest.mark.usefixtures("plan")
def test_what_is_named_has_its_meaning_beside_it(opening: Opening) -> None:
    watched = opening()
    page = watched.open("/audiences/tea_not_coffee/edit")
    write(
        page,
        "rule: {all: [{did: purchase}, {trait: revenue_30d, is: {at_least: 1}}, {in_audience: big_spenders}]}",
    )
    page.wait_for_selector(".condition:has-text('did') .part:has-text('A line of a receipt')")
    page.wait_for_selector(".condition .part:has-text('Money spent in 30 days')")
    page.wait_for_selector(".condition .part:has-text('Spent a hundred in a month')")
    field = page.locator(".condition input[aria-label='did']")
    told = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert told.inner_text() == "A line of a receipt"
    field.fill("purchas")
    page.wait_for_selector("text=A line of a receipt", state="detached")
    field.fill("purchase")
    page.wait_for_selector("text=A line of a receipt")
    assert faults(page) == []
    assert watched.errors == []

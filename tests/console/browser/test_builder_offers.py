"""What fields offer, in a real browser: texts that are out to do harm stay text, and the list is one for keyboard and reader."""

from __future__ import annotations

import pytest
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Opening
from tests.console.conftest import SCRIPT

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_a_script_in_a_rule_and_in_what_was_typed_is_text(opening: Opening) -> None:
    watched = opening()
    page = watched.open("/audiences/hostile/edit")
    page.wait_for_selector(".condition")
    assert page.input_value("input[aria-label='equals']") == SCRIPT
    page.wait_for_selector(".builder-live .rule-words:has-text('<script>')")
    page.fill("input[aria-label='equals']", SCRIPT + "<b>")
    page.wait_for_selector(".builder-live .rule-words:has-text('<b>')")
    assert page.evaluate("window.hacked") is None
    assert watched.errors == []


def test_the_list_is_told_to_who_does_not_see_it_and_closes(opening: Opening) -> None:
    page = opening().open("/new-audience")
    page.wait_for_selector(".builder-live .rule-words:has-text('did purchase')")
    field = page.locator("input[aria-label='did']")
    field.click()
    assert page.locator("#offers").is_hidden()  # something is said already
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#offers:not([hidden]) [role=option]")
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-expanded") == "true"
    marked = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{marked}").get_attribute("aria-selected") == "true"
    assert "400 events" in page.inner_text("#offers")
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert page.locator("#offers").is_hidden()
    field.fill("nothing there")
    page.wait_for_selector(".fault:has-text(\"there is no event 'nothing there'\")")
    assert page.locator("#offers").is_hidden()


def test_values_are_taken_one_after_the_other_into_a_list(opening: Opening) -> None:
    page = opening().open("/new-audience")
    page.click("button:text-is('+ filter')")
    page.fill("input[aria-label='Property']", "category")
    page.wait_for_selector("select[aria-label='Comparison'] option[value='at_least']", state="detached")
    page.select_option("select[aria-label='Comparison']", "one_of")
    field = page.locator("input[aria-label='one of']")
    for number, name in enumerate(("tea", "wine")):
        field.press_sequentially(("," if number else "") + name[:2], delay=20)
        page.click(f"#offers [data-value='{name}']")
    assert field.input_value() == "tea, wine"
    page.wait_for_selector('.builder-live .rule-words:has-text(\'category is one of ("tea", "wine")\')')


AT_ONCE = """() => {
    const say = (element, value, kind) => {
        element.value = value;
        element.dispatchEvent(new Event(kind, { bubbles: true }));
    };
    say(document.querySelector("input[aria-label='Property']"), "category", "change");
    say(document.querySelector("select[aria-label='Comparison']"), "one_of", "change");
}"""


def test_a_comparison_chosen_in_the_same_moment_as_its_property_is_not_lost(opening: Opening) -> None:
    page = opening().open("/new-audience")
    page.click("button:text-is('+ filter')")
    page.wait_for_selector("select[aria-label='Comparison']")
    page.evaluate(AT_ONCE)
    page.wait_for_selector("input[aria-label='one of']")
    assert page.input_value("select[aria-label='Comparison']") == "one_of"

"""The builder in a real browser: what each choice does, what is missing and what an audience is for, in plain words."""

from __future__ import annotations

import pytest
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Opening
from tests.console.browser.test_builder import write

pytestmark = [pytest.mark.slow, pytest.mark.server]
STEPS = "rule: {sequence: [{did: purchase}, {did: purchase}]}"


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

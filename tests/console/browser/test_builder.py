"""An audience written in a real browser: by hand and as YAML, counted as it is written, saved over nobody's work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.browser.conftest import Opening, Running

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.fixture
def path(console: Running) -> Iterator[Path]:
    """Where the new audience will be."""
    path = console.root / "audiences" / "tea_people.yaml"
    yield path
    path.unlink(missing_ok=True)


def test_a_marketer_makes_an_audience(opening: Opening, path: Path) -> None:
    page = opening(Role.MARKETER).open("/audiences")
    page.click("text=New audience")
    page.wait_for_selector(".builder-live .figure .value")
    page.fill("input[placeholder='tea_lovers']", "tea_people")
    page.locator(".condition input").nth(1).fill("{category: tea}")
    page.wait_for_selector(".builder-live .rule-words:has-text('category equals \"tea\"')")
    page.select_option("select[aria-label='Add a condition']", "trait")
    page.wait_for_selector(".builder-live .refusal, .builder-live .bar-row:nth-child(2)")
    page.locator(".condition").nth(1).locator("input").nth(0).fill("city")
    page.locator(".condition").nth(1).locator("input").nth(1).fill("{equals: Berlin}")
    page.wait_for_selector(".builder-live .rule-words:has-text('city equals \"Berlin\"')")
    page.click("text=YAML")
    assert "equals: Berlin" in page.input_value("textarea")
    assert not path.exists()
    page.click("text=See what changes")
    page.wait_for_selector(".diff-added:has-text('did: purchase')")
    page.click("text=Save these changes")
    page.click("text=Open tea_people")
    page.wait_for_selector("h1:text-is('tea_people')")
    assert "category: tea" in path.read_text()


def test_yaml_and_conditions_are_the_same(opening: Opening, console: Running) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    page.click("text=YAML")
    page.fill("textarea", "rule: {did: purchase, where: {category: wine}, at_least: 2}")
    page.wait_for_selector(".builder-live .rule-words:has-text('at least 2 times')")
    page.click("text=Conditions")
    page.wait_for_selector(".condition input[value='{category: wine}']")
    page.click("text=YAML")
    page.fill("textarea", "rule: [")
    page.wait_for_selector(".builder-live .refusal:has-text('is not valid YAML')")


def test_who_saves_second_is_told(opening: Opening, path: Path) -> None:
    path.write_text("rule: {did: purchase}\n")
    page = opening().open("/audiences/tea_people/edit")
    page.click("text=YAML")
    page.fill("textarea", "rule: {did: purchase, at_least: 2}")
    page.wait_for_selector(".builder-live .rule-words:has-text('at least 2 times')")
    path.write_text("rule: {did: purchase, at_least: 3}\n")
    page.click("text=See what changes")
    page.click("text=Save these changes")
    page.wait_for_selector(".refusal:has-text('somebody changed tea_people')")
    assert "at_least: 3" in path.read_text()

"""An audience written in a real browser: in forms and as YAML, counted as it is written, dragged, left and found again, and saved
over nobody's work."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Opening, Running

from headwater.access.roles import Role

pytestmark = [pytest.mark.slow, pytest.mark.server]
SIZE = ".builder-live .figure .value"
NESTED = """\
rule:
  all:
    - did: purchase
      where: {category: tea}
    - any:
        - trait: city
          is: Berlin
        - did: purchase
          at_least: 3
"""


@pytest.fixture
def path(console: Running) -> Iterator[Path]:
    """Where the new audience will be."""
    path = console.root / "audiences" / "tea_people.yaml"
    yield path
    path.unlink(missing_ok=True)


def words(page: Page, said: str) -> None:
    page.wait_for_selector(f".builder-live .rule-words:has-text('{said}')")


def choose(page: Page, label: str, typed: str, name: str) -> None:
    """Type the beginning of a name, and take what is offered, by keyboard."""
    field = page.locator(f".condition input[aria-label='{label}']").last
    field.click()
    field.press_sequentially(typed, delay=20)
    page.wait_for_selector(f"#offers:not([hidden]) [data-value='{name}']")
    page.wait_for_function(
        f"document.querySelectorAll('#offers [role=option]')[0].dataset.value === '{name}'"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert field.input_value() == name
    assert page.locator("#offers").is_hidden()


def as_yaml(page: Page) -> str:
    page.click("text=YAML")
    told = page.input_value("textarea")
    page.click("text=Conditions")
    page.wait_for_selector(".rule-hand")
    return told


def write(page: Page, text: str) -> None:
    page.click("text=YAML")
    page.fill("textarea", text)
    words(page, "did purchase")
    page.click("text=Conditions")
    page.wait_for_selector(".rule-hand")


def test_a_marketer_makes_an_audience(opening: Opening, path: Path) -> None:
    watched = opening(Role.MARKETER)
    page = watched.open("/audiences")
    page.click("text=New audience")
    page.wait_for_selector(SIZE)
    page.fill("input[placeholder='tea_lovers']", "tea_people")
    page.click("button:text-is('+ filter')")
    choose(page, "Property", "cat", "category")
    page.locator(".condition input[aria-label='equals']").fill("tea")
    words(page, 'category equals "tea"')
    page.select_option("select[aria-label='When']", "last")
    words(page, "in the last 30 days")
    page.select_option("select[aria-label='Add a condition']", "trait")
    page.wait_for_selector(".builder-live .unfinished")
    choose(page, "trait", "ci", "city")
    page.locator(".condition input[aria-label='equals']").last.fill("Berlin")
    words(page, 'city equals "Berlin"')
    assert page.locator(".gauge-number").count() == 2
    assert "equals" not in (text := as_yaml(page))
    assert "is: Berlin" in text
    assert faults(page) == []
    assert not path.exists()
    page.click("text=See what changes")
    page.wait_for_selector(".diff-added:has-text('did: purchase')")
    page.click("text=Save these changes")
    page.click("text=Open tea_people")
    page.wait_for_selector("h1:text-is('tea_people')")
    assert "category: tea" in path.read_text()
    assert watched.errors == []


def test_yaml_and_conditions_are_the_same(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, "rule: {did: purchase, where: {category: wine, revenue: {between: [1, 9]}}, at_least: 2}")
    assert page.input_value("input[aria-label='Times']") == "2"
    assert page.locator("input[aria-label='Property']").count() == 2
    assert page.input_value("input[aria-label='To']") == "9"
    page.fill("input[aria-label='To']", "12.5")
    words(page, "revenue is between 1 and 12.5")
    page.click("text=YAML")
    page.fill("textarea", "rule: [")
    page.wait_for_selector(".builder-live .unfinished:has-text('is not valid YAML')")


def test_a_condition_is_dragged_into_a_group_and_the_count_follows(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, NESTED)
    words(page, '"tea") at least 1 time at any time and (')
    before = page.inner_text(SIZE)
    page.locator(".rule-hand").scroll_into_view_if_needed()
    start = page.locator(".drag").first.bounding_box()
    target = page.locator(".group-parts .group-parts").bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + 9, start["y"] + 9)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 40, steps=3)
    page.mouse.move(target["x"] + 80, target["y"] + target["height"] - 6, steps=5)
    page.wait_for_selector(".drop-mark")
    page.mouse.up()
    words(page, 'all of ((trait city equals "Berlin" or did purchase')
    assert page.locator(".drop-mark").count() == 0
    assert page.inner_text(SIZE) != before
    assert "all:\n    - any:\n        - trait: city" in as_yaml(page)


def test_a_condition_is_dragged_by_a_finger(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, NESTED)
    words(page, '"tea") at least 1 time at any time and (')
    page.locator(".rule-hand").scroll_into_view_if_needed()
    start = page.locator(".drag").first.bounding_box()
    target = page.locator(".group-parts .group-parts").bounding_box()
    assert start
    assert target
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (start["x"] + 9, start["y"] + 9))
    for part in range(1, 9):
        x = start["x"] + (target["x"] + 80 - start["x"]) * part / 8
        touch("touchMove", (x, start["y"] + (target["y"] + target["height"] - 6 - start["y"]) * part / 8))
    page.wait_for_selector(".drop-mark")
    touch("touchEnd")
    words(page, 'all of ((trait city equals "Berlin" or did purchase')


def test_a_step_is_dragged_before_another(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, "rule: {sequence: [{did: purchase}, {did: purchase, where: {category: tea}}]}")
    words(page, 'did purchase, then purchase where (category equals "tea")')
    start = page.locator(".step .drag").nth(1).bounding_box()
    target = page.locator(".step").first.bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + 9, start["y"] + 9)
    page.mouse.down()
    page.mouse.move(start["x"] + 12, start["y"] - 10, steps=3)
    page.mouse.move(target["x"] + 60, target["y"] + 3, steps=5)
    page.wait_for_selector(".drop-mark")
    page.mouse.up()
    words(page, 'did purchase where (category equals "tea"), then purchase')


def test_parts_are_moved_by_keys_and_keep_the_keyboard(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, NESTED)
    page.locator(".drag").first.focus()
    for key, said in (
        ("ArrowDown", '(trait city equals "Berlin" or did purchase at least 3 times at any time) and did'),
        ("ArrowRight", "at any time or did purchase where"),
        ("ArrowUp", 'category equals "tea") at least 1 time at any time or did purchase at least 3'),
        ("ArrowLeft", ") and did purchase where"),
    ):
        page.keyboard.press(key)
        words(page, said)
        page.wait_for_function("document.activeElement.classList.contains('drag')")


def test_steps_are_added_and_moved(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, "rule: {sequence: [{did: purchase}, {did: purchase, where: {category: tea}, gap: 2 days}]}")
    page.click("button:text-is('+ step')")
    choose(page, "did", "pur", "purchase")
    words(page, "at most 2 days later, then purchase")
    assert page.locator(".step").count() == 3
    page.locator(".step .drag").nth(1).focus()
    page.keyboard.press("ArrowUp")
    words(page, 'did purchase where (category equals "tea"), then purchase, then purchase')
    page.click("button[aria-label='Remove step 3']")
    page.wait_for_function("document.querySelectorAll('.step').length === 2")


def test_another_comparison_keeps_the_keyboard(opening: Opening) -> None:
    page = opening().open("/audiences/tea_not_coffee/edit")
    write(page, "rule: {did: purchase, where: {category: tea}}")
    select = page.locator("select[aria-label='Comparison']")
    select.focus()
    select.select_option("one_of")
    page.wait_for_selector("input[aria-label='one of']")
    page.wait_for_function("document.activeElement.getAttribute('aria-label') === 'Comparison'")
    page.locator("input[aria-label='one of']").fill('tea, "wine, red"')
    words(page, 'category is one of ("tea", "wine, red")')


def test_what_is_not_saved_is_there_again(opening: Opening) -> None:
    watched = opening()
    page = watched.open("/audiences/big_spenders/edit")
    write(page, "rule: {did: purchase, at_least: 17}")
    words(page, "at least 17 times")
    page.reload()
    page.wait_for_selector(".confirm:has-text('You have unsaved changes since')")
    assert page.input_value("input[aria-label='Times']") == "17"
    page.click("#side a[href='/']")
    page.wait_for_selector("h1:text-is('Home')")
    page.go_back()
    words(page, "at least 17 times")
    other = opening().open("/audiences/big_spenders/edit")  # of somebody else
    other.wait_for_selector(SIZE)
    assert other.locator(".confirm").count() == 0
    page.click("text=Throw away")
    page.wait_for_selector(".confirm", state="detached")
    page.wait_for_function("document.querySelector('input[aria-label=Times]')?.value !== '17'")


def test_who_saves_second_is_told_and_loses_nothing(opening: Opening, path: Path) -> None:
    path.write_text("rule: {did: purchase}\n")
    page = opening().open("/audiences/tea_people/edit")
    write(page, "rule: {did: purchase, at_least: 2}")
    words(page, "at least 2 times")
    theirs = "rule: {did: purchase, at_least: 3}\n"
    path.write_text(theirs)
    page.click("text=See what changes")
    page.click("text=Save these changes")
    page.wait_for_selector(".refusal:has-text('was changed by somebody else')")
    page.wait_for_selector(".diff-added:has-text('at_least: 3')")
    assert path.read_text() == theirs
    page.click("text=Look at theirs")
    words(page, "at least 3 times")
    page.click("text=Bring back what I wrote")
    words(page, "at least 2 times")
    page.click("text=See what changes")
    page.wait_for_selector(".diff-removed:has-text('at_least: 3')")
    page.click("text=Save these changes")
    page.wait_for_selector("text=Saved as audiences/tea_people.yaml")
    assert "at_least: 2" in path.read_text()


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_what_was_saved_is_committed(opening: Opening, console: Running, path: Path) -> None:
    def git(*said: str) -> str:
        return subprocess.run(
            ["git", *said], cwd=console.root, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q", "-b", "main")
    try:
        page = opening(Role.MARKETER).open("/new-audience")
        page.wait_for_selector(SIZE)
        page.fill("input[placeholder='tea_lovers']", "tea_people")
        page.click("text=See what changes")
        page.click("text=Save these changes")
        field = page.locator(".committing input")
        assert field.input_value() == "Add audience tea_people"
        field.fill("People who buy")
        page.click("button:text-is('Commit')")
        page.wait_for_selector(".said:has-text('Committed as')")
        assert git("log", "--format=%an %s", "--name-only").split("\n\n") == [
            "the_marketer People who buy", "audiences/tea_people.yaml\n"
        ]  # fmt: skip
    finally:
        shutil.rmtree(console.root / ".git")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_large_rule_is_whole_and_usable(opening: Opening, width: int) -> None:
    watched = opening(width=width, scheme="dark")
    page = watched.open("/audiences/tea_not_coffee/edit")
    steps = "[{did: purchase}, {did: purchase, gap: 2 days, same: {category: 1}, without: {did: purchase}}]"
    write(
        page,
        f"rule: {{any: [{{sequence: {steps}}}, {{not: {{all: [{{did: purchase}}, {{sample: 10%, salt: a}}]}}}}]}}",
    )
    page.wait_for_selector(".step")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert faults(page) == []
    assert watched.errors == []

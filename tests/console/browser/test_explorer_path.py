"""An analyst's path in a real browser: a question that is its address, numbers to take along, and their definition."""

from __future__ import annotations

import csv
import io
import shlex
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.browser.accessible import faults
from tests.console.browser.conftest import Opening, Running
from tests.console.conftest import SCRIPT
from typer.testing import CliRunner

from headwater.access.roles import Role
from headwater.cli.main import app

pytestmark = [pytest.mark.slow, pytest.mark.server]

CHART = ".explored-chart svg"
WORDS = ".chart-words"


def by_command(root: Path, command: str, to: Path) -> str:
    """The CSV that a command as a page shows it writes."""
    _, *words = shlex.split(command)
    told = CliRunner().invoke(app, [*words, "--project", str(root), "--csv", str(to)])
    assert told.exit_code == 0, told.output
    return to.read_bytes().decode()


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(f".explored-result button:text-is('{button}')")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def definition(page: Page) -> tuple[str, str]:
    page.click("summary:text-is('Definition')")
    return page.locator("details .source").last.inner_text(), page.locator(".command").inner_text()


def test_an_analyst_explores_a_trend_and_takes_it_along(
    opening: Opening, console: Running, tmp_path: Path
) -> None:
    watched = opening()
    page = watched.open("/explore")
    page.wait_for_selector(CHART)
    page.select_option("label:has-text('Told apart by') select", "category")
    page.wait_for_selector(".legend-entry:has-text('coffee')")
    page.select_option("label:has-text('Of whom') select", "coffee_lovers")
    page.wait_for_selector(f"{WORDS}:has-text('of coffee_lovers')")
    page.select_option("label:has-text('Count') select", "people")
    page.wait_for_selector(f"{WORDS}:has-text('People who did purchase')")
    expect(page).to_have_url(
        f"{console.url}/explore?did=purchase&last=90+days&by=week&count=people&split=category&top=5&audience=coffee_lovers"
    )
    name, sheet = downloaded(page, "CSV")
    assert name == "trend_purchase.csv"
    yaml, command = definition(page)
    assert "audience: coffee_lovers" in yaml
    assert sheet.decode() == by_command(console.root, command, tmp_path / "trend.csv")
    name, picture = downloaded(page, "PNG")
    assert name == "trend_purchase.png"
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 800 and height > 600  # noqa: PT018
    assert len(picture) > 10_000
    assert (watched.errors, watched.foreign) == ([], [])


def test_an_address_is_the_question(opening: Opening) -> None:
    page = opening().open(
        "/explore?did=purchase&by=month&split=category&where.revenue.at_least=20&last=12+months"
    )
    page.wait_for_selector(CHART)
    words = page.locator(WORDS).inner_text()
    assert "revenue is at least 20" in words
    assert page.input_value("label:has-text('Value') input") == "20"
    page.select_option("label:has-text('By') select", "week")
    page.wait_for_selector(f"{WORDS}:has-text('by week')")
    assert "by=week" in page.url
    page.go_back()
    page.wait_for_selector(f"{WORDS}:has-text('by month')")
    assert page.input_value("label:has-text('By') select") == "month"
    assert page.locator(WORDS).inner_text() == words
    page.go_forward()
    page.wait_for_selector(f"{WORDS}:has-text('by week')")
    page.reload()
    page.wait_for_selector(f"{WORDS}:has-text('by week')")
    page.wait_for_selector(CHART)


def test_a_filter_is_built_by_hand_and_nothing_typed_is_lost(opening: Opening) -> None:
    page = opening().open("/explore")
    page.wait_for_selector(CHART)
    page.click("text=Add a filter")
    page.locator(".filter-row select").first.select_option("category")
    page.locator(".filter-row select").nth(1).select_option("one_of")
    page.locator(".filter-row input").press_sequentially("tea, wine", delay=30)
    page.wait_for_selector(f"{WORDS}:has-text('wine')")
    assert page.input_value(".filter-row input") == "tea, wine"
    assert "where.category.one_of=tea%2C+wine" in page.url
    page.click("button[aria-label='Remove filter 1']")
    page.wait_for_selector(f"{WORDS}:not(:has-text('wine'))")
    assert "where" not in page.url


def test_a_series_is_hidden_and_shown(opening: Opening) -> None:
    page = opening().open("/explore?did=purchase&split=category&last=12+months&by=month")
    page.wait_for_selector(".legend-entry >> nth=5")
    before = page.locator(f"{CHART} path").count()
    page.locator(".legend-entry").first.click()
    page.wait_for_selector(".legend-entry[aria-pressed=false]")
    page.wait_for_function(f"document.querySelectorAll('{CHART} path').length < {before}")
    page.locator(".legend-entry").first.click()
    page.wait_for_function(f"document.querySelectorAll('{CHART} path').length === {before}")


def test_a_funnel_is_the_commands(opening: Opening, console: Running, tmp_path: Path) -> None:
    page = opening().open("/explore/funnel?step1=purchase&step2=purchase&lasting=30+days&last=ever")
    page.wait_for_selector(CHART)
    page.click("text=Add a step")
    page.wait_for_selector(f"{WORDS}:has-text('purchase, then purchase, then purchase')")
    page.select_option("label:has-text('Of these audiences') select", "coffee_lovers")
    page.wait_for_selector(f"{WORDS}:has-text('of coffee_lovers')")
    assert "step3=purchase" in page.url
    _, sheet = downloaded(page, "CSV")
    _, command = definition(page)
    assert sheet.decode() == by_command(console.root, command, tmp_path / "funnel.csv")


def test_traits_are_the_commands(opening: Opening, console: Running, tmp_path: Path) -> None:
    page = opening().open("/explore/traits?audience=coffee_lovers")
    page.wait_for_selector(CHART)
    page.select_option("label:has-text('Against') select", "tea_not_coffee")
    page.wait_for_selector(f"{WORDS}:has-text('against tea_not_coffee')")
    _, sheet = downloaded(page, "CSV")
    _, command = definition(page)
    assert sheet.decode() == by_command(console.root, command, tmp_path / "traits.csv")


def test_who_may_not_see_small_counts_is_told_so(opening: Opening) -> None:
    page = opening(Role.ANALYST).open("/explore?did=purchase&audience=nearly_nobody&by=month&last=90+days")
    page.wait_for_selector(".explored-result .note, .explored-result .figure")
    assert "fewer than 25" in page.locator(".explored-result").inner_text()
    _, sheet = downloaded(page, "CSV")
    assert {row["count"] for row in csv.DictReader(io.StringIO(sheet.decode()))} == {""}
    assert page.locator("label:has-text('Count') option").all_inner_texts() == ["events", "people"]


def test_what_is_asked_of_nobody_is_refused_where_it_is_asked(opening: Opening) -> None:
    page = opening().open("/explore?did=purchase&where.category.equals=joe@example.com")
    page.wait_for_selector(".told .refusal:has-text('names a person')")
    page.goto(page.url.split("?")[0] + "?did=no_such_event")
    page.wait_for_selector(".told .refusal:has-text('there is no event')")
    page.select_option("label:has-text('Event') select", "purchase")
    page.wait_for_selector(CHART)
    assert page.locator(".told .refusal").count() == 0


def test_what_data_says_is_text_in_charts_too(opening: Opening) -> None:
    page = opening().open("/explore/traits?audience=hostile")
    page.wait_for_selector(".explored-result .figure")
    page.goto(
        page.url.split("/explore")[0] + "/explore?did=purchase&split=trait:city&last=12+months&by=month"
    )
    page.wait_for_selector(CHART)
    page.hover(CHART)
    assert page.evaluate("window.hacked") is None
    page.goto(
        page.url.split("?")[0]
        + f"?did={SCRIPT}&split={SCRIPT}&audience={SCRIPT}".replace(" ", "+").replace("&&", "")
    )
    page.wait_for_selector(".told .refusal")
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 2560])
def test_what_is_drawn_is_whole_and_usable(opening: Opening, width: int, scheme: str) -> None:
    watched = opening(width=width, scheme=scheme)
    for address in (
        "/explore?did=purchase&split=category&where.revenue.at_least=1&by=month&last=12+months&top=10",
        "/explore/funnel?step1=purchase&step2=purchase&step2.where.category.equals=tea&audiences=coffee_lovers",
        "/explore/traits?audience=coffee_lovers&against=tea_not_coffee",
    ):
        page = watched.open(address)
        page.wait_for_selector(CHART)
        for each in page.locator("summary").all():
            each.click()
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        ), address
        assert faults(page) == [], address
    assert (watched.errors, watched.foreign) == ([], [])


def test_whom_a_chart_counts_are_written_as_an_audience(opening: Opening) -> None:
    page = opening(Role.MARKETER).open("/explore?did=purchase&where.category.equals=tea&last=12+months")
    page.click(".rules a:text-is('who did it')")
    page.wait_for_selector(".rule-words:has-text('tea')")
    assert page.url.split("?")[0].endswith("/new-audience")
    page = opening(Role.ANALYST).open("/explore")
    page.wait_for_selector(CHART)
    assert page.locator(".rules a").count() == 0

"""Progress in its three forms."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from headwater.core.progress import Bars, Plain, Progress, Silent


def console() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, width=200, force_terminal=False), written


def work(progress: Progress) -> None:
    with progress.step("events", total=1500) as step:
        step.advance(1000)
        step.advance(500)
        step.note("3 rejected [of 2 kinds]")


def test_plain_progress_is_one_line_a_step_with_rows_and_note() -> None:
    screen, written = console()
    work(Plain(screen))
    assert re.fullmatch(
        r"events: 1,500 rows, (\S+/s, )?\d+\.\d s \(3 rejected \[of 2 kinds\]\)\n", written.getvalue()
    )


def test_a_step_without_rows_tells_only_its_time() -> None:
    screen, written = console()
    with Plain(screen).step("identities"):
        pass
    assert re.fullmatch(r"identities: \d+\.\d s\n", written.getvalue())


def test_a_step_that_fails_is_not_told_as_done() -> None:
    screen, written = console()
    with pytest.raises(RuntimeError), Plain(screen).step("events"):
        raise RuntimeError
    assert written.getvalue() == ""


def test_silent_progress_accepts_all_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    work(Silent())
    assert capsys.readouterr() == ("", "")


def test_bars_show_the_step_its_rows_and_its_note() -> None:
    screen, written = console()
    with Bars(screen) as bars:
        work(bars)
    last = written.getvalue()
    assert "events" in last
    assert "1,500" in last
    assert "3 rejected" in last

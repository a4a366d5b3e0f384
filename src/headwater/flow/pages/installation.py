"""Pages of what an installation can say and be told: the error tree and the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.core.errors import HeadwaterError
from headwater.core.settings import PREFIX, Settings
from headwater.flow.pages.fields import may_be
from headwater.flow.pages.markdown import first_paragraph, grid, page


def errors_page() -> str:
    """The error tree."""
    rows = [
        (
            "&nbsp;&nbsp;" * depth + f"`{error.__name__}`",
            f"`{error.code}`",
            error.blame,
            "yes" if error.is_retryable else "no",
            str(error.exit_code),
            first_paragraph(error.__doc__),
        )
        for depth, error in _tree(HeadwaterError, 0)
    ]
    heads = ("error", "code", "whose fault", "try again", "exit code", "meaning")
    return page("Errors", "What a command or the API can end with.", grid(heads, rows))


def _tree(error: type[HeadwaterError], depth: int) -> Iterator[tuple[int, type[HeadwaterError]]]:
    yield depth, error
    for child in error.__subclasses__():
        if child.__module__ == HeadwaterError.__module__:
            yield from _tree(child, depth + 1)


def settings_page() -> str:
    """Every setting: its name in both places, what it may be, what it is."""
    properties: Mapping[str, Any] = Settings.model_json_schema()["properties"]
    rows = [
        (
            f"`{name}`",
            f"`{PREFIX}{name.upper()}`",
            may_be(about),
            f"`{about['default']!r}`",
            about["description"],
        )
        for name, about in properties.items()
    ]
    return page(
        "Settings",
        "How an installation runs. An environment variable outranks the `settings:` block of `headwater.yaml`.",
        grid(("setting", "environment variable", "may be", "default", "meaning"), rows),
    )

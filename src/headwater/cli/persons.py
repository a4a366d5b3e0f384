"""What commands about persons' requests share: whom they are about, under which law, received when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.core.clock import read_instant
from headwater.core.errors import UserError
from headwater.privacy.requests import Law

ASKED = Action.PRIVACY_REQUESTS
WAIT_SECONDS = 30.0  # for whoever works on the project to let go of it

WhoArgument = Annotated[
    list[str],
    typer.Argument(
        help="Identifiers as kind=value, like email=ann@example.org; several, or several persons'."
    ),
]
LawOption = Annotated[Law, typer.Option(help="Under which law: it says by when a request must be answered.")]
ReceivedOption = Annotated[str | None, typer.Option(help="When the request was received; now, if left out.")]


def instant(text: str | None) -> datetime | None:
    """The moment that somebody wrote; a day is its beginning, in UTC.

    Raises:
        UserError: it is none.
    """
    if text is None:
        return None
    try:
        return read_instant(text, UTC)
    except ValueError:
        raise UserError(
            f"'{text}' is no moment", next_step="write it like 2026-03-01 or 2026-03-01T08:00Z"
        ) from None

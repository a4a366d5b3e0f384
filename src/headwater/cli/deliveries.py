"""The command that lists deliveries, and how every command shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, cast

import typer

from headwater.activate.ledger import Ledger, open_ledger
from headwater.activate.records import Delivery, Ending, Look
from headwater.cli.asking import RoleOption
from headwater.cli.audited import not_audited
from headwater.cli.output import JsonOption, ProjectOption, opened, out, show_json, show_table
from headwater.cli.seen import show_as
from headwater.privacy.shown import Harmless, People, Written

Row = Mapping[str, object]
MOST_REASONS = 3
WORDS = {
    "refused_before": "an earlier refusal",
    "too_large": "more than a request may hold",
    "cannot_be_named": "an erased identifier",
}


@dataclass(frozen=True)
class Refused:
    """How many people a destination refused, for a reason that it gave: it may name people."""

    reason: Written
    n: People


@dataclass(frozen=True)
class Sent:
    """A delivery, as `delivery_row` has it."""

    delivery_id: Harmless
    destination: Harmless
    audience: Harmless
    purpose: Harmless
    identifiers: Mapping[Harmless, Harmless]
    status: Harmless
    n_planned: People
    n_added: People
    n_removed: People
    n_refused: People
    refused: tuple[Refused, ...]
    left_out: Mapping[Harmless, People]
    started_at: datetime
    ended_at: datetime | None
    detail: Written


@dataclass(frozen=True)
class NotSent:
    """An audience of which nothing was sent, as `look_row` has it."""

    destination: Harmless
    audience: Harmless
    status: Harmless
    left_out: Mapping[Harmless, People]
    looked_at: datetime
    detail: Written


@dataclass(frozen=True)
class Deliveries:
    """What was sent, and of what nothing was."""

    deliveries: tuple[Sent, ...]
    nothing_sent: tuple[NotSent, ...]


@not_audited
def deliveries(
    project: ProjectOption = Path(),
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="At most this many deliveries, newest first.", min=1)] = 20,
    as_role: RoleOption = None,
) -> None:
    """List what was sent where, when, and how it went; and what the latest run did not send, and why.

    `planned` counts the people a delivery was made for; `added` and `removed` those the destination took so far;
    `refused` those it refused by name, with its reasons; `left out` those it was not told of. Who was refused when added
    is sent again when the settings or identifiers in the destination's file change, after having been out of the audience,
    or by an identifier that is new; who was refused when removed is tried again in every run.

    Example: `headwater deliveries --limit 5`
    """
    with open_ledger(opened(project)) as ledger:
        sent = [delivery_row(each, ledger) for each in reversed(ledger.deliveries()[-limit:])]
        not_sent = [look_row(each) for each in ledger.looks()]
    if as_role is not None:
        told = Deliveries(tuple(map(_sent, sent)), tuple(NotSent(**row) for row in not_sent))
        show_as(as_role, told, opened(project), as_json=as_json)
        return
    if as_json:
        show_json({"deliveries": sent, "nothing_sent": not_sent})
        return
    if sent:
        _show_sent(sent)
    else:
        out.print("Nothing was delivered yet.")
    telling = [row for row in not_sent if row["left_out"] or row["status"] != Ending.NOTHING]
    if telling:
        out.print("\nThe latest run sent nothing of:\n")
        show_audiences(telling, {"looked_at": "looked at (UTC)"})


def _sent(row: Mapping[str, Any]) -> Sent:
    refused = tuple(Refused(reason, n) for reason, n in row["refused"].items())
    return Sent(**{**row, "refused": refused})


def delivery_row(delivery: Delivery, ledger: Ledger) -> dict[str, Any]:
    """A delivery of the ledger as JSON shows it; people planned, and what came of them."""
    tally = ledger.tally(delivery.delivery_id)
    return {
        "delivery_id": delivery.delivery_id,
        "destination": delivery.destination,
        "audience": delivery.audience,
        "purpose": delivery.purpose,
        "identifiers": dict(delivery.identifiers),
        "status": str(delivery.status),
        "n_planned": delivery.n_added + delivery.n_removed,
        "n_added": tally.n_added,
        "n_removed": tally.n_removed,
        "n_refused": tally.n_refused,
        "refused": dict(tally.refused),
        "left_out": dict(delivery.n_left_out),
        "started_at": delivery.started_at,
        "ended_at": delivery.ended_at,
        "detail": delivery.detail,
    }


def look_row(look: Look) -> dict[str, Any]:
    """An audience of which nothing was sent, as JSON shows it."""
    return {
        "destination": look.destination,
        "audience": look.audience,
        "status": str(look.status),
        "left_out": dict(look.n_left_out),
        "looked_at": look.looked_at,
        "detail": look.detail,
    }


def show_audiences(rows: Sequence[Row], after: Mapping[str, str] = MappingProxyType({})) -> None:
    """Audiences at destinations as a table, with reasons; and below it why some ended as they did.

    Args:
        rows: of `look_row`, or with counts too, as a run has them.
        after: further columns at the right: key of the rows → heading.
    """
    counts = {"n_added": "added", "n_removed": "removed", "refused": "refused"}
    columns = {
        "destination": "destination",
        "audience": "audience",
        "status": "status",
        **{key: heading for key, heading in counts.items() if rows and key in rows[0]},
        "left_out": "left out",
        **after,
    }
    show_table([{**row, **_in_words(row)} for row in rows], columns)
    _show_notes(f"{_place(row)}: {row['detail']}" for row in rows if row["detail"])


def _show_sent(rows: Sequence[Row]) -> None:
    """Deliveries as a table of counts; and below it the reasons."""
    columns = {
        "delivery_id": "delivery", "destination": "destination", "audience": "audience", "status": "status",
        "n_planned": "planned", "n_added": "added", "n_removed": "removed", "n_refused": "refused",
        "n_left_out": "left out", "started_at": "started (UTC)",
    }  # fmt: skip
    show_table([{**row, "n_left_out": sum(_counts(row, "left_out").values())} for row in rows], columns)
    for row in rows:
        words = _in_words(row)
        told = [f"{name.replace('_', ' ')} {words[name]}" for name in ("refused", "left_out") if words[name]]
        told += [str(row["detail"])] if row["detail"] else []
        _show_notes([f"{row['delivery_id']}: {'; '.join(told)}"] if told else [])


def left_out_in_words(reasons: Mapping[str, int]) -> str:
    """Who was left out and why, in a few words; empty if nobody was.

    >>> left_out_in_words({"no_consent": 1200, "no_identifier": 1})
    '1,200 for no consent, 1 for no identifier'
    """
    told = ((n, WORDS.get(reason, str(reason).replace("_", " "))) for reason, n in reasons.items())
    return ", ".join(f"{n:,} for {words}" for n, words in told if n)


def refused_in_words(reasons: Mapping[str, int]) -> str:
    """How many people a destination refused, and why; of many reasons the most frequent.

    >>> refused_in_words({"too old": 1, "no such address": 1200})
    '1,200: no such address; 1: too old'
    """
    told = sorted(reasons.items(), key=lambda each: -each[1])
    rest = sum(n for _, n in told[MOST_REASONS:])
    parts = [f"{n:,}: {reason}" for reason, n in told[:MOST_REASONS]]
    return "; ".join([*parts, *([f"{rest:,}: other reasons"] if rest else [])])


def _in_words(row: Row) -> dict[str, str]:
    return {
        "status": str(row["status"]).replace("_", " "),
        "refused": refused_in_words(_counts(row, "refused")),
        "left_out": left_out_in_words(_counts(row, "left_out")),
    }


def _counts(row: Row, key: str) -> Mapping[str, int]:
    return cast("Mapping[str, int]", row.get(key, {}))


def _place(row: Row) -> str:
    """Where something happened; of what happened to several audiences alike, the destination."""
    audience = f", {row['audience']}" if row["status"] != Ending.NOT_TRIED else ""
    return f"{row['destination']}{audience}, {_in_words(row)['status']}"


def _show_notes(notes: Iterable[str]) -> None:
    for note in dict.fromkeys(notes):
        out.print(f"  {note}", markup=False, soft_wrap=True)

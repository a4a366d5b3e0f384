"""Days since the newest event, in calendar days of the project's zone: 0 today, 1 yesterday."""

from __future__ import annotations

from headwater.profiles.computing import Happenings, Value
from headwater.profiles.trait import Chosen, TraitKind
from headwater.tables.table import Type


def aggregate(of: Chosen) -> str:
    """Days from the newest event to today."""
    newest = f"max(occurred_at) FILTER (WHERE {of.when})"
    return f"CAST(date_diff('day', {of.local_date(newest)}, DATE '{of.today}') AS DOUBLE)"


def compute(of: Happenings) -> Value:
    """Days from the newest event to today."""
    newest = max((event.occurred_at for event in of.events), default=None)
    return None if newest is None else float((of.today - newest.astimezone(of.zone).date()).days)


TRAIT = TraitKind(
    meaning="Days since the newest event, in calendar days of the project's zone: 0 today, 1 yesterday.",
    needs_property=False,
    aggregate=aggregate,
    compute=compute,
    moves_daily=True,
    type_of=lambda _: Type.NUMBER,
)

"""A project as of a past moment: the same rules over what had happened by then.

    events         those after the moment do not count; windows end there
    traits         computed ones anew as of the moment; attributes as stated until then
    memberships    as refreshes had left them by then, from `membership_changes`
    all else       as known now: who is who, and events that came in late

The lake is not touched: the tables stand under the same names in a session of their own, which ends with the block.
Of an attribute that a source states again only the newest statement is kept, so its earlier value is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from headwater.core.clock import Clock
from headwater.core.errors import UserError
from headwater.engine.query import DIALECT, literal
from headwater.profiles.build import Traits, create_traits
from headwater.tables import attributes, events
from headwater.tables.table import Table
from headwater.tables.workspace import Workspace, read

NOTE = "as of then: events, windows, traits; as known now: who is who, and events that came in late"
_NOW, _PAST = "as_known_now_", "as_of_then_"


@contextmanager
def as_of(moment: datetime, declared: Traits, workspace: Workspace) -> Iterator[Workspace]:
    """The project as it was at a moment (with zone), to look at; `declared`: the project's computed traits.

    Raises:
        UserError: the moment is after the project's present.
    """
    now = workspace.clock.now()
    if moment > now:
        raise UserError(
            f"{moment:%Y-%m-%d %H:%M} (UTC) is in the future: the project's present is {now:%Y-%m-%d %H:%M}",
            next_step="name a moment that has passed",
        )
    with read(workspace.project) as past:
        past.clock = Clock(workspace.clock.zone, moment)
        then, present = (literal(each).sql(dialect=DIALECT) for each in (moment, now))
        _stand_in(past, events.TABLE, f"occurred_at <= {then}")
        # At the present all counts: where it is fixed, a second load states its news a microsecond after it.
        _stand_in(past, attributes.TABLE, f"stated_at IS NULL OR stated_at <= {then} OR {then} >= {present}")
        past.engine.create(_PAST + "memberships", _MEMBERSHIPS.format(then=then, present=present))
        past.engine.view("memberships", f"SELECT * FROM {_PAST}memberships")
        create_traits(declared, past, _PAST + "traits")
        past.engine.view("traits", f"SELECT * FROM {_PAST}traits")
        past.stand_ins |= {events.TABLE.name, attributes.TABLE.name, "memberships", "traits"}
        yield past


_MEMBERSHIPS = """
    SELECT audience, profile_id, max(changed_at) AS entered_at
    FROM membership_changes WHERE changed_at <= {then} OR {then} >= {present}
    GROUP BY audience, profile_id HAVING arg_max(change, changed_at) = 'entered'
"""


def _stand_in(past: Workspace, table: Table, condition: str) -> None:
    """Let a table's name stand for those of its rows that meet a condition."""
    files = past.lake.files(table.layout, past.snapshot)
    past.engine.scan(_NOW + table.name, files, table.schema, partitions=table.partition_by)
    past.engine.view(table.name, f"SELECT * FROM {_NOW}{table.name} WHERE {condition}")

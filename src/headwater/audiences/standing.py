"""Where audiences stand: when each last changed, how many versions its rule had, and which audiences refer to it.

Reads the tables `audience_sizes` and `audience_rules`. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headwater.audiences.evaluate import Named
from headwater.audiences.rule import needs_of
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Standing:
    """One audience; `last_changed_at`: the last refresh at which members or the rule changed, UTC without zone."""

    last_changed_at: datetime | None
    n_versions: int
    referred_by: tuple[str, ...]


def read_standings(audiences: Mapping[str, Named], workspace: Workspace) -> dict[str, Standing]:
    """Where each of these audiences stands."""
    changed = _by_audience("max(refreshed_at)", "audience_sizes", workspace)
    versions = _by_audience("count(*)", "audience_rules", workspace)
    needed = {name: needs_of(audience.rule).audiences for name, audience in audiences.items()}
    return {
        name: Standing(
            changed.get(name),
            versions.get(name, 0),
            tuple(sorted(other for other, names in needed.items() if name in names)),
        )
        for name in audiences
    }


def _by_audience(value: str, table: str, workspace: Workspace) -> dict[str, Any]:
    found = workspace.engine.table(f"SELECT audience, {value} AS value FROM {table} GROUP BY audience")
    return dict(zip(found["audience"].to_pylist(), found["value"].to_pylist(), strict=True))

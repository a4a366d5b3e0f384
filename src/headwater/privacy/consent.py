"""Where each profile stands on a purpose, as of now: granted, denied, lapsed, or absent.

Reads the tables `consents` and `identity_map`; writes nothing.

Of each identifier the newest statement counts, whatever its source; of two at the same time the stricter. A statement
past its `until_at` has lapsed: it neither allows nor forbids, nor does an older one come back to life. Statements later
than "now" do not count yet. A profile with several identifiers stands where the strictest of them stands: denied by one
is denied, and an identifier that says nothing takes nothing away from one that agreed.

Global Privacy Control is a line of its own (`signal` is `gpc`): of each identifier its newest statement counts beside the
newest of all others, and the stricter of the two. So no agreement that does not know of it outdates it, and only one that
does (`gpc`, granted) takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from headwater.core.config import Purpose
from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, Query, literal
from headwater.privacy.owners import Owners, owners_of
from headwater.tables.workspace import Workspace

BY_GPC = "coalesce(signal = 'gpc', FALSE)"
"""SQL: whether a row of `consents` is of the line of Global Privacy Control."""
_DAY = 86_400_000_000  # microseconds
_OLDEST = -(2**63) + 1  # microseconds since 1970
Codes = npt.NDArray[np.int8]


class Standing(IntEnum):
    """Where a profile stands on a purpose."""

    ABSENT = 0
    LAPSED = 1
    GRANTED = 2
    DENIED = 3
    SUPPRESSED = 4  # asked to be forgotten: on every purpose
    RESTRICTED = 5  # asked that nothing be used of them: on every purpose


@dataclass(frozen=True)
class Lasting:
    """How long agreements hold, in days, by purpose; those of others hold until they are taken back. Refusals always do."""

    days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, purposes: Mapping[str, Purpose]) -> Lasting:
        """As the project's purposes say."""
        return cls({name: each.lasts_days for name, each in purposes.items() if each.lasts_days})

    def until(self, purpose: str, at: int, *, is_granted: bool) -> int:
        """When what was said at a moment lapses, in microseconds since 1970; 0: not by itself.

        >>> Lasting({"ads": 1}).until("ads", 5, is_granted=True), Lasting({"ads": 1}).until("ads", 5, is_granted=False)
        (86400000005, 0)
        """
        return at + self.days[purpose] * _DAY if is_granted and purpose in self.days else 0

    def until_in_sql(self) -> str:
        """The same as SQL over `purpose`, `state` and `stated_at`."""
        cases = " ".join(
            f"WHEN {literal(name).sql(DIALECT)} THEN stated_at + INTERVAL {days} DAY"
            for name, days in self.days.items()
        )
        return (
            f"CASE WHEN state = 'granted' THEN CASE purpose {cases} END END"
            if cases
            else "CAST(NULL AS TIMESTAMP)"
        )


# Of statements at one moment the last of these counts.
_STRICTNESS = np.array([0, 1, 0, 2, 0], dtype=np.int8)


def standings(workspace: Workspace, purpose: str, profile_ids: Ids) -> Codes:
    """Where these profiles stand, as `Standing` numbers; of who is suppressed or restricted the gate knows, not this.

    Args:
        workspace: the project opened; its clock says what "now" is.
        purpose: a purpose's id, as `consents` holds it.
        profile_ids: int64, any order; shape (n,).

    Returns:
        int8, shape (n,), in the order of `profile_ids`.
    """
    owners = owners_of(workspace)
    by_place = workspace.kept(
        f"standings on {purpose}",
        ("consents", "identity_map"),
        lambda: _by_place(workspace, purpose, owners),
    )
    return by_place[owners.profiles.of(profile_ids)]


def _by_place(workspace: Workspace, purpose: str, owners: Owners) -> Codes:
    """Where everybody stands, by the places of profiles; at 0, which is nobody's, `ABSENT`."""
    result = np.full(owners.n_places, Standing.ABSENT, dtype=np.int8)
    said = workspace.engine.table(statements(purpose, workspace.clock.now()))
    is_by_gpc = said["is_by_gpc"].to_numpy()
    for line in (False, True):
        of_line = (said[name].to_numpy()[is_by_gpc == line] for name in ("node_id", "said", "standing"))
        node_ids, standing = _newest(*of_line)
        np.maximum.at(result, owners.nodes.of(node_ids), standing)
    result[0] = Standing.ABSENT
    return result


def _newest(node_ids: Ids, said: Ids, standing: Codes) -> tuple[Ids, Codes]:
    """Each identifier's newest statement, of several at one moment the strictest: identifiers ascending, with standings."""
    order = np.argsort(node_ids, kind="stable")  # mostly in order as they lie, and one statement each
    if len(order) > 1 and not (np.diff(node_ids[order]) > 0).all():
        order = np.lexsort((_STRICTNESS[standing], said, node_ids))
        is_last = np.append(np.diff(node_ids[order]) > 0, True)
        order = order[is_last]
    return node_ids[order], standing[order]


def standing_of(consents: Mapping[str, str], purpose: str) -> Standing:
    """Where one live person stands on a purpose, by what they are known to have said of each, as of now.

    >>> standing_of({"news": "granted"}, "news"), standing_of({"news": "perhaps"}, "news"), standing_of({}, "news")
    (<Standing.GRANTED: 2>, <Standing.DENIED: 3>, <Standing.ABSENT: 0>)
    """
    if purpose not in consents:
        return Standing.ABSENT
    return Standing.GRANTED if consents[purpose] == "granted" else Standing.DENIED


def statements(purpose: str, now: datetime) -> Query:
    """What every identifier said of a purpose up to now: columns node_id, is_by_gpc, said (in
    microseconds; undated is oldest), standing.
    """
    wanted, moment = literal(purpose).sql(DIALECT), literal(now).sql(DIALECT)
    # Whatever is not plainly "granted" counts as denied: a word nobody foresaw must not open the gate.
    return Query().step(
        "statements",
        f"""
        SELECT node_id, {BY_GPC} AS is_by_gpc,
            CASE WHEN isfinite(stated_at) THEN epoch_us(stated_at) ELSE {_OLDEST} END AS said,
            CAST(CASE WHEN until_at <= {moment} THEN {Standing.LAPSED}
                      WHEN state = 'granted' THEN {Standing.GRANTED}
                      ELSE {Standing.DENIED} END AS TINYINT) AS standing
        FROM consents
        WHERE purpose = {wanted} AND (stated_at IS NULL OR stated_at <= {moment})
        """,
    )

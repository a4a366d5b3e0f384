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
import pyarrow as pa

from headwater.core.project import Purpose
from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, Query, literal
from headwater.tables.workspace import Workspace

BY_GPC = "coalesce(signal = 'gpc', FALSE)"
"""SQL: whether a row of `consents` is of the line of Global Privacy Control."""
_PEOPLE = "consent_people"
_DAY = 86_400_000_000  # microseconds


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


def standings(workspace: Workspace, purpose: str, profile_ids: Ids) -> npt.NDArray[np.int32]:
    """Where these profiles stand, as `Standing` numbers; of who is suppressed or restricted the gate knows, not this.

    Args:
        workspace: the project opened; its clock says what "now" is.
        purpose: a purpose's id, as `consents` holds it.
        profile_ids: int64, ascending, without repeats; shape (n,).

    Returns:
        int32, shape (n,), in the order of `profile_ids`.
    """
    workspace.engine.register(_PEOPLE, pa.table({"profile_id": pa.array(profile_ids, pa.int64())}))
    try:
        found = workspace.engine.table(consent_standings(purpose, workspace.clock.now()))
    finally:
        workspace.engine.drop(_PEOPLE)
    result = np.full(len(profile_ids), Standing.ABSENT, dtype=np.int32)
    result[np.searchsorted(profile_ids, found["profile_id"].to_numpy())] = found["standing"].to_numpy()
    return result


def standing_of(consents: Mapping[str, str], purpose: str) -> Standing:
    """Where one live person stands on a purpose, by what they are known to have said of each, as of now.

    >>> standing_of({"news": "granted"}, "news"), standing_of({"news": "perhaps"}, "news"), standing_of({}, "news")
    (<Standing.GRANTED: 2>, <Standing.DENIED: 3>, <Standing.ABSENT: 0>)
    """
    if purpose not in consents:
        return Standing.ABSENT
    return Standing.GRANTED if consents[purpose] == "granted" else Standing.DENIED


def consent_standings(purpose: str, now: datetime) -> Query:
    """Profiles of `consent_people` that said anything, with their `standing`: columns profile_id, standing."""
    wanted, moment = literal(purpose).sql(DIALECT), literal(now).sql(DIALECT)
    # Whatever is not plainly "granted" counts as denied: a word nobody foresaw must not open the gate.
    return (
        Query()
        .step(
            "statements",
            f"""
            SELECT m.profile_id, c.node_id, c.stated_at, {BY_GPC} AS is_by_gpc,
                CASE WHEN c.until_at <= {moment} THEN {Standing.LAPSED}
                     WHEN c.state = 'granted' THEN {Standing.GRANTED}
                     ELSE {Standing.DENIED} END AS standing
            FROM consents AS c
            JOIN identity_map AS m ON m.node_id = c.node_id
            JOIN {_PEOPLE} AS p ON p.profile_id = m.profile_id
            WHERE c.purpose = {wanted} AND (c.stated_at IS NULL OR c.stated_at <= {moment})
            """,
        )
        .step(
            "newest_of_each_identifier",
            f"""
            SELECT profile_id, node_id, standing,
                row_number() OVER (
                    PARTITION BY node_id, is_by_gpc
                    ORDER BY stated_at DESC NULLS LAST,
                        CASE standing WHEN {Standing.DENIED} THEN 0 WHEN {Standing.LAPSED} THEN 1 ELSE 2 END
                ) AS place
            FROM statements
            """,
        )
        .step(
            "strictest_of_each_profile",
            """
            SELECT profile_id, CAST(max(standing) AS INTEGER) AS standing
            FROM newest_of_each_identifier WHERE place = 1 GROUP BY profile_id
            """,
        )
    )

"""Where each profile stands on a purpose, as of now: granted, denied, lapsed, or absent.

Reads the tables `consents` and `identity_map`; writes nothing.

Of each identifier the newest statement counts, whatever its source; of two at the same time the stricter. A statement
past its `until_at` has lapsed: it neither allows nor forbids, nor does an older one come back to life. Statements later
than "now" do not count yet. A profile with several identifiers stands where the strictest of them stands: denied by one
is denied, and an identifier that says nothing takes nothing away from one that agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater.engine.bitmaps import Ids
from headwater.engine.query import DIALECT, Query, literal
from headwater.tables.workspace import Workspace

_PEOPLE = "consent_people"


class Standing(IntEnum):
    """Where a profile stands on a purpose."""

    ABSENT = 0
    LAPSED = 1
    GRANTED = 2
    DENIED = 3
    SUPPRESSED = 4  # asked to be forgotten: on every purpose
    RESTRICTED = 5  # asked that nothing be used of them: on every purpose


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
            SELECT m.profile_id, c.node_id, c.stated_at,
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
                    PARTITION BY node_id
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

"""Planning: the difference between what a destination should hold of an audience and what it holds, cut into batches.

Reads `memberships`, `identity_map`, `nodes`, `consents` and the ledger; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from headwater.activate.batch import NOBODY, Cut, Holdings, both, cut
from headwater.activate.destination import Change
from headwater.activate.errand import Errand
from headwater.activate.ledger import Ledger
from headwater.activate.prepare import holders_of, holdings_of, members_of, named
from headwater.activate.records import Holding, Plan
from headwater.engine.bitmaps import Ids

# As long as a real key, so that a batch weighs here what it will weigh when sent.
_SAMPLE_KEY = "20000101T000000-000000000000-00001"


def next_plan(errand: Errand, ledger: Ledger, *, is_wanted: bool, takes_back: bool = True) -> Plan:
    """What to send next; without batches if there is nothing to send.

    Args:
        errand: the audience and the destination.
        ledger: what was sent so far.
        is_wanted: whether the destination is still to hold this audience; if not, all are removed.
        takes_back: where the declared forms changed, first take back who was sent in the old ones, and only that.

    Raises:
        Refusal: the gate refused the request as a whole.
    """
    holding = ledger.holding(errand.to.name, errand.audience)
    if takes_back and _is_in_other_forms(holding, errand):
        return _difference(replace(errand, identifiers=holding.identifiers), holding, NOBODY, {})
    people = members_of(errand.workspace, errand.audience) if is_wanted else NOBODY.profile_ids
    permitted, left_out = errand.permit(people)
    target = holdings_of(errand.workspace, permitted)
    return _difference(
        errand, holding, target, {**left_out, "no_identifier": len(permitted.profile_ids) - target.n_people}
    )


def plan_to_take_back(errand: Errand, ledger: Ledger, node_ids: Ids) -> Plan:
    """Take back those of these identifiers that the destination holds, as they were sent; all else stays as it is."""
    holding = ledger.holding(errand.to.name, errand.audience)
    errand = replace(errand, identifiers=holding.identifiers)
    gone = np.intersect1d(holding.possible, node_ids)
    removed = holders_of(errand.workspace, gone, errand.identifiers)
    cuts, n_too_large = _cuts(errand, removed, NOBODY)
    counts = {"too_large": n_too_large, "cannot_be_named": len(gone) - len(removed.node_ids)}
    return Plan(
        errand.to.name,
        errand.audience,
        errand.to.purpose,
        errand.identifiers,
        holding.fingerprint,
        cuts,
        {reason: n for reason, n in counts.items() if n},
        holding.refused,
    )


def _is_in_other_forms(holding: Holding, errand: Errand) -> bool:
    """Whether people were sent in forms no longer declared: they can only be taken back in those."""
    return len(holding.possible) > 0 and not holding.identifiers.items() <= errand.identifiers.items()


def _difference(errand: Errand, holding: Holding, target: Holdings, left_out: Mapping[str, int]) -> Plan:
    # A changed declaration gives those who were refused by name another chance.
    is_same = holding.fingerprint == errand.to.fingerprint
    refused = np.intersect1d(holding.refused, target.node_ids) if is_same else NOBODY.node_ids
    added = target.where(np.setdiff1d(target.node_ids, np.union1d(holding.held, refused)))
    gone = np.setdiff1d(holding.possible, target.node_ids)
    removed = holders_of(errand.workspace, gone, errand.identifiers)
    cuts, n_too_large = _cuts(errand, removed, added)
    counts = {
        **left_out,
        "refused_before": target.where(refused).n_people,
        "too_large": n_too_large,
        # Erased identifiers: the destination may hold them, but there is nothing left to name them by.
        "cannot_be_named": len(gone) - len(removed.node_ids),
    }
    to = errand.to
    n_left_out = {reason: n for reason, n in counts.items() if n}
    return Plan(
        to.name, errand.audience, to.purpose, errand.identifiers, to.fingerprint, cuts, n_left_out, refused
    )


def _cuts(errand: Errand, removed: Holdings, added: Holdings) -> tuple[list[Cut], int]:
    """Removals first: nobody should wait for being forgotten."""
    limits = replace(errand.to.kind.limits, max_rows=errand.to.rows_a_batch)

    def weigh(one: Cut) -> int:
        return errand.request(errand.batch(_SAMPLE_KEY, one.change, one.holdings)).size

    with named(errand.workspace, both(removed, added)):
        first, n_removed_too_large = cut(Change.REMOVED, removed, limits, weigh)
        then, n_added_too_large = cut(Change.ADDED, added, limits, weigh)
    return first + then, n_removed_too_large + n_added_too_large

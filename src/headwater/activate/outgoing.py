"""What an audience brings along to destinations: what gives it its labels, and the terms that its file sets.

Reads no table; the engine is asked who is held out, for it knows how profiles are shuffled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from headwater.activate.prepare import drawn
from headwater.audiences.terms import NO_TERMS, Terms, Withheld
from headwater.engine.bitmaps import Ids
from headwater.privacy.labels import Origin
from headwater.tables.workspace import Workspace


@dataclass(frozen=True)
class Outgoing:
    """An audience on its way out; one that is no audience any more brings nothing along."""

    origins: frozenset[Origin] = frozenset()
    terms: Terms = NO_TERMS

    def told_of(self, profile_ids: Ids, workspace: Workspace) -> tuple[Ids, Mapping[str, int]]:
        """Of these people those of whom destinations are told by its terms, and how many of the others there are, by reason."""
        if not self.terms.is_scheduled(workspace.project.clock.now()):
            return profile_ids[:0], {Withheld.NOT_SCHEDULED.value: len(profile_ids)}
        if self.terms.held_out is None:
            return profile_ids, {}
        held_out = drawn(workspace, profile_ids, self.terms.held_out)
        return np.setdiff1d(profile_ids, held_out), {Withheld.HOLDOUT.value: len(held_out)}

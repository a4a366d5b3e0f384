"""Where everyone stands when shuffled by a salt: worked out once a salt, for hashing takes long; new people are added.

A third of a second a million people in the engine, more than a second in Python; comparing what is remembered takes none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from headwater.audiences.shuffle import place_sql
from headwater.engine.bitmaps import Ids
from headwater.engine.engine import Engine

Places = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Shuffled:
    """The place of each of these profiles, which are ascending; shape of `ids`."""

    ids: Ids
    places: Places


def shuffled(salt: str, ids: Ids, engine: Engine, before: Shuffled | None = None) -> Shuffled:
    """Where these profiles stand; what was known before is taken from there."""
    if before is None:
        return Shuffled(ids, _hashed(salt, ids, engine))
    if before.ids is ids:
        return before
    known = np.isin(ids, before.ids, assume_unique=True)
    places = np.empty(len(ids), dtype=np.uint32)
    places[known] = before.places[np.searchsorted(before.ids, ids[known])]
    if not known.all():
        places[~known] = _hashed(salt, ids[~known], engine)
    return Shuffled(ids, places)


def _hashed(salt: str, ids: Ids, engine: Engine) -> Places:
    rows = engine.project(pa.table({"profile_id": ids}), {"place": place_sql(salt)})
    return np.asarray(rows["place"].to_numpy(), dtype=np.uint32)

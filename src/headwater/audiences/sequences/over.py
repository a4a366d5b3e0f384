"""Counting sequences from coded columns: events of those who did every step, as `columns/chains.py` wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from headwater.audiences.columns.chains import Laid, Link, Numbers, Played, lay, n_apart, walk
from headwater.audiences.columns.columns import Columns
from headwater.audiences.columns.follow import Edges, Values
from headwater.audiences.columns.measures import common_codes
from headwater.audiences.columns.rows import Part
from headwater.audiences.columns.segment import Instants
from headwater.audiences.sequences.steps import Chain, Elapsed, Picked, Same
from headwater.engine.ids import Bins

MOST_ROWS = 100_000_000  # of events that stand for several keys
MOST_COUNTED = 100  # each one more is one more pass
_MICROSECOND = Elapsed(1, "minutes").length / 60_000_000


@dataclass(frozen=True, eq=False)
class _Role:
    """A step (its number) or what is barred before one (0), with its events."""

    picked: Picked
    number: int
    parts: list[Part]

    def is_compared(self, reference: Same) -> bool:
        return reference.step == self.number or reference in self.picked.same


def counts(chain: Chain, columns: Columns, most: int) -> npt.NDArray[np.int32] | None:
    """How many sequences of each profile do not overlap, counted up to `most`, shape (profiles,); None: ask SQL."""
    if len(chain.references) > 1 or most > MOST_COUNTED:
        return None
    played = _played(chain)
    choices = [picked.happenings.choice(columns) for picked, _ in played]

    edges = choices[0].edges  # all have the chain's window

    def compute(parts: Sequence[list[Part]], n_bins: int) -> Values | None:
        def laid(edges: Edges) -> Laid | None:
            roles = [_Role(*each, own) for each, own in zip(played, parts, strict=True)]
            return _laid(chain, roles, columns, n_bins, edges)

        is_whole = n_bins == columns.n_bins  # and not of some profiles alone
        asked = tuple((picked.same, number) for picked, number in played)
        found = columns.laid(asked, choices, laid) if is_whole else laid(edges)
        return None if found is None else (_counted(chain, found, edges, n_bins, most),)

    found = columns.answer_of((chain, most), choices, compute)
    return None if found is None else found.values[0]


def _played(chain: Chain) -> list[tuple[Picked, int]]:
    """The steps in their order with their numbers, then what is barred, as number 0."""
    steps = [(step.picked, number) for number, step in enumerate(chain.steps, start=1)]
    return [*steps, *((step.without, 0) for step in chain.steps if step.without)]


def _laid(chain: Chain, roles: Sequence[_Role], columns: Columns, n_bins: int, edges: Edges) -> Laid | None:
    """The events of those who did every step, in order."""
    references = chain.references
    keyed = (
        _keyed(roles, references[0], _able(roles, n_bins), columns) if references else (_unkeyed(roles), 1)
    )
    if keyed is None:
        return None
    played, n_keys = keyed
    return lay(played, len(chain.steps), n_bins, n_keys, edges)


def _counted(chain: Chain, laid: Laid, edges: Edges, n_bins: int, most: int) -> npt.NDArray[np.int32]:
    pairs = walk(laid, _links(chain), _micros(chain.lasting), edges)
    return n_apart(pairs.group // laid.n_keys, pairs, n_bins, most)[1:]


def _links(chain: Chain) -> list[Link]:
    links: list[Link] = []
    barred = len(chain.steps)
    for role, step in enumerate(chain.steps):
        links.append(Link(role, _micros(step.gap), barred if step.without else None))
        barred += step.without is not None
    return links


def _able(roles: Sequence[_Role], n_bins: int) -> npt.NDArray[np.bool_]:
    """The bins of those who did every step."""
    able = reduce(np.logical_and, [_did(role.parts, n_bins) for role in roles if role.number])
    able[0] = False
    return np.asarray(able)


def _did(parts: Sequence[Part], n_bins: int) -> npt.NDArray[np.bool_]:
    bins = np.zeros(n_bins, dtype=np.bool_)
    for part in parts:
        bins[part.who] = True
    return bins


def _unkeyed(roles: Sequence[_Role]) -> list[Played]:
    """The events of each role, all of a profile in one group."""
    return [Played(place, *_rows(role.parts)) for place, role in enumerate(roles)]


def _keyed(
    roles: Sequence[_Role], reference: Same, able: npt.NDArray[np.bool_], columns: Columns
) -> tuple[list[Played], int] | None:
    """The events of each role for each key they fit, and how many keys there are."""
    compared = [role for role in roles if role.is_compared(reference)]
    _, codes, n_keys = common_codes(
        columns, [part for role in compared for part in role.parts], reference.read
    )
    ends = np.cumsum([sum(part.size for part in role.parts) for role in compared])
    codes_of = dict(zip(map(id, compared), np.split(codes, ends[:-1]), strict=True))
    owner = roles[reference.step - 1]
    keys = _keys_of(owner, codes_of[id(owner)], able, n_keys)
    played = []
    for place, role in enumerate(roles):
        who, at = _rows(role.parts)
        if role.is_compared(reference):
            own = codes_of[id(role)]
            # What has no value is nothing's like; of the step itself it stays, as a key that fits only what is not compared.
            chosen = able[who] & ((own > 0) | (role is owner))
            played.append(Played(place, who[chosen] * np.int64(n_keys) + own[chosen], at[chosen]))
        else:
            repeated = _for_each_key(who, at, keys, able, n_keys)
            if repeated is None:
                return None
            played.append(Played(place, *repeated))
    return played, n_keys


def _keys_of(owner: _Role, codes: Numbers, able: npt.NDArray[np.bool_], n_keys: int) -> Numbers:
    """Each bin with each of its keys as one number, ascending."""
    who, _ = _rows(owner.parts)
    chosen = able[who]
    return np.unique(who[chosen] * np.int64(n_keys) + codes[chosen])


def _for_each_key(
    who: Bins, at: Instants, keys: Numbers, able: npt.NDArray[np.bool_], n_keys: int
) -> tuple[Numbers, Instants] | None:
    """Events that fit every key of their profile, once for each; None if they become too many."""
    n_of = np.bincount(keys // n_keys, minlength=len(able))
    first_of = np.cumsum(n_of) - n_of
    n = n_of[who]
    if int(n.sum()) > MOST_ROWS:
        return None
    rows = np.repeat(np.arange(len(who)), n)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(n) - n, n)
    return keys[first_of[who[rows]] + nth], at[rows]


def _rows(parts: Sequence[Part]) -> tuple[Bins, Instants]:
    if len(parts) == 1:
        return parts[0].who, parts[0].at
    none = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    who = np.concatenate([none[0], *(part.who for part in parts)])
    return who, np.concatenate([none[1], *(part.at for part in parts)])


def _micros(length: Elapsed | None) -> int | None:
    return None if length is None else length.length // _MICROSECOND

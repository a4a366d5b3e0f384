"""How many people audiences reach together, what each adds beyond all others, and what it adds in the given order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headwater.audiences.chosen import Members
from headwater.engine.bitmaps import count


@dataclass(frozen=True)
class Reached:
    """One audience among others.

    Attributes:
        size: its members.
        unique: those who are in none of the others.
        incremental: those who are in none of the audiences before it.
        cumulative: people in it or in one before it.
    """

    audience: str
    size: int
    unique: int
    incremental: int
    cumulative: int


@dataclass(frozen=True)
class Reach:
    """Audiences together: `n_people` in at least one, of `n_profiles` there are; each in the given order."""

    n_people: int
    n_profiles: int
    audiences: tuple[Reached, ...]

    @property
    def share(self) -> float:
        """The share of all profiles that is reached, 0 to 1."""
        return self.n_people / self.n_profiles if self.n_profiles else 0.0


def reach(members: Members) -> Reach:
    """What these audiences reach together, and each of them beyond the others."""
    times = np.zeros(members.universe.size, dtype=np.int32)
    for bits in members.sets.values():
        times += bits
    reached, so_far = [], members.universe.none()
    for name, bits in members.sets.items():
        new = count(bits & ~so_far)
        so_far |= bits
        reached.append(Reached(name, count(bits), count(bits & (times == 1)), new, count(so_far)))
    return Reach(count(so_far), members.n_profiles, tuple(reached))

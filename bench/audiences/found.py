"""What a piece of work gives, and the new rules that both Headwater and a baseline are asked."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.audiences.rules import Rule, new_rule

N_CHECKED = 40  # new rules that a baseline is asked, too


@dataclass
class Found:
    """What one piece of work gives."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long the block took."""
        begun = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - begun)


def new_rules(seed: int, n: int) -> list[Rule]:
    """Rules that nobody has asked; those of another round are others."""
    rng = random.Random(f"new rules {seed}")
    return [new_rule(rng) for _ in range(n)]

"""Thompson sampling: show each variant as often as it may still be the best one (Thompson, 1933).

What is known of a variant, shown n times and rewarded r times, is a Beta distribution of its rate, Beta(1 + r, 1 + n - r):
every rate is as likely as any other before it is shown. A decision draws a rate of each and shows the highest. So one that
is clearly worse is hardly shown any more, and one that is little known is still tried (Chapelle and Li, 2011).

The propensity is the probability that the one chosen was chosen. It is told with each decision, because only with it can be
worked out afterwards, from the same data, what another way to choose would have brought (inverse propensity weighting:
Horvitz and Thompson, 1952). It is an integral, computed here to about 1e-9 and remembered for a state, because a state
holds for many decisions: hand in what is known as of some seconds ago rather than a new state with every event.

Given from outside: what is known. Nothing is read or written.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Arm:
    """What is known of a variant: to how many decisions it was shown, and how many of those were rewarded."""

    shown: int = 0
    rewarded: int = 0

    @property
    def beta(self) -> tuple[float, float]:
        """The parameters of its rate's distribution, each 1 or more, whatever the counts are."""
        shown = max(self.shown, 0)
        rewarded = min(max(self.rewarded, 0), shown)
        return 1.0 + rewarded, 1.0 + shown - rewarded


@dataclass(frozen=True)
class Drawn:
    """The variant that was chosen, and the probability with which it was."""

    variant: str
    propensity: float


UNKNOWN = Arm()


def draw(names: Iterable[str], known: Mapping[str, Arm], seed: str) -> Drawn:
    """Choose one of these variants.

    Args:
        names: the variants to choose from, at least one.
        known: what is known of them; nothing of those that are not in it.
        seed: of the generator: the same seed, names and knowledge choose the same.
    """
    arms = {name: known.get(name, UNKNOWN).beta for name in sorted(names)}
    generator = random.Random(seed)  # noqa: S311 - chance, not secrecy
    rates = {name: generator.betavariate(*beta) for name, beta in arms.items()}
    variant = max(rates, key=lambda name: (rates[name], name))
    return Drawn(variant, propensities(tuple(arms.values()))[list(arms).index(variant)])


@lru_cache(maxsize=4096)
def propensities(arms: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    """The probability of each arm that its rate is the highest.

    For arm v it is the integral over x of f_v(x) times the product over the others u of F_u(x), f being densities and F
    distribution functions.

    Args:
        arms: the parameters of the Beta distributions, each 1 or more.

    Returns:
        Numbers from 0 to 1 that add up to 1, in the order of `arms`.
    """
    if len(arms) == 1:
        return (1.0,)
    a, b = np.array(arms, dtype=np.float64).T[:, :, None]
    nodes, weights = _quadrature(a, b)
    below = special.betainc(a, b, nodes)
    density = np.exp(special.xlogy(a - 1, nodes) + special.xlog1py(b - 1, -nodes) - special.betaln(a, b))
    wins = np.array([_integral(density, below, weights, each) for each in range(len(arms))])
    return tuple((wins / wins.sum()).tolist())


_RANKS = np.concatenate(
    [[1e-12, 1e-9, 1e-6, 1e-4], np.linspace(0.002, 0.998, 40), [1 - 1e-4, 1 - 1e-6, 1 - 1e-9]]
)
_POINTS, _SIZES = np.polynomial.legendre.leggauss(8)


def _quadrature(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Where to look at the integrand, and with what weight.

    Gauss-Legendre points between neighbouring quantiles of all arms: where one of them is steep, there are many.
    """
    edges = np.unique(np.concatenate([[0.0, 1.0], special.betaincinv(a, b, _RANKS).ravel()]))
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * _POINTS).ravel(), (half * _SIZES).ravel()


def _integral(density: Floats, below: Floats, weights: Floats, each: int) -> float:
    others = np.delete(below, each, axis=0).prod(axis=0)
    return float(np.sum(weights * density[each] * others))

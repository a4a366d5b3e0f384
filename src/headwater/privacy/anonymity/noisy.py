"""Differentially private counts, by OpenDP (the extra `headwater[dp]`); its samplers and its arithmetic are made for this.

Two projects are neighbours if one has one person more than the other. A count then differs by 1, and is given with discrete
Laplace noise (C. Canonne, G. Kamath, T. Steinke: The discrete Gaussian for differential privacy, NeurIPS 2020, appendix; A. Ghosh
and others, STOC 2009): ε. Counts by a trait that has at most one value a person differ in one place by 1: ε again; but that a
value occurs at all may tell of somebody, so only values whose noisy count is above a threshold are given, which is exceeded by a
value that one person has with a probability of at most δ (A. Korolova and others: Releasing search queries and clicks privately,
WWW 2009).

Reads and writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from headwater.core.errors import Bug, UserError


@dataclass(frozen=True)
class Privately:
    """How much may be told: `epsilon`, and for values that are not known beforehand, `delta`."""

    epsilon: float
    delta: float = 1e-6


def expect_library() -> None:
    """See that OpenDP is there: before anything is spent.

    Raises:
        UserError: it is not installed.
    """
    _library()


def noisy_count(n: int, told: Privately) -> int:
    """A count of people with noise; never below 0."""
    return max(0, int(_laplace(told.epsilon)(n)))


def noisy_counts(counts: Mapping[str, int], told: Privately) -> dict[str, int]:
    """Counts of people by value, of whom each has at most one, with noise; values that few people have are missing."""
    if not counts:
        return {}
    found = _thresholded(told)(dict(counts))
    return {str(value): int(n) for value, n in sorted(found.items()) if n > 0}


def interval(epsilon: float, share: float = 0.95) -> int:
    """How far a noisy count is from the true one at most, with this probability."""
    accuracy = _library().accuracy
    return int(accuracy.discrete_laplacian_scale_to_accuracy(scale=1 / epsilon, alpha=1 - share))


def _laplace(epsilon: float) -> Any:
    dp = _library()
    return dp.measurements.make_laplace(*_counts(dp), scale=_scale(epsilon))


@cache
def _scale(epsilon: float) -> float:
    """The least scale that OpenDP, which rounds to the safe side, finds to tell no more than epsilon."""
    dp = _library()

    def made(scale: float) -> Any:
        return dp.measurements.make_laplace(*_counts(dp), scale=scale)

    return float(dp.mod.binary_search_param(made, d_in=1, d_out=epsilon, bounds=(1e-3, 1e9)))


def _thresholded(told: Privately) -> Any:
    """What gives counts by value.

    Raises:
        Bug: OpenDP finds that it tells more than was asked for.
    """
    dp, scale = _library(), _scale(told.epsilon)
    number, apart = _counts(dp)
    made = dp.measurements.make_laplace_threshold(
        dp.domains.map_domain(dp.domains.atom_domain(T=str), number),
        dp.metrics.l01inf_distance(apart),
        scale=scale,
        threshold=math.ceil(1 + scale * math.log(1 / told.delta)),
    )
    epsilon, delta = made.map((1, 1, 1))
    if epsilon > told.epsilon or delta > told.delta:
        raise Bug(f"a release would tell ({epsilon}, {delta}) and not ({told.epsilon}, {told.delta})")
    return made


@dataclass(frozen=True)
class _OpenDP:
    """The parts of the library that are needed: all of it takes seconds to load."""

    domains: ModuleType
    metrics: ModuleType
    measurements: ModuleType
    mod: ModuleType
    accuracy: ModuleType


def _library() -> _OpenDP:
    names = (each.name for each in fields(_OpenDP))
    try:
        found = _OpenDP(*(import_module(f"opendp.{name}") for name in names))
    except ImportError:
        raise UserError(
            "differentially private releases need the package opendp, which is not installed",
            next_step="pip install 'headwater[dp]'; nothing was spent",
        ) from None
    found.mod.enable_features("contrib")
    return found


def _counts(dp: _OpenDP) -> tuple[Any, Any]:
    """The domain of counts, and how their distance is told."""
    return dp.domains.atom_domain(T="i64"), dp.metrics.absolute_distance(T="i64")

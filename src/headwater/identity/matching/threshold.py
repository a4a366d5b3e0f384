"""What precision and recall the probabilities themselves promise, threshold by threshold, and which threshold to take.

If the probabilities are right, the mean of those from a threshold on is the precision of the pairs it lets through, and
their sum, as a share of the sum of all, is the recall. No labels are needed; how right they are is for labelled records to
show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

PRECISION = 0.99  # promised of the pairs that a chosen threshold lets through
LEAST = 0.5  # below it a pair is more likely no link
STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)


@dataclass(frozen=True)
class Estimate:
    """What a threshold is estimated to give; precision and recall from 0 to 1."""

    threshold: float
    n_pairs: int
    precision: float
    recall: float


def estimates(probabilities: Numbers, thresholds: tuple[float, ...] = STEPS) -> list[Estimate]:
    """What each threshold is estimated to give.

    Args:
        probabilities: of all pairs, shape (n,).
        thresholds: from 0 to 1.

    >>> estimates(np.array([0.9, 0.7, 0.4]), (0.5,))
    [Estimate(threshold=0.5, n_pairs=2, precision=0.8, recall=0.8)]
    """
    total = float(np.sum(probabilities))
    found = []
    for threshold in thresholds:
        through = probabilities[probabilities >= threshold]
        right = float(np.sum(through))
        precision = right / len(through) if len(through) else 1.0
        found.append(Estimate(threshold, len(through), precision, right / total if total else 1.0))
    return found


def chosen_threshold(probabilities: Numbers) -> float:
    """The lowest threshold at which the pairs let through promise the precision that is asked for, but no lower than even.

    >>> chosen_threshold(np.array([0.6, 1.0, 1.0, 0.999]))
    0.999
    >>> chosen_threshold(np.array([0.999, 1.0, 0.2]))
    0.5
    """
    falling = np.sort(probabilities[probabilities >= LEAST])[::-1]
    promised = np.cumsum(falling) / np.arange(1, len(falling) + 1)
    enough = int(np.count_nonzero(promised >= PRECISION))  # it only falls, so these come first
    if enough == len(falling):
        return LEAST
    return float(falling[enough - 1]) if enough else 1.0

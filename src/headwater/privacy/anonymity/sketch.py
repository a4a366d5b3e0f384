"""A set of people as 256 numbers, by which two sets are found to be near each other, though nobody in them is kept.

Each person has 256 signs, +1 or -1, made from their number with a secret key. A sketch is the sum of its people's signs, place
by place. Of two sketches the mean of the squared differences is, on average, how many people are in one set and not in the
other, with a standard deviation of √(2/256), 9 %, of that (N. Alon, Y. Matias, M. Szegedy: The space complexity of approximating
the frequency moments, STOC 1996). It is 0 only for equal sets, as far as chance goes (2⁻²⁵⁶ for two people).

Reads and writes nothing. Without the key a sketch says nothing of who is in the set.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from headwater.engine.bitmaps import Ids

N_SIGNS = 256
Sketch = npt.NDArray[np.int32]
_WORDS = N_SIGNS // 64
_AT_ONCE = 65_536  # people: 16 MB of signs
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of splitmix64
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def sketch(people: Ids, key: bytes) -> Sketch:
    """The sketch of people, given by number and each once; `key`: at least 64 bytes."""
    words = np.frombuffer(key[: 16 * _WORDS], dtype=np.uint64).reshape(_WORDS, 2)
    n_plus = np.zeros(N_SIGNS, dtype=np.int64)
    for begin in range(0, len(people), _AT_ONCE):
        some = people[begin : begin + _AT_ONCE].astype(np.uint64)
        signs = np.stack([_mixed(_mixed(some + first) ^ second) for first, second in words], axis=1)
        n_plus += np.unpackbits(signs.view(np.uint8), axis=1).sum(axis=0, dtype=np.int64)
    return (2 * n_plus - len(people)).astype(np.int32)


def distances(one: Sketch, others: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """About how many people are in one set and not in the other; `others`: a sketch a row."""
    apart: npt.NDArray[np.float64] = ((others.astype(np.float64) - one) ** 2).mean(axis=1)
    return apart


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    for factor, shift in zip(_MIX, _SHIFTS, strict=False):
        numbers = (numbers ^ (numbers >> shift)) * factor
    return numbers ^ (numbers >> _SHIFTS[2])

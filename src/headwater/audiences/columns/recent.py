"""What was used last stays, within a budget of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key; those not used for longest go when there are more than `most_bytes`."""

    def __init__(self, most_bytes: int, n_bytes: Callable[[V], int]) -> None:
        self._most, self._n_bytes = most_bytes, n_bytes
        self._held: OrderedDict[K, V] = OrderedDict()
        self._sum = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """The value, if it is still there."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        return None

    def put(self, key: K, value: V) -> V:
        """Hold a value; gives it back."""
        self.drop(key)
        self._held[key] = value
        self._sum += self._n_bytes(value)
        while self._sum > self._most and len(self._held) > 1:
            self._sum -= self._n_bytes(self._held.popitem(last=False)[1])
        return value

    def drop(self, key: K) -> None:
        """Let a value go."""
        if key in self._held:
            self._sum -= self._n_bytes(self._held.pop(key))

    def clear(self) -> None:
        """Let all go."""
        self._held.clear()
        self._sum = 0

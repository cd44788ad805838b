"""What a process remembers for a while: bounded, the least recently used goes first."""

import math
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A value is good until its moment, on whatever clock the caller reads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def get(self, key: K, now: float = 0.0) -> V | None:
        """Also marks it as used."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] <= now:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, *, until: float = math.inf) -> None:
        """In place of what was kept under the key."""
        self._kept[key] = (value, until)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

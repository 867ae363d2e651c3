"""Keeps what evaluates: the ones used last, as each holds a compiled rulebook."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

KEPT = 4
"""A log goes from one rulebook and date to the next; two ways of deciding take turns."""


class Closing(Protocol):
    """What holds an engine until it is closed."""

    def close(self) -> None:
        """Free the engine."""


CachedT = TypeVar("CachedT", bound=Closing)


class Cache(Generic[CachedT]):
    """Values by what they were made for; the one not used for longest is closed where there are too many."""

    def __init__(self) -> None:
        self.held: OrderedDict[Hashable, CachedT] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], CachedT]) -> CachedT:
        """Return the value of a key, made where there is none."""
        if key not in self.held:
            self.held[key] = make()
        self.held.move_to_end(key)
        self.shrink(KEPT)
        return self.held[key]

    def shrink(self, count: int) -> None:
        """Close all but so many values."""
        while len(self.held) > count:
            self.held.popitem(last=False)[1].close()

"""Settings as cost files write them: a number, a text or a range, one for all days or values by date."""

from __future__ import annotations

from functools import lru_cache

from tunewise.costs.ranges import Range
from tunewise.structure import Frozen


class Span(Frozen, frozen=True, kw_only=True):
    """A range as a file writes it."""

    low: int | float
    expected: int | float
    high: int | float

    @property
    def range(self) -> Range:
        """The span as a range."""
        if self.low == self.high:
            return Range.of(self.expected)
        return Range(float(self.low), float(self.expected), float(self.high))


Setting = int | float | str | Span | None


class DatedValue(Frozen, frozen=True, kw_only=True, rename={"since": "from"}):
    """What held from a day on, until the next one of its list; with a source and a look-up of its own."""

    since: str
    value: int | float | str | Span
    sources: tuple[str, ...] = ()
    checked: str = ""
    note: str = ""


Written = Setting | tuple[DatedValue, ...]
"""A setting as a file writes it: one for all days, or a list of values by the day from which each holds."""


def latest(written: Written) -> Setting:
    """Return a setting as it is now: the last of values by date."""
    if isinstance(written, tuple):
        return written[-1].value if written else None
    return written


@lru_cache(maxsize=4096)
def as_range(setting: float | Span | tuple[DatedValue, ...]) -> Range:
    """Return a number or a span as a range; of values by date the last."""
    if isinstance(setting, tuple):
        found = setting[-1].value
        assert not isinstance(found, str)  # noqa: S101 - refused where a book is read
        return as_range(found)
    return setting.range if isinstance(setting, Span) else Range.of(setting)

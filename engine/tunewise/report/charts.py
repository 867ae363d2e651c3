"""Draws charts as plain shapes: a template sets them out as SVG, and knows nothing of scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

CHART_WIDTH, CHART_HEIGHT = 400, 262
CHART_LEFT, CHART_RIGHT, CHART_TOP, CHART_BOTTOM = 50, 382, 14, 222
MIDDLE, LABEL_ROOM = (CHART_LEFT + CHART_RIGHT) / 2, 90
"""The middle of the picture, and the room that words beside a guide take."""
TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TICKS = 5


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line or a surface: `kind` is its class, `path` what SVG calls `d`."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot at a point."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a point; `anchor` is start, middle or end."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of `width` by `height`; what is drawn first lies below."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A line with its band: `points` are x, low, expected and high; `kind` is its class."""

    kind: str
    points: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Places values between two ends of a picture, by their size or their order of magnitude."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies; what is beyond an end lies at that end."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, at = math.log10(low), math.log10(high), math.log10(at)
        return round(self.start + (at - low) / (high - low) * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        """Yield round values from end to end: whole powers of ten on a logarithmic scale."""
        if self.logarithmic:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            every = max(1, math.ceil((last - first) / TICKS))
            yield from (float(10**power) for power in range(first, last + 1, every))
            return
        step = _step((self.high - self.low) / TICKS)
        first, last = math.ceil(self.low / step), math.floor(self.high / step + 1e-9)
        yield from (step * number for number in range(first, last + 1))


def _step(wanted: float) -> float:
    """Return the next round step that is no smaller."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return float(next(step * power for step in TICK_STEPS if step * power >= wanted * (1 - 1e-9)))


def across(low: float, high: float, logarithmic: bool = False) -> Scale:
    """Return the scale from left to right."""
    return Scale(low, high, CHART_LEFT, CHART_RIGHT, logarithmic)


def upward(low: float, high: float, logarithmic: bool = False) -> Scale:
    """Return the scale from bottom to top."""
    return Scale(low, high, CHART_BOTTOM, CHART_TOP, logarithmic)


@dataclass(frozen=True, slots=True)
class Axes:
    """Both scales of a chart, with how their values are written and what the one across measures."""

    x: Scale
    y: Scale
    say_x: Callable[[float], str]
    say_y: Callable[[float], str]
    unit: str

    def chart(
        self,
        series: Sequence[Series],
        crossing: tuple[float, float, str] | None = None,
        at: tuple[float, str] | None = None,
    ) -> Chart:
        """Return the chart of lines with their bands.

        `crossing` is a point to mark, `at` a value across to mark from bottom to top; both with their words.
        The words of a crossing stand above, where lines that grow leave room, unless those of `at` do.
        """
        strokes = [*self._grid(), *(self._band(one) for one in series)]
        labels = [*self._ticks(), Label(CHART_RIGHT, CHART_HEIGHT - 4, "end", self.unit)]
        marks = []
        if at is not None:
            x = self.x.place(at[0])
            strokes.append(Stroke("guide", f"M{x} {CHART_TOP}V{CHART_BOTTOM}"))
            labels.append(_beside(x, CHART_TOP + 8, at[1], x < MIDDLE))
        strokes += [self._line(one) for one in series]
        if crossing is not None:
            x, y = self.x.place(crossing[0]), self.y.place(crossing[1])
            marks.append(Mark(x, y))
            end, words = (
                (CHART_TOP, CHART_TOP + 8) if at is None else (CHART_BOTTOM, CHART_BOTTOM - 8)
            )
            strokes.append(Stroke("guide", f"M{x} {y}V{end}"))
            other = None if at is None else self.x.place(at[0])
            labels.append(_beside(x, words, crossing[2], _has_room_right(x, other)))
        return Chart(CHART_WIDTH, CHART_HEIGHT, tuple(strokes), tuple(marks), tuple(labels))

    def _grid(self) -> Iterator[Stroke]:
        for tick in self.y.ticks():
            yield Stroke("grid", f"M{CHART_LEFT} {self.y.place(tick)}H{CHART_RIGHT}")

    def _ticks(self) -> Iterator[Label]:
        for tick in self.y.ticks():
            yield Label(CHART_LEFT - 6, self.y.place(tick) + 4, "end", self.say_y(tick))
        for tick in self.x.ticks():
            yield Label(self.x.place(tick), CHART_BOTTOM + 15, "middle", self.say_x(tick))

    def _band(self, one: Series) -> Stroke:
        there = [(x, high) for x, _, _, high in one.points]
        back = [(x, low) for x, low, _, _ in reversed(one.points)]
        return Stroke(f"band {one.kind}", self._path([*there, *back]) + "Z")

    def _line(self, one: Series) -> Stroke:
        return Stroke(f"line {one.kind}", self._path([(x, mid) for x, _, mid, _ in one.points]))

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        return "M" + "L".join(f"{self.x.place(x)} {self.y.place(y)}" for x, y in points)


def _beside(x: float, y: float, text: str, right: bool) -> Label:
    return Label(x + 6 if right else x - 6, y, "start" if right else "end", text)


def _has_room_right(x: float, other: float | None) -> bool:
    """Whether words stand better to the right: away from the other guide, and within the picture."""
    if other is None or abs(other - x) > LABEL_ROOM:
        return x < MIDDLE
    return other < x if CHART_LEFT + LABEL_ROOM < x < CHART_RIGHT - LABEL_ROOM else x < MIDDLE


def plot(lines: Sequence[tuple[str, Sequence[float]]], most: float, height: int) -> tuple[str, ...]:
    """Return rows of text in which each line is drawn with its mark, from nothing at the foot to `most` on top.

    All lines have as many values, one a column; where two meet, the later one is seen.
    """
    rows = [[" "] * max(len(values) for _, values in lines) for _ in range(height)]
    for mark, values in lines:
        for column, value in enumerate(values):
            share = min(max(value / most, 0), 1) if most > 0 else 0
            rows[round((1 - share) * (height - 1))][column] = mark
    return tuple("".join(row).rstrip() for row in rows)


def beam(low: float, high: float, middle: float, width: int = 24) -> str:
    """Return a bar of text from one share of the width to another, 0 to 100, with its middle marked."""
    first, last, turn = (
        min(round(share * width / 100), width - 1) for share in (low, high, middle)
    )
    bar = ("█" if first <= place <= last else " " for place in range(width))
    return "".join("┃" if place == turn else cell for place, cell in enumerate(bar)).rstrip()

"""What is assumed in a reckoning: the cost book's settings, and what the user puts in their place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tunewise.costs.book import CostBook
from tunewise.costs.ranges import Range, exactly, plain_number
from tunewise.costs.settings import Setting, as_range, latest
from tunewise.errors import Problem, UserError, nearest, shown, unknown_name
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.reading import read
from tunewise.structure import kind

LARGEST_RATE = 10**12
ENDS, BETWEEN = ("low", "expected", "high"), ".."
UNKNOWN_KEY = "unknown assumption; 'tunewise facts --assumptions' lists them all"


@dataclass(frozen=True)
class Assumptions:
    """The settings of a cost book, and the user's overrides of them and of its components' rates."""

    book: CostBook
    overrides: Mapping[str, Range | str]
    _made: dict[tuple[str, str], Range | str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def by(self, name: str) -> str:
        """Return the fact or decision that an assumption differs by, '' where it has one value."""
        assumption = self.book.assumptions.get(name)
        return assumption.by if assumption is not None and name not in self.overrides else ""

    def setting(self, name: str, option: str = "") -> Range | str | None:
        """Return what is assumed, None where nothing is; each made once, as tables ask for them very often."""
        if (name, option) not in self._made:
            self._made[name, option] = self._setting(name, option)
        return self._made[name, option]

    def _setting(self, name: str, option: str) -> Range | str | None:
        if name in self.overrides:
            return self.overrides[name]
        setting = self._settings(name).get(option)
        return setting if setting is None or isinstance(setting, str) else as_range(setting)

    def without(self, stated: Collection[str]) -> Assumptions:
        """Return the same without the overrides of what a case states: what is known is not assumed."""
        kept = {name: value for name, value in self.overrides.items() if name not in stated}
        return Assumptions(self.book, kept)

    def given(self, name: str) -> bool:
        """Whether the assumption has a value for any option."""
        settings = self._settings(name).values()
        return name in self.overrides or any(setting is not None for setting in settings)

    def as_record(self, name: str, options: Sequence[str]) -> dict[str, Any]:
        """Return one assumption as plain data: what counts, what would by default, its words and unit.

        Where it was taken for several options, both are given by option.
        """
        values = {option: self.setting(name, option) for option in options}
        settings = self._settings(name)
        defaults = {option: settings[option] for option in options if option in settings}
        label, unit = self.words(name)
        return {
            "label": label,
            "value": _plain(values),
            "default": _plain(defaults or dict(settings)),
            "unit": unit,
            "overridden": name in self.overrides,
        }

    def _settings(self, name: str) -> Mapping[str, Setting]:
        """Return what the cost book says by option, under '' where it says one thing."""
        if name in self.book.assumptions:
            return self.book.assumptions[name].settings
        return {"": latest(self.book.components[name].rate)} if name in self.book.components else {}

    def words(self, name: str) -> tuple[str, str]:
        """Return the label and the unit of an assumption, or of a rate."""
        if name in self.book.assumptions:
            return self.book.assumptions[name].label, self.book.assumptions[name].unit
        component = self.book.components[name]
        return component.item, f"USD per unit ({component.unit})"


def _plain(settings: Mapping[str, Range | Setting]) -> Any:
    """Return settings as plain data: one alone, or several by option."""
    found = {option: _plain_setting(setting) for option, setting in settings.items()}
    return next(iter(found.values())) if len(found) == 1 else found


def _plain_setting(setting: Range | Setting) -> Any:
    if setting is None or isinstance(setting, str):
        return setting
    span = setting if isinstance(setting, Range) else as_range(setting)
    return plain_number(span.expected) if span.low == span.high else span.as_record()


@dataclass(frozen=True, slots=True)
class Override:
    """What a user's file puts in the place of an assumption, and where it stands."""

    text: str
    place: str
    line: int | None


def assume(book: CostBook, given: Mapping[str, str | Override], facts: Vocabulary) -> Assumptions:
    """Return the assumptions with the user's overrides; raise UserError for every wrong key or value."""
    overrides, problems = {}, []
    for key, value in given.items():
        try:
            text = value if isinstance(value, str) else value.text
            overrides[key] = overriding(key, text, book, facts)
        except ValueError as error:
            problems.append(_problem(key, value, str(error)))
    if problems:
        raise UserError(problems)
    return Assumptions(book, overrides)


def _problem(key: str, value: str | Override, message: str) -> Problem:
    name = shown(key)[1:-1]
    if isinstance(value, Override):
        return Problem(value.place, value.line, name, message)
    return Problem("", None, f"--assume {name}", message)


def read_overrides(path: str) -> dict[str, Override]:
    """Return the overrides in a YAML or JSON file of keys and values; raise UserError where it is none.

    A value is a number, a name, or a range: `{low, high}` with or without `expected`.
    """
    document = read(path)
    if not isinstance(document.data, dict):
        raise UserError(document.problem((), "expected keys with values, such as 'epochs: 2'"))
    found, problems = {}, []
    for key, value in document.data.items():
        text = override_text(value)
        if text is None:
            message = f"expected a number, a name or {{low, expected, high}}, found {kind(value)}"
            problems.append(document.problem((key,), message))
        found[str(key)] = Override(text or "", document.place, document.line((key,)))
    if problems:
        raise UserError(problems)
    return found


def override_text(value: Any) -> str | None:
    """Return a file's value as --assume writes it, None where it is none."""
    if isinstance(value, dict):
        ends = [override_text(value[end]) for end in ENDS if end in value]
        whole = {"low", "high"} <= value.keys() <= set(ENDS)
        return BETWEEN.join(filter(None, ends)) if whole and all(ends) else None
    single = isinstance(value, int | float | str) and not isinstance(value, bool)
    return str(value) if single else None


def overriding(key: str, value: str, book: CostBook, facts: Vocabulary) -> Range | str:
    """Return what stands in the place of an assumption or rate; raise ValueError where it cannot."""
    known = {**book.assumptions, **book.components}
    if key in book.moved:
        raise ValueError(f"no longer an assumption; {book.moved[key]}")
    if key not in known:
        near = nearest(key, known)
        raise ValueError(f"unknown assumption; did you mean '{near}'?" if near else UNKNOWN_KEY)
    assumption = book.assumptions.get(key)
    if assumption is None:
        return _number(value, 0, LARGEST_RATE)
    if assumption.textual:
        return _name(key, value, facts, book)
    found = _number(value, assumption.minimum, assumption.maximum)
    if assumption.single and not found.single:
        raise ValueError(f"expected one number, as no range of it is drawn, found {shown(value)}")
    return found


def _number(value: str, low: float, high: float) -> Range:
    """Return a number, a range from low to high with its middle expected, or all three; each within bounds."""
    try:
        numbers = [Decimal(part) for part in value.split(BETWEEN)]
        inside = all(exactly(low) <= number <= exactly(high) for number in numbers)
    except InvalidOperation:
        inside, numbers = False, []
    if not inside or len(numbers) > len(ENDS):
        bounds = f"expected a number from {low:,} to {high:,}, or low..high of such"
        raise ValueError(f"{bounds}, found {shown(value)}")
    if numbers != sorted(numbers):
        raise ValueError(f"expected low..expected..high in rising order, found {shown(value)}")
    middle = numbers[len(numbers) // 2] if len(numbers) != 2 else sum(numbers, Decimal(0)) / 2
    low, high = float(numbers[0]), float(numbers[-1])
    return Range.of(low) if low == high else Range(low, float(middle), high)


def _name(key: str, value: str, facts: Vocabulary, book: CostBook) -> str:
    named = book.named(key)
    if named and value not in named:
        raise ValueError(unknown_name("value", value, named))
    checked = facts[key].check(value) if key in facts else value
    if not isinstance(checked, str) or not checked:
        raise ValueError(f"expected a value, found {shown(value)}")
    return checked

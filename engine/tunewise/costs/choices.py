"""A choice or a fact of a case, or of many: which of some values it has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunewise.costs.kernel import NOT_A_NUMBER, ONE, Kernel, Mask, Number
from tunewise.knowledge.conditions import Value

UNKNOWN_OPTION = -1
"""The code of what is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which of some values a case has, or each of many: `codes` index `values`, each of them once.

    A single code counts for all cases.
    """

    kernel: Kernel
    values: tuple[Any, ...]
    codes: Any
    _masks: dict[object, Mask] = field(default_factory=dict, init=False)

    def has(self, value: object) -> Mask:
        """Return where it has a value."""
        return self.codes == self.values.index(value) if value in self.values else False

    def among(self, wanted: Collection[object]) -> Mask:
        """Return where it has one of some values, or a set of values holds one of them."""
        key = tuple(wanted)
        if key not in self._masks:
            sets = [value if isinstance(value, tuple) else (value,) for value in self.values]
            self._masks[key] = self.pick(
                [any(one in wanted for one in held) for held in sets], False
            )
        return self._masks[key]

    @property
    def known(self) -> Mask:
        """Where it is known."""
        return self.codes != UNKNOWN_OPTION

    def pick(self, values: Sequence[Any], unknown: Any = NOT_A_NUMBER) -> Any:
        """Return what stands in the place of its values."""
        return self.kernel.pick([*values, unknown], self.codes)

    def each(self, change: Callable[[Any], Any]) -> Choice:
        """Return the choice with each value changed, unknown where that is None."""
        changed = [change(value) for value in self.values]
        values = tuple(dict.fromkeys(value for value in changed if value is not None))
        return Choice(self.kernel, values, self._among(changed, values))

    def filled(self, other: Choice) -> Choice:
        """Return the choice, and the other one's values where it is unknown."""
        if self.kernel.all(self.known):
            return self
        values = tuple(dict.fromkeys((*self.values, *other.values)))
        ours, theirs = self._among(self.values, values), other._among(other.values, values)
        return Choice(self.kernel, values, self.kernel.where(ours != UNKNOWN_OPTION, ours, theirs))

    def _among(self, own: Sequence[Any], values: Sequence[Any]) -> Any:
        """Return the codes of its values among others."""
        places = {value: place for place, value in enumerate(values)}
        return self.pick([places.get(value, UNKNOWN_OPTION) for value in own], UNKNOWN_OPTION)


def every(value: object, kernel: Kernel) -> Choice:
    """Return the choice that has one value in all cases, None for unknown."""
    return Choice(kernel, (), UNKNOWN_OPTION) if value is None else Choice(kernel, (value,), 0)


class CostFacts:
    """The facts of one case; those of many are columns."""

    def __init__(self, facts: Mapping[str, Value], kernel: Kernel = ONE) -> None:
        self._facts, self.kernel = facts, kernel

    def __contains__(self, name: object, /) -> bool:
        return name in self._facts

    def choice(self, name: str) -> Choice:
        """Return which value a fact has."""
        return every(self._facts.get(name), ONE)

    def number(self, name: str) -> Number:
        """Return the number that is stated."""
        return float(self._facts[name])  # type: ignore[arg-type]

    def stated(self, name: str) -> Mask:
        """Return where a fact is stated."""
        return name in self._facts

"""Tells which facts of a case, or of many, were assumed, and with which value."""

from __future__ import annotations

from dataclasses import replace

from tunewise.costs.assuming import Assumptions
from tunewise.costs.choices import UNKNOWN_OPTION, Choice, every
from tunewise.costs.estimator import Estimator
from tunewise.costs.kernel import Mask, both
from tunewise.costs.ranges import Range, plain_number
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Vocabulary

DIFFERING = -2
"""The code of an assumption that was taken for several options."""


def taken(reckoning: Estimator, facts: Vocabulary, assumptions: Assumptions) -> dict[str, Choice]:
    """Return the facts that were assumed by name; one that differs between the plans is left out."""
    found: dict[str, Choice] = {}
    for q, trace in reckoning.used():
        for use, counts in trace.uses.items():
            if use.name in facts and facts[use.name].origin == "given":
                taken = found.setdefault(use.name, every(None, q.kernel))
                option = q.text(use.by) if use.by else every(use.option, q.kernel)
                found[use.name] = _joined(taken, option, counts)
    return {name: _valued(name, found[name], assumptions) for name in sorted(found)}


def _joined(taken: Choice, option: Choice, counts: Mask) -> Choice:
    """Return for which option an assumption is taken, one more taken into account."""
    values = tuple(dict.fromkeys((*taken.values, *option.values)))
    places = [values.index(value) for value in option.values]
    ours, kernel = option.pick(places, UNKNOWN_OPTION), taken.kernel
    first = both(counts, taken.codes == UNKNOWN_OPTION)
    other = both(counts, (taken.codes != UNKNOWN_OPTION) & (taken.codes != ours))
    codes = kernel.where(first, ours, kernel.where(other, DIFFERING, taken.codes))
    return Choice(kernel, values, codes)


def _valued(name: str, taken: Choice, assumptions: Assumptions) -> Choice:
    """Return the values that an assumption was taken with, unknown where they differ."""

    def value(option: str) -> Value | None:
        setting = assumptions.setting(name, option)
        return plain_number(setting.expected) if isinstance(setting, Range) else setting

    codes = taken.kernel.where(taken.codes == DIFFERING, UNKNOWN_OPTION, taken.codes)
    return replace(taken, codes=codes).each(value)

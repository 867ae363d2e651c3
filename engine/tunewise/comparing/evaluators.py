"""Keeps what evaluates records: those used last, as each holds a compiled rulebook."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from typing import Generic, TypeVar

from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.knowledge.rulebook import Rulebook

KEPT = 4
"""A log goes from one rulebook and date to the next; two ways of deciding take turns."""

Made = TypeVar("Made", Evaluator, TableEvaluator)


class Evaluators(Generic[Made]):
    """Evaluators of one kind, each made where it is asked for; the one not used for longest is freed."""

    def __init__(self, kind: type[Made]) -> None:
        self._kind: type[Made] = kind
        self._kept: OrderedDict[tuple[object, ...], Made] = OrderedDict()
        self._refused: dict[tuple[object, ...], UserError] = {}

    def __call__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str],
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> Made:
        """Return what evaluates so.

        Raises UserError where an assumption is none of the rulebook's, and where this version of Tunewise cannot
        reckon with its costs.
        """
        key = (rulebook.sha256, as_of, *assumptions.items(), shown_in)
        if key in self._refused:
            raise self._refused[key]
        if key not in self._kept:
            try:
                self._kept[key] = self._kind(rulebook, as_of, assumptions, shown_in)
            except UserError as error:
                self._refused[key] = error
                raise
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)[1].close()
        return self._kept[key]

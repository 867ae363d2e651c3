"""Makes what evaluates records, once for each rulebook, date and set of assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Generic, TypeVar

from tunewise.errors import UserError
from tunewise.evaluation.cache import Cache
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.knowledge.rulebook import Rulebook

MadeT = TypeVar("MadeT", Evaluator, TableEvaluator)


class Evaluators(Generic[MadeT]):
    """Evaluators of one kind, each made where it is asked for."""

    def __init__(self, kind: type[MadeT]) -> None:
        self._kind: type[MadeT] = kind
        self._cache: Cache[MadeT] = Cache()
        self._refused: dict[tuple[object, ...], UserError] = {}

    def __call__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str],
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> MadeT:
        """Return what evaluates so.

        Raises UserError where an assumption is none of the rulebook's, and where this version of Tunewise cannot
        reckon with its costs.
        """
        key = (rulebook.sha256, as_of, *assumptions.items(), shown_in)
        if key in self._refused:
            raise self._refused[key]
        make = partial(self._kind, rulebook, as_of, assumptions, shown_in)
        try:
            return self._cache.get(key, make)
        except UserError as error:
            self._refused[key] = error
            raise

"""When tuning pays back in each row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewise.costs.breakeven import BREAK_EVEN_REASONS, NEVER
from tunewise.costs.columns import Floats, Whole
from tunewise.costs.ranges import plain_number


@dataclass(frozen=True, eq=False)
class BreakEvens:
    """When tuning overtakes prompting: months in 10, 50, 90 of 100 draws, to two places, infinite for never.

    `reasons` index BREAK_EVEN_REASONS.
    """

    months: Floats
    reasons: Whole

    @classmethod
    def of(cls, found: Sequence[tuple[Floats, Whole]], places: Whole) -> BreakEvens | None:
        """Return the break-evens of all blocks, each row from its place in them, None where nothing is compared."""
        if not found:
            return None
        months, reasons = zip(*found, strict=True)
        return cls(np.concatenate(months)[places], np.concatenate(reasons)[places])

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's break-even as plain data."""
        low, expected, high = (
            NEVER if np.isinf(one) else plain_number(one) for one in self.months[row].tolist()
        )
        return {
            "months": {"low": low, "expected": expected, "high": high},
            "reason": BREAK_EVEN_REASONS[self.reasons[row]],
        }

"""What machines hold, for many cases at once, as capacity.py has it for one."""

from __future__ import annotations

import numpy as np

from tunewise.cases.columns import FactColumn
from tunewise.costs.capacity import HOURS, MEMORY, THERE
from tunewise.costs.columns.cents import exceeds, settle
from tunewise.costs.columns.numbers import Column
from tunewise.costs.columns.quantities import ColumnQuantities
from tunewise.costs.columns.table import Figures, truth
from tunewise.knowledge.vocabulary import LARGEST


def capacity(q: ColumnQuantities) -> dict[str, FactColumn]:
    """Return what rules may test of a plan's training, as expected: GB, card-hours, and whether it fits.

    Hours beyond all measure are unknown.
    """
    every = np.ones(q.rows, dtype=np.bool_)
    memory = settle(q, lambda q, rows: q[MEMORY].settled(), every, Column.in_tenths)
    hours = settle(q, lambda q, rows: q[HOURS].settled(), every)
    told = np.where(exceeds(q, HOURS, LARGEST), np.nan, hours.expected / 100)
    return {
        "training_fits": truth(~exceeds(q, MEMORY, THERE)),
        MEMORY: Figures(memory.expected / 10),
        HOURS: Figures(told),
    }

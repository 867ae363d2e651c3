"""All that is worked out of a plan, by name; the numbers that go in come from the cost book."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.costs.demand import DEMAND
from tunewise.costs.measures import Formula
from tunewise.costs.price_path import PRICE_PATH
from tunewise.costs.serving import SERVING_FORMULAS
from tunewise.costs.training import TRAINING
from tunewise.costs.upkeep import UPKEEP

FORMULAS: Mapping[str, Formula] = {
    one.name: one for one in (*DEMAND, *SERVING_FORMULAS, *TRAINING, *UPKEEP, *PRICE_PATH)
}

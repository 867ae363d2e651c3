"""What a result rests on: assumptions with where each was used, and the quantities that it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tunewise.costs.kernel import Mask, both, either


class AssumedUse(NamedTuple):
    """An assumption that is taken, for an option or for that of a choice; PRICED says that a price was looked up."""

    name: str
    by: str = ""
    option: str = ""


PRICED = AssumedUse("")


@dataclass(slots=True)
class QuantityTrace:
    """What a result rests on: assumptions with where each was used, and quantities and names in their order."""

    uses: dict[AssumedUse, Mask] = field(default_factory=dict)
    inputs: dict[str, None] = field(default_factory=dict)

    def add(self, use: AssumedUse, where: Mask) -> None:
        """Note that an assumption was used somewhere."""
        self.uses[use] = either(self.uses.get(use, False), where)

    def join(self, other: QuantityTrace, where: Mask) -> None:
        """Take over what another result rests on, in the rows for which it counts."""
        uses = self.uses
        for use, mask in other.uses.items():
            known = uses.get(use, False)
            if known is not True:
                uses[use] = either(known, both(mask, where))

    @property
    def names(self) -> tuple[str, ...]:
        """The assumptions used, in the order of the alphabet."""
        return tuple(sorted({use.name for use in self.uses if use is not PRICED}))

"""What explains the rows of tables under one rulebook; each part is made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tunewise.explaining.column_certainty import ColumnCertainty
from tunewise.explaining.column_reasons import ColumnReasons
from tunewise.explaining.column_unknowns import ColumnUnknowns
from tunewise.knowledge.rulebook import Rulebook


@dataclass(frozen=True)
class TableExplanation:
    """Ranks reasons and finds unknown facts; what was found is remembered from table to table."""

    rulebook: Rulebook

    @cached_property
    def reasons(self) -> ColumnReasons:
        """What ranks the reasons of each row."""
        return ColumnReasons(self.rulebook)

    @cached_property
    def unknowns(self) -> ColumnUnknowns:
        """What finds the unknown facts of each row that rules wait for."""
        return ColumnUnknowns(self.rulebook)

    @cached_property
    def certainty(self) -> ColumnCertainty:
        """What tells how certain the first decision of each row is."""
        return ColumnCertainty(self.rulebook)

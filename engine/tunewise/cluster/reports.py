"""What came of the rows of a table, small enough to be gathered from a whole cluster, and their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tunewise.batch.parts import PartCounts
from tunewise.cluster.deciding import Decided
from tunewise.explaining.certainty import TOO_EARLY
from tunewise.inventories.rejects import RejectReason, RejectTally
from tunewise.knowledge.rulebook import Rulebook

HORIZON_COLUMNS = {"low": "horizon_low", "expected": "horizon", "high": "horizon_high"}
"""The columns of what an approach costs over the horizon."""

ChoiceCounts = dict[str, dict[str, int]]
HorizonSums = dict[str, dict[str, float]]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of some rows of a file, of which `first` is the first.

    `reasons` stand in the order in which they were met. `chosen` counts rows by decision and option; `spent` is
    what the approaches that were decided for cost over the horizon, by approach, in USD.
    """

    file: int
    first: int
    counts: PartCounts
    reasons: tuple[RejectReason, ...]
    chosen: ChoiceCounts
    spent: HorizonSums


def chunk_report(
    rulebook_decisions: Sequence[str], file: int, first: int, decided: Decided
) -> Report:
    """Sum up what was decided; rows that are too early for a verdict are counted, and stand in no sum."""
    results, accepted = decided.results, decided.results.num_rows
    told = results.filter(pc.not_equal(results["certainty"], TOO_EARLY))
    tally = RejectTally()
    tally.add(decided.rejected)
    return Report(
        file=file,
        first=first,
        counts=PartCounts(
            accepted,
            decided.read - accepted - decided.skipped,
            accepted - told.num_rows,
            decided.skipped,
        ),
        reasons=tally.met(),
        chosen={name: _counted(told[name]) for name in rulebook_decisions},
        spent=_spent(told, rulebook_decisions[0]),
    )


def added_reports(
    rulebook: Rulebook, reports: Iterable[Report]
) -> tuple[RejectTally, ChoiceCounts, HorizonSums]:
    """Return the sums of reports, which are added up in the order of their rows, so that they never differ."""
    tally, spent = RejectTally(), HorizonSums()
    chosen: ChoiceCounts = {name: {} for name in rulebook.decisions}
    for one in sorted(reports, key=lambda report: (report.file, report.first)):
        tally.merge(one.reasons)
        for name, counts in one.chosen.items():
            _add(chosen[name], counts)
        for approach, sums in one.spent.items():
            _add(spent.setdefault(approach, {}), sums)
    return tally, chosen, {a: {e: round(s, 2) for e, s in spent[a].items()} for a in sorted(spent)}


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    found = pc.value_counts(column).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(found, key=lambda one: one["values"])}


def _spent(results: pa.Table, decision: str) -> HorizonSums:
    found = {}
    for approach in _counted(results[decision]):
        if f"{approach}_horizon_usd" in results.column_names:
            rows = results.filter(pc.equal(results[decision], approach))
            found[approach] = {
                e: _sum(rows[f"{approach}_{name}_usd"]) for e, name in HORIZON_COLUMNS.items()
            }
    return found


def _sum(column: pa.ChunkedArray) -> float:
    return pc.sum(column).as_py() or 0.0


def _add(sums: dict[str, float] | dict[str, int], more: Mapping[str, float]) -> None:
    for key, value in more.items():
        sums[key] = sums.get(key, 0) + value  # type: ignore[assignment]

"""What a log says of a batch's run, behind its records: what was read, what was rejected, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tunewise.log.findings import LogFinding
from tunewise.log.form import BatchRun
from tunewise.log.reading import LogEntry


@dataclass
class RunTally:
    """Counts, while a log is read, the records of each inventory since the last run of it ended."""

    runs: int = 0
    _records: Counter[str] = field(default_factory=Counter)

    def take(self, entry: LogEntry) -> Iterator[LogFinding]:
        """Look at one line; yield what does not agree with what stands above it."""
        if entry.record is not None and isinstance(entry.record.case.inventory, str):
            self._records[entry.record.case.inventory] += 1
        if entry.run is not None:
            self.runs += 1
            above = self._records.pop(entry.run.inventory.sha256, 0)
            if said := _wrong(entry.run, above):
                yield LogFinding(entry.line, "batch_run", said, entry.run.inventory.sha256)


def _wrong(run: BatchRun, above: int) -> str:
    """Return what is wrong with what a run says; an interrupted one may have left more records than it counts."""
    if above < run.accepted:
        return f"says that {run.accepted:,} rows were accepted, but {above:,} records of them stand above it"
    if run.read != run.accepted + run.rejected + run.skipped or run.too_early > run.accepted:
        return "counts rows that do not add up to those that were read"
    if bool(run.rejects) is not bool(run.rejected):
        return (
            f"says that {run.rejected:,} rows were rejected, and names {len(run.rejects):,} reasons"
        )
    return ""


def run_in_words(run: BatchRun) -> Iterator[str]:
    """Yield what a run read and what became of it, a line for that and for each reason."""
    skipped = f", {run.skipped:,} passed over" if run.skipped else ""
    early = f"; {run.too_early:,} too early for a verdict" if run.too_early else ""
    read = f"{run.inventory.name}: {run.read:,} rows read"
    yield f"{read}: {run.accepted:,} accepted, {run.rejected:,} rejected{skipped}{early}"
    for one in run.rejects:
        times = "once" if one.count == 1 else f"{one.count:,} times, first"
        column = f"{one.column}: " if one.column else ""
        yield f"{column}{times} in row {one.first_row:,}: {one.reason}"

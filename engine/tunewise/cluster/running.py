"""Runs a batch on Ray: finds the files, has them looked at, their rows decided, and the parts published."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tunewise.batch.finishing import Done
from tunewise.batch.folder import SUMMARY, Folder, opened_folder
from tunewise.batch.order import FileDigest, Order
from tunewise.batch.parts import PartCounts
from tunewise.batch.progress import Progress
from tunewise.batch.run import CHANGED, FINISHED, UNFINISHED_RUN
from tunewise.cluster import stages
from tunewise.cluster.deciding import Work
from tunewise.cluster.inventories import Look, Opening, find_inventory_files
from tunewise.cluster.onray import Session, Stage, session
from tunewise.cluster.reports import ChoiceCounts, HorizonSums, Report, added_reports
from tunewise.errors import Problem, UserError
from tunewise.log.chain import now
from tunewise.writing import write_whole

CLUSTER_SCHEMA = "tunewise.cluster/1"
READING, DECIDING = 0.25, 0.75
"""Parts of a core: with one decision process a core, there is room for as many that read."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the inventory: its name in the results, its bytes, and its rows."""

    name: str
    digest: FileDigest
    counts: PartCounts


class ClusterSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of itself, run.json: what it rested on, when it was, and what came of it."""

    schema: str = CLUSTER_SCHEMA
    rulebook: str
    rulebook_sha256: str
    versions: dict[str, str]
    as_of: str
    assumptions: dict[str, str]
    currency: dict[str, Any]
    options: dict[str, Any]
    started: str
    finished: str
    inventory_name: str
    files: list[File]
    result: Done
    chosen: ChoiceCounts
    horizon_usd: HorizonSums


@dataclass(frozen=True, slots=True)
class ClusterRun:
    """An order on its way to a cluster: its files, what they are called, and what is done with their rows.

    `most` is how many processes may decide at once, None for as many as there are cores.
    """

    order: Order
    files: Sequence[str]
    names: Sequence[str]
    opening: Opening
    work: Work
    most: int | None

    def states(self) -> set[tuple[str, int, int]]:
        """Return the size and age of each file, from which it is seen whether one was written to, or is gone."""
        return {(path, *_state(Path(path))) for path in self.files}

    def looked(self, ray: Session) -> list[FileDigest]:
        """Return the digest of each file; raise UserError with all that is wrong with any."""
        looking = Stage(stages.Looking(self.opening, self.work.header), READING)
        found = [msgspec.json.decode(raw, type=Look) for raw in self._over(ray, [looking])]
        found.sort(key=lambda look: look.file)
        problems = [Problem("", None, "", text) for look in found for text in look.problems]
        if problems:
            raise UserError(problems)
        return [look.digest for look in found if look.digest]

    def decided(self, ray: Session, folder: Folder, progress: Progress) -> list[Report]:
        """Have all rows decided and their parts written; return the reports."""
        order = self.order
        deciding = stages.Deciding(
            work=self.work.packed(),
            decisions=tuple(order.rulebook.decisions),
            types=self.work.types,
            place=folder.finals.absolute(),
            drafts=folder.parts.absolute(),
            form=order.output_format,
        )
        reading = Stage(stages.Reading(self.opening, order.chunk_rows), READING, ray.cores)
        reports = []
        for raw in self._over(ray, [reading, Stage(deciding, DECIDING, self.most)]):
            reports.append(msgspec.json.decode(raw, type=Report))
            progress.advance(reports[-1].counts.rows, reports[-1].counts.rejected)
        return reports

    def _over(self, ray: Session, through: Sequence[Stage]) -> Any:
        return stages.stage_results(ray.over(stages.items(self.files, self.names), through))


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def run_on_cluster(order: Order, address: str | None, most: int | None, progress: Progress) -> Done:
    """Carry out an order on Ray, and return what came of it; nothing is left of a run that fails.

    It is a Ray of this machine's own where there is no address. `most` bounds the processes that decide.
    """
    run = _planned(order, most)
    try:
        with opened_folder(order.output) as folder:
            if folder.finished or folder.unfinished:
                message = FINISHED if folder.finished else UNFINISHED_RUN
                raise UserError(Problem(order.output, None, "", message))
            try:
                return _carried_out(run, address, folder, progress)
            except BaseException:
                folder.discard()
                raise
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise UserError(Problem(order.output, None, "", message)) from None


def _planned(order: Order, most: int | None) -> ClusterRun:
    files = find_inventory_files(order.inventory, order.input_format)
    opening = Opening(order.input_format, order.rulebook.facts, order.mapping)
    header = opening.open(files[0]).header
    work = Work(order.rulebook, order.as_of, order.overrides, order.shown_in, header)
    base = os.path.commonpath([Path(path).parent for path in files])
    names = [str(Path(path).relative_to(base)) for path in files]
    return ClusterRun(order, files, names, opening, work, most)


def _carried_out(run: ClusterRun, address: str | None, folder: Folder, progress: Progress) -> Done:
    began, before = now(), run.states()
    folder.clear()
    folder.prepare()
    for part in (stages.RESULTS_FOLDER, stages.REJECTS_FOLDER):
        (folder.finals / part).mkdir(parents=True)
    with session(address, run.order.workers) as ray:
        progress.begin("looking at the files", None)
        digests = run.looked(ray)
        progress.begin("evaluating", None)
        reports = run.decided(ray, folder, progress)
    if changed := sorted(before ^ run.states()):
        raise UserError(Problem(changed[0][0], None, "", CHANGED))
    summary = _summary(run, began, digests, reports)
    text = msgspec.json.format(msgspec.json.encode(summary)).decode()
    write_whole(folder.finals / SUMMARY, text + "\n")
    folder.publish()
    folder.clear()
    return summary.result


def _summary(
    run: ClusterRun, began: str, digests: Sequence[FileDigest], reports: Sequence[Report]
) -> ClusterSummary:
    order = run.order
    tally, chosen, spent = added_reports(order.rulebook, reports)
    counts = [PartCounts()] * len(run.files)
    for report in reports:
        counts[report.file] += report.counts
    basis = order.manifest(digests[0])
    return ClusterSummary(
        rulebook=basis.rulebook,
        rulebook_sha256=basis.rulebook_sha256,
        versions=basis.versions,
        as_of=basis.as_of,
        assumptions=basis.assumptions,
        currency=basis.currency,
        options=basis.options,
        started=began,
        finished=now(),
        inventory_name=order.inventory,
        files=[
            File(name=name, digest=digest, counts=count)
            for name, digest, count in zip(run.names, digests, counts, strict=True)
        ],
        result=Done(
            counts=sum(counts, PartCounts()),
            reasons=tuple(map(str, tally.reasons())),
            files=(stages.REJECTS_FOLDER, stages.RESULTS_FOLDER, SUMMARY),
        ),
        chosen=chosen,
        horizon_usd=spent,
    )

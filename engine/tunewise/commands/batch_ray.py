"""`tunewise batch --on ray`: which of the command's options go with it, and how it is begun."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from tunewise.batch.finishing import Done
    from tunewise.batch.order import Order
    from tunewise.batch.progress import Progress

UNFIT = (
    "log",
    "resume",
    "strict",
    "dry_run",
    "privacy",
    "templates",
    "sheet",
    "costs",
    "briefs",
    "title",
)
"""Options of what a run on Ray does not do: it writes no records and no portfolio, and is not taken up again."""
CHUNK_ROWS = 20_000
"""Rows of a part, where nothing else is said."""


def check_ray_options(on: str | None, address: str | None) -> None:
    """Refuse options that do not go together."""
    if on is None:
        if address is not None:
            raise click.UsageError("--address goes with --on ray")
        return
    unfit = [f"--{name.replace('_', '-')}" for name in UNFIT if _said(name)]
    if _said("output_format") and _parameter("output_format") == "xlsx":
        unfit.append("--output-format xlsx")
    if unfit:
        raise click.UsageError(f"--on ray does not go with {', '.join(unfit)}")


def run_on_ray(order: Order, address: str | None, telling: Progress) -> Done:
    """Carry out an order on Ray; raise UserError where that is not installed, or does not answer."""
    from tunewise.cluster.onray import check_installed

    check_installed()
    from tunewise.cluster import running

    order = replace(
        order,
        output_format=order.output_format if _said("output_format") else "parquet",
        chunk_rows=order.chunk_rows if _said("chunk_rows") else CHUNK_ROWS,
    )
    return running.run_on_cluster(
        order, address, order.workers if _said("workers") else None, telling
    )


def _said(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is not None and source is not ParameterSource.DEFAULT


def _parameter(name: str) -> object:
    return click.get_current_context().params.get(name)

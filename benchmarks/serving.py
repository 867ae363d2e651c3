"""Holds the reckoned speed of serving against measured rows that the makers and others published.

    python benchmarks/serving.py [--each]

Each row of serving_rows.csv is a model at full load on cards of a kind: tokens out a second of one copy. Printed is the
table of docs/costs: measured over reckoned, in 10, 50 and 90 of 100 rows, by kind of row. `--each` prints the rows.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from tunewise.costs.attempts import Attempts
from tunewise.costs.choices import CostFacts, every
from tunewise.costs.kernel import ONE
from tunewise.costs.model import CostModel
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.loading.assembly import load

ROWS = Path(__file__).with_name("serving_rows.csv")
DAY = date(2026, 11, 28)
LONG, LONGER, SHORT = 3500, 10_000, 600
Row = Mapping[str, str]
Kinds = Mapping[str, Callable[[Row], bool]]
KINDS: Kinds = {
    "all": lambda row: True,
    "open engines": lambda row: row["engine"] != "TensorRT-LLM",
    "TensorRT-LLM": lambda row: row["engine"] == "TensorRT-LLM",
    "L40S": lambda row: row["card"] == "l40s",
    "A100": lambda row: row["card"] == "a100",
    "H100": lambda row: row["card"] == "h100",
    "H200": lambda row: row["card"] == "h200",
    f"up to {SHORT} tokens": lambda row: tokens(row) <= SHORT,
    f"{SHORT} to {LONG:,} tokens in": lambda row: tokens(row) > SHORT and read(row) < LONG,
    f"{LONG:,} to {LONGER:,} tokens in": lambda row: LONG <= read(row) <= LONGER,
    f"over {LONGER:,} tokens in": lambda row: read(row) > LONGER,
}
"""The rows that are told apart."""


def read(row: Row) -> float:
    """Return a row's tokens in."""
    return float(row["input"])


def tokens(row: Row) -> float:
    """Return a row's tokens in and out."""
    return read(row) + float(row["output"])


def rows() -> Iterator[Row]:
    """Yield the measured rows."""
    with ROWS.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


class Reckoned:
    """What the cost book reckons for a measured row."""

    def __init__(self) -> None:
        self.model = CostModel(load(), DAY, {})

    def speed(self, row: Row) -> float | None:
        """Return tokens out a second of one copy, None where the book would not serve the row on these cards."""
        assumed = {
            "parameters_billion": row["billions"],
            "bytes_per_parameter": row["bytes"],
            "cache_gb_per_mtok": row["cache_gb_per_mtok"],
        }
        ranges = {name: Range.of(float(number)) for name, number in assumed.items()}
        settings = self.model.under(ranges).assumptions
        options = {"approach": "fine_tuning", "hosting": "self_hosted", "model_size": "small"}
        facts = {
            "tuned_input_tokens": float(row["input"]),
            "output_tokens": float(row["output"]),
            "requests_per_month": 1.0,
        }
        choices = {name: every(option, ONE) for name, option in options.items()}
        attempts = Attempts(Quantities(CostFacts(facts), choices, settings, DAY))
        kind = attempts.book.servings[f"{row['card']}_on_demand"]
        seconds = attempts.seconds(kind, int(row["cards"]))
        return None if seconds is None else float(row["output"]) / seconds


def quantile(values: Iterable[float], share: float) -> float:
    """Return what a share of the values lies below."""
    ordered = sorted(values)
    return ordered[int(share * len(ordered))]


def ratios() -> Iterator[tuple[Row, float]]:
    """Yield each row with what was measured over what is reckoned; those that no book would serve are left out."""
    reckoned = Reckoned()
    for row in rows():
        speed = reckoned.speed(row)
        if speed is not None:
            yield row, float(row["tokens_a_second"]) / speed


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", action="store_true")
    each, found = parser.parse_args().each, list(ratios())
    if each:
        for row, ratio in found:
            shape = f"{row['input']:>6} {row['output']:>5}"
            print(f"{row['model']:<16} {row['card']:<6} {row['cards']} {shape} {ratio:.2f}")
        return
    print(
        "| rows | number | 10 of 100 | 50 of 100 | 90 of 100 |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for name, holds in KINDS.items():
        ours = [ratio for row, ratio in found if holds(row)]
        if not ours:
            continue
        low, middle, high = (quantile(ours, share) for share in (0.1, 0.5, 0.9))
        print(f"| {name} | {len(ours)} | {low:.2f} | {middle:.2f} | {high:.2f} |")


if __name__ == "__main__":
    main()

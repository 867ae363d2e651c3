"""Shows what a new price book changes, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunewise.comparing.pricebooks import DIFF_TOTALS, PlainDiff
from tunewise.costs.currency import USD
from tunewise.costs.listing import in_words
from tunewise.costs.pricelist import SIDES
from tunewise.errors import harmless


def price_diff_text(found: PlainDiff) -> str:
    """Return all changes: token prices, rates, assumptions, then the sums of each case."""
    old, new = (f"{found[side]['book']} on {found[side]['as_of']}" for side in ("old", "new"))
    lines = [
        f"From {old} to {new}",
        f"Tokens, USD per million (genai-prices {found['genai_prices']})",
        *_tokens(found["tokens"]),
        "Rates, USD per unit",
        *_settings(found["rates"]),
        "Assumptions",
        *_settings(found["assumptions"]),
        *_unknown(found),
        *(line for case in found["cases"] for line in _case(case)),
    ]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _unknown(found: PlainDiff) -> Iterator[str]:
    if count := len(found["unknown"]):
        yield f"Unknown on {found['old']['as_of']}: {count} rates and assumptions, looked up only later"


def _tokens(rows: list[PlainDiff]) -> Iterator[str]:
    for row in rows:
        sides = [
            f"{side.replace('_', ' ')} {row['old'][side]:g} -> {row['new'][side]:g}"
            for side in SIDES
            if row["old"][side] != row["new"][side]
        ]
        yield f"  {row['model']}: {', '.join(sides)}"
    if not rows:
        yield "  nothing changed"


def _settings(rows: list[PlainDiff]) -> Iterator[str]:
    for row in rows:
        yield f"  {row['key']} ({row['unit'] or row['label']}): {_said(row['old'])} -> {_said(row['new'])}"
    if not rows:
        yield "  nothing changed"


def _said(setting: Any) -> str:
    if setting is None:
        return "none"
    if isinstance(setting, dict) and "expected" not in setting:
        return "; ".join(f"{option} {_said(one)}" for option, one in setting.items())
    return in_words(setting)


def _case(case: PlainDiff) -> Iterator[str]:
    yield case["name"]
    if "failed" in case:
        yield from (f"  cannot be compared: {message}" for message in case["failed"])
        return
    chosen = case["recommendation"]
    same = chosen["old"] == chosen["new"]
    yield f"  recommended: {chosen['new']}" + ("" if same else f", before {chosen['old']}")
    for approach, sums in case["approaches"].items():
        told = (f"{total} {_change(sums[total])}" for total in DIFF_TOTALS)
        yield f"  {approach}: {'; '.join(told)}"
        yield from (
            f"    {line['item']} ({line['period']}): {_change(line)}" for line in sums["lines"]
        )
    yield from (f"  before: {note}" for note in case["notes"])


def _change(pair: PlainDiff) -> str:
    if not pair["difference"]:
        return f"{USD.say(pair['new'])} as before"
    sign = "+" if pair["difference"] > 0 else ""
    return f"{USD.say(pair['old'])} -> {USD.say(pair['new'])} ({sign}{USD.say(pair['difference'])})"

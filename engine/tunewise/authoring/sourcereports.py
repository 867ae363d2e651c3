"""Writes the matrix of sources: each item with what uses it, or each rule with its items."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewise.authoring.traceability import Trace
from tunewise.errors import UserError, harmless, unknown_name
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.decision import as_json

SourceRow = Mapping[str, Any]
FORMULA = ("=", "+", "-", "@")
"""A spreadsheet runs a cell that begins so."""
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#])")


@dataclass(frozen=True, slots=True)
class MatrixChoice:
    """Which part of the matrix is wanted: one document, one rule, or with None all."""

    document: str | None = None
    rule: str | None = None


def by_item(
    rulebook: Rulebook, traces: Mapping[str, Trace], choice: MatrixChoice
) -> list[SourceRow]:
    """Return a row for each source item; raise UserError where the choice names nothing known."""
    _check(rulebook, choice)
    wanted = rulebook.rules[choice.rule].sources if choice.rule else tuple(traces)
    found = (traces[item] for item in wanted)
    return [_item(rulebook, t) for t in found if choice.document in (None, t.item.document)]


def by_rule(
    rulebook: Rulebook, traces: Mapping[str, Trace], choice: MatrixChoice
) -> list[SourceRow]:
    """Return a row for each rule; raise UserError where the choice names nothing known."""
    _check(rulebook, choice)
    explanation = Explanation(rulebook)
    rows: list[SourceRow] = []
    for rule in rulebook.rules.values():
        items = [i for i in rule.sources if choice.document in (None, traces[i].item.document)]
        if choice.rule in (None, rule.id) and (items or choice.document is None):
            rows.append(
                {
                    "rule": rule.id,
                    "conclusion": explanation.conclusion(rule.then),
                    "items": items,
                    "disputed_by": list(rule.disputed_by),
                }
            )
    return rows


def _check(rulebook: Rulebook, choice: MatrixChoice) -> None:
    if choice.document is not None and choice.document not in rulebook.documents:
        raise UserError(unknown_name("document", choice.document, rulebook.documents))
    if choice.rule is not None:
        rulebook.named([choice.rule])


def _item(rulebook: Rulebook, trace: Trace) -> SourceRow:
    item = trace.item
    return {
        "item": item.id,
        "status": "used" if trace.uses else "not_encoded" if item.not_encoded else "unused",
        "used_by": [str(use) for use in trace.uses],
        "not_encoded": item.not_encoded,
        "document": rulebook.documents[item.document].title,
        "section": item.section,
        "says": item.says,
        "note": item.note,
    }


def sources_text(rows: Sequence[SourceRow]) -> str:
    """Return two columns, the name and what stands against it, and for items how many are used."""
    width = max((len(next(iter(row.values()))) for row in rows), default=0)
    lines = [f"{next(iter(row.values())):<{width}}  {_against(row)}" for row in rows]
    lines += [_counted(rows)] if rows and "status" in rows[0] else []
    return "".join(f"{harmless(line)}\n" for line in lines)


def _counted(rows: Sequence[SourceRow]) -> str:
    counts = Counter(row["status"] for row in rows)
    return (
        f"{len(rows)} items: {counts['used']} used, {counts['not_encoded']} not encoded, "
        f"{counts['unused']} unused"
    )


def _against(row: SourceRow) -> str:
    if "rule" in row:
        disputed = f"; disputed by {', '.join(row['disputed_by'])}" if row["disputed_by"] else ""
        return f"{', '.join(row['items']) or 'no source'}{disputed}"
    if row["used_by"]:
        return ", ".join(row["used_by"])
    return f"not encoded: {row['not_encoded']}" if row["not_encoded"] else "unused"


def sources_markdown(rows: Sequence[SourceRow]) -> str:
    """Return a Markdown table."""
    if not rows:
        return ""
    names = list(rows[0])
    lines = [
        [name.replace("_", " ") for name in names],
        ["---"] * len(names),
        *([_markdown(_flat(row[name])) for name in names] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _markdown(text: str) -> str:
    escaped = harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", escaped)


def sources_csv(rows: Sequence[SourceRow]) -> str:
    """Return comma-separated values, no cell of which a spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([escape_cell(_flat(value)) for value in row.values()] for row in rows)
    return out.getvalue()


def escape_cell(text: str) -> str:
    """Return a cell's text, quoted where a spreadsheet would run it."""
    text = harmless(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _flat(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


SOURCE_WRITERS: Mapping[str, Callable[[Sequence[SourceRow]], str]] = {
    "text": sources_text,
    "markdown": sources_markdown,
    "csv": sources_csv,
    "json": as_json,
}

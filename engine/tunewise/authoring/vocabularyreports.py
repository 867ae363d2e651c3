"""Writes the vocabulary for people and programs, and empty cases to fill in."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from tunewise.cases.case import CASE_COLUMNS
from tunewise.errors import harmless
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.conditions import Condition
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import UNKNOWN, Fact

TEXT_WIDTH = 100
ORIGIN_TITLES = {
    "derived": "Derived by rules",
    "computed": "Worked out with the costs",
    "decided": "Decided",
}


def select_facts(rulebook: Rulebook, everything: bool) -> tuple[Fact, ...]:
    """Return the facts that a case may state, or all."""
    return tuple(f for f in rulebook.facts.values() if everything or f.origin == "given")


def facts_text(rulebook: Rulebook, facts: Iterable[Fact]) -> str:
    """Return the facts in three columns, group by group in the order in which they are asked."""
    facts = tuple(facts)
    widths = [max((len(n) for n in names), default=0) for names in _columns(facts)]
    lines: list[str] = []
    for title, group in _groups(rulebook, facts):
        lines += ["", title] if lines else [title]
        for fact in group:
            lines += _row(fact, widths)
    return _joined(lines)


def _columns(facts: tuple[Fact, ...]) -> tuple[list[str], list[str]]:
    return [fact.id for fact in facts], [fact.type for fact in facts]


def _groups(rulebook: Rulebook, facts: tuple[Fact, ...]) -> Iterator[tuple[str, list[Fact]]]:
    for group in rulebook.facts.groups.values():
        inside = [f for f in facts if f.origin == "given" and f.group == group.id]
        if inside:
            yield group.title, inside
    for origin, title in ORIGIN_TITLES.items():
        inside = [f for f in facts if f.origin == origin]
        if inside:
            yield title, inside


def _row(fact: Fact, widths: list[int]) -> list[str]:
    lead = f"  {fact.id:<{widths[0]}}  {fact.type:<{widths[1]}}  "
    return textwrap.wrap(
        harmless(allowed(fact)), TEXT_WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
    )


def allowed(fact: Fact) -> str:
    """Return what a fact's value may be, as a case file writes it."""
    if fact.type == "boolean":
        return "yes, no"
    if fact.numeric:
        return fact.range_words + (f" ({fact.unit})" if fact.unit else "")
    if fact.type == "text":
        return "text"
    return ("any of " if fact.type == "set" else "") + ", ".join(fact.values)


def fact_page(rulebook: Rulebook, fact: Fact) -> dict[str, Any]:
    """Return all there is to say of a fact."""
    entry: dict[str, Any] = {
        "fact": fact.id,
        "type": fact.type,
        "label": fact.label,
        "origin": fact.origin,
        "group": fact.group,
        "question": fact.question,
        "help": fact.help,
        "why": fact.why,
        "unit": fact.unit,
        "values": dict(fact.values),
        "means": dict(fact.means),
        "ordered": fact.ordered,
        "aliases": list(fact.aliases),
        "asked_when": _asked_when(rulebook, fact),
        "sources": list(fact.sources),
        "read_by": [rule.id for rule in rulebook.rules.values() if fact.id in rule.reads],
    }
    bounds = {"minimum": fact.minimum, "maximum": fact.upper} if fact.numeric else {}
    return {**entry, **bounds}


def _asked_when(rulebook: Rulebook, fact: Fact) -> str:
    condition: Condition | None = rulebook.questions.get(fact.id)
    return "" if condition is None else Explanation(rulebook).condition(condition)


def fact_page_text(rulebook: Rulebook, fact: Fact) -> str:
    """Return a fact's page as text."""
    entry = fact_page(rulebook, fact)
    lines = [f"{fact.id}: {fact.label}"]
    for word, key in (
        ("Question", "question"),
        ("Help", "help"),
        ("Why", "why"),
        ("Asked when", "asked_when"),
    ):
        lines += _labelled(word, entry[key])
    lines += _labelled("Type", fact.type + (", in this order" if fact.ordered else ""))
    if not fact.values:
        lines += _labelled("Value", f"{allowed(fact)}, or {UNKNOWN}")
    for i, value in enumerate(fact.values):
        lines += _labelled("" if i else "Values", f"{value}: {_meaning(fact, value)}")
    lines += _labelled("Also called", ", ".join(fact.aliases))
    lines += _labelled("Origin", fact.origin)
    lines += _labelled("Sources", ", ".join(fact.sources))
    lines += _labelled("Read by", ", ".join(entry["read_by"]) or "no rule")
    return _joined(lines)


def _meaning(fact: Fact, value: str) -> str:
    meaning = fact.means.get(value)
    return fact.values[value] + (f" ({meaning})" if meaning else "")


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        harmless(text), TEXT_WIDTH, initial_indent=f"  {label:<13}", subsequent_indent=" " * 15
    )


def case_template(rulebook: Rulebook) -> str:
    """Return an empty case in YAML; each fact stands under its question and the values allowed."""
    lines = [
        "# A use case. Fill in what you know and leave the rest empty: empty means unknown.",
        "name: My use case",
        "description:",
        "owner:",
        "tags: []",
        "facts:",
    ]
    for title, group in _groups(rulebook, select_facts(rulebook, everything=False)):
        lines += ["", f"  # {harmless(title).upper()}"]
        for fact in group:
            lines += ["", *_comments(fact), f"  {fact.id}:"]
    return "\n".join(lines) + "\n"


def _comments(fact: Fact) -> list[str]:
    lead = {"set": "a list, ", "choice": "one of "}.get(fact.type, "")
    return [
        line
        for text in (fact.question, lead + allowed(fact))
        for line in textwrap.wrap(
            harmless(text), TEXT_WIDTH, initial_indent="  # ", subsequent_indent="  #   "
        )
    ]


def inventory_template_csv(rulebook: Rulebook) -> str:
    """Return the header of an inventory in comma-separated values."""
    out = io.StringIO()
    names = [fact.id for fact in select_facts(rulebook, everything=False)]
    csv.writer(out, lineterminator="\n").writerow([*CASE_COLUMNS, *names])
    return out.getvalue()


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{harmless(line)}\n" for line in lines)

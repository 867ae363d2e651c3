"""Checks what a rulebook declares: its strengths, decisions, facts and documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_args

from tunewise.errors import unknown_name
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conclusions import Strength
from tunewise.knowledge.rule import (
    PLACEHOLDER,
    Decision,
    Option,
    Prior,
    SourceDocument,
    SourceItem,
)
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, UNKNOWN, Fact, Group
from tunewise.loading.parsing import JOINS
from tunewise.reading import Where
from tunewise.structure import NAME_PATTERN, Frozen, Problems

MAX_POINTS = 1_000


class RulebookHeader(Frozen, frozen=True, kw_only=True):
    """What a rulebook says of itself: version, points of each strength, least that is known, bound on cliffs."""

    title: str
    version: str
    strengths: dict[str, int]
    least_known: Any = None
    cliff: int | None = None


def check_strengths(problems: Problems, strengths: Mapping[str, int]) -> None:
    """Record strengths that are not weak, moderate and strong with points that never fall."""
    points = list(strengths.values())
    if list(strengths) != list(get_args(Strength)):
        message = "expected the points of weak, moderate and strong, in order"
        problems.add(("strengths",), message)
    elif not (0 < points[0] <= points[1] <= points[2] <= MAX_POINTS):
        message = f"expected points from 1 to {MAX_POINTS:,} that do not fall from weak to strong"
        problems.add(("strengths",), message)


def build_decision(problems: Problems, name: str, entry: Any) -> Decision | None:
    """Return the decision that an entry describes, or None where it has a mistake."""
    where = ("decisions", name)
    if not isinstance(entry, dict):
        problems.add(where, "expected a mapping")
        return None
    _check_name(problems, name, where, JOINS)
    options = {}
    table = problems.table(entry.get("options"), (*where, "options"))
    for option, data in table.items():
        _check_name(problems, option, (*where, "options", option), (BLOCKED, UNKNOWN))
        built = problems.build(Option, data, (*where, "options", option), {"id": option})
        if built is not None:
            options[option] = built
            check_accepts(problems, built.accepts, (*where, "options", option))
    if len(table) < 2:
        problems.add(where, "a decision needs at least two options")
    rest = {key: value for key, value in entry.items() if key not in ("options", "prior")}
    prior = _prior(problems, entry.get("prior"), options, (*where, "prior"))
    return problems.build(Decision, rest, where, {"id": name, "options": options, "prior": prior})


def _prior(
    problems: Problems, entry: Any, options: Mapping[str, Option], where: Where
) -> Prior | None:
    """Return the prior that an entry describes; none is declared where it is left out."""
    prior = None if entry is None else problems.build(Prior, entry, where)
    if prior is not None:
        if prior.option not in options:
            problems.add((*where, "option"), unknown_name("option", prior.option, options))
        if not prior.because or PLACEHOLDER.search(prior.because):
            problems.add(
                (*where, "because"), "expected a sentence without facts: a prior reads none"
            )
        check_day(problems, prior.checked, (*where, "checked"))
    return prior


def check_clauses(problems: Problems, decisions: Mapping[str, Decision]) -> None:
    """Record clauses of the verdict that name no decision, or one whose own options have no clause."""
    for decision in decisions.values():
        for option in decision.options.values():
            where = ("decisions", decision.id, "options", option.id, "plainly")
            for name in PLACEHOLDER.findall(option.plainly):
                if name not in decisions:
                    problems.add(where, unknown_name("decision", name, decisions))
                elif not all(other.plainly for other in decisions[name].options.values()):
                    problems.add(
                        where, f"each option of '{name}' needs a 'plainly' to fill {{{name}}}"
                    )


def check_day(problems: Problems, day: str, where: Where, subject: str = "") -> None:
    """Check that a text is a date."""
    try:
        date.fromisoformat(day)
    except ValueError:
        message = f"expected a date such as 2026-11-22, found '{day}'"
        problems.add(where, message, subject)


def _check_name(problems: Problems, name: str, where: Where, taken: Iterable[str]) -> None:
    """Record a name that cannot stand in a condition, or that means something else there."""
    if not NAME_PATTERN.match(name):
        problems.add(where, "a name may hold letters, digits, _ and . only")
    if name in taken:
        problems.add(where, f"'{name}' has a meaning of its own and cannot be a name here")


def decision_fact(decision: Decision) -> Fact:
    """Return a decision as the fact that later rules read."""
    values = {option.id: option.label for option in decision.options.values()}
    return Fact(
        id=decision.id, type="choice", label=decision.label, origin="decided", values=values
    )


def check_fact(
    problems: Problems, fact: Fact, groups: Mapping[str, Group], decisions: Mapping[str, Decision]
) -> None:
    """Record what does not fit together in a fact: its name, values, origin, group or bounds."""
    where = ("facts", fact.id)
    if fact.id in decisions:
        problems.add(where, "a decision has this name already")
    if fact.id in JOINS:
        problems.add(where, "the condition language has this word already")
    _check_values(problems, fact, where)
    _check_origin(problems, fact, where, groups)
    check_accepts(problems, fact.accepts, where)
    if (
        not -LARGEST_NUMBER <= fact.minimum <= LARGEST_NUMBER
        or not -LARGEST_NUMBER <= fact.maximum <= LARGEST_NUMBER
    ):
        problems.add(where, f"expected finite bounds within ±{LARGEST_NUMBER:,}")
    elif fact.minimum > fact.upper:
        problems.add(where, "'minimum' is above 'maximum'")


def check_accepts(
    problems: Problems, accepts: Mapping[str, str], where: Where, subject: str = ""
) -> None:
    """Record findings that are accepted without a reason."""
    for finding, reason in accepts.items():
        if not reason.strip():
            message = "is empty; say in one sentence why it is right as it is"
            problems.add((*where, "accepts", finding), message, subject)


def check_items(
    problems: Problems,
    sources: Iterable[str],
    items: Mapping[str, SourceItem],
    where: Where,
    subject: str,
) -> None:
    """Record sources that are no items of a document."""
    for i, item in enumerate(sources):
        if item not in items:
            message = unknown_name("source item", item, items)
            problems.add((*where, "sources", i), message, subject)


def _check_values(problems: Problems, fact: Fact, where: Where) -> None:
    listed = fact.type in ("choice", "set")
    if listed and not fact.values:
        problems.add(where, "a choice or set needs 'values'")
    if fact.values and not listed:
        problems.add(where, "only a choice or set has 'values'")
    if UNKNOWN in fact.values or "" in fact.values:
        message = "'unknown' and '' are understood everywhere and cannot be values"
        problems.add((*where, "values"), message)
    for i, value in enumerate(fact.usual):
        try:
            fact.check(value)
        except ValueError as error:
            problems.add((*where, "usual", i), str(error))
    for value in fact.means:
        if value not in fact.values:
            problems.add((*where, "means", value), unknown_name("value", value, fact.values))


def _check_origin(
    problems: Problems, fact: Fact, where: Where, groups: Mapping[str, Group]
) -> None:
    if fact.origin == "decided":
        message = unknown_name("value", fact.origin, ("given", "derived", "computed"))
        problems.add((*where, "origin"), message)
    if fact.origin == "given":
        if fact.group not in groups:
            problems.add(where, unknown_name("group", fact.group, groups))
        if not fact.question:
            problems.add(where, "a given fact needs a 'question'")


def document_of(item: str, documents: Mapping[str, SourceDocument]) -> str | None:
    """Return the document of an item: A of A41, LORA of LORA.1; None where there is none."""
    if "." in item:
        name = item.rpartition(".")[0]
        return name if name in documents else None
    name = item.rstrip("0123456789")
    return name if name in documents else None

"""Describes rules as plain data and as text: in words, with their sources and the cases that test them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from tunewise.authoring.coverage import RuleCoverage
from tunewise.authoring.vocabularyreports import TEXT_WIDTH
from tunewise.errors import UserError, harmless, unknown_name
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.rule import Rule, SourceItem, Topic
from tunewise.knowledge.rulebook import Rulebook

LABEL_INDENT = 12
SHOWN_CASES = 8


def select_rules(
    rulebook: Rulebook, decision: str | None, source: str | None, fact: str | None
) -> tuple[Rule, ...]:
    """Return the rules on a decision or derived fact, from an item or document, that read a fact.

    None selects all. Raises UserError with the nearest name where one is unknown.
    """
    targets = {rule.target for rule in rulebook.rules.values() if rule.target is not None}
    _known("decision", decision, {**rulebook.decisions, **dict.fromkeys(sorted(targets))})
    _known("source", source, {**rulebook.documents, **rulebook.items})
    _known("fact", fact, rulebook.facts)
    return tuple(
        rule
        for rule in rulebook.rules.values()
        if (decision is None or rule.target == decision)
        and (source is None or source in _sources(rule, rulebook))
        and (fact is None or fact in rule.reads)
    )


def _known(kind: str, name: str | None, allowed: Mapping[str, object]) -> None:
    if name is not None and name not in allowed:
        raise UserError(unknown_name(kind, name, allowed))


def _sources(rule: Rule, rulebook: Rulebook) -> set[str]:
    return {*rule.sources, *(rulebook.items[item].document for item in rule.sources)}


def rule_entry(rulebook: Rulebook, rule: Rule) -> dict[str, Any]:
    """Return what a list of rules says of one: id, file, its title, condition and conclusion in words, sources.

    A rule without a title of its own bears its file's.
    """
    explanation = Explanation(rulebook)
    return {
        "rule": rule.id,
        "title": rule.title or rulebook.topics[rule.topic].title,
        "file": rule.place,
        "line": rule.line,
        "when": explanation.condition(rule.when),
        "then": explanation.conclusion(rule.then),
        "conclusion": rule.then.as_record(),
        "sources": list(rule.sources),
    }


def rule_page(rulebook: Rulebook, rule: Rule, tested: RuleCoverage | None) -> dict[str, Any]:
    """Return all there is to say of a rule; `tested` is None where no cases were run."""
    return {
        **rule_entry(rulebook, rule),
        "sentence": Explanation(rulebook).sentence(rule),
        "because": rule.because,
        "reads": list(rule.reads),
        "checked": rule.checked,
        "sources": [_source(rulebook, rulebook.items[item]) for item in rule.sources],
        "disputed_by": [_disputant(rulebook, other) for other in rule.disputed_by],
        "cases": None
        if tested is None
        else {"fired": list(tested.fired), "nearly": list(tested.nearly)},
    }


def _source(rulebook: Rulebook, item: SourceItem) -> dict[str, str]:
    document = rulebook.documents[item.document]
    return {
        "item": item.id,
        "document": document.title,
        "publisher": document.publisher,
        "section": item.section,
        "says": item.says,
        "note": item.note,
        "link": document.link,
    }


def _disputant(rulebook: Rulebook, other: str) -> dict[str, str]:
    if other in rulebook.items:
        return _source(rulebook, rulebook.items[other])
    return {"rule": other, "says": rulebook.rules[other].because}


def rules_text(rulebook: Rulebook, rules: Iterable[Rule]) -> str:
    """Return a list of rules as text: under what each topic is about, a rule a line.

    A line tells the conclusion in words, the ids of the options that it names, and the sources.
    """
    chosen = sorted(rules, key=lambda rule: rule.topic)
    width = min(max((len(rule.id) for rule in chosen), default=0), 60)
    lines: list[str] = []
    for topic, group in groupby(chosen, key=lambda rule: rule.topic):
        lines += [*_heading(rulebook.topics[topic]), *_rows(rulebook, group, width), ""]
    lines.append("1 rule" if len(chosen) == 1 else f"{len(chosen)} rules")
    return "".join(f"{line}\n" for line in lines)


def topic_page(rulebook: Rulebook, topic: Topic) -> dict[str, Any]:
    """Return what a file of rules is about, and what a list says of its rules, in their order there."""
    rules = [rule_entry(rulebook, rule) for rule in rulebook.on(topic.id)]
    return {"topic": topic.id, "title": topic.title, "about": topic.about, "rules": rules}


def topic_text(rulebook: Rulebook, topic: Topic) -> str:
    """Return a topic's page as text."""
    rules = rulebook.on(topic.id)
    width = min(max((len(rule.id) for rule in rules), default=0), 60)
    lines = [*_heading(topic), *_rows(rulebook, rules, width)]
    return "".join(f"{line}\n" for line in lines)


def _heading(topic: Topic) -> list[str]:
    named = "" if topic.title == topic.id else f": {topic.title}"
    return [harmless(topic.id + named), *_wrapped("", topic.about, 2)]


def _rows(rulebook: Rulebook, rules: Iterable[Rule], width: int) -> Iterator[str]:
    explanation = Explanation(rulebook)
    for rule in rules:
        then, options = explanation.conclusion(rule.then), ", ".join(rule.then.options)
        named = f"{then} ({options})" if options else then
        yield harmless(f"  {rule.id:<{width}}  {named}  [{', '.join(rule.sources)}]")


def rule_page_text(page: Mapping[str, Any]) -> str:
    """Return a rule's page as text."""
    return "".join(f"{line}\n" for line in _lines(page))


def _lines(page: Mapping[str, Any]) -> Iterator[str]:
    yield harmless(f"{page['rule']}: {page['title']}")
    yield from _wrapped("Rule", page["sentence"])
    yield from _wrapped("Reason", page["because"])
    yield from _wrapped("Strength", _strength(page["conclusion"]))
    yield from _wrapped("Checked", page["checked"])
    place = f"{page['file']}:{page['line']}"
    yield f"{'  File':<{LABEL_INDENT}}{harmless(place)}"  # whole: a wrapped path cannot be opened
    for label, sources in (("Source", page["sources"]), ("Disputed", page["disputed_by"])):
        for source in sources:
            yield ""
            yield from _source_lines(label, source)
    yield ""
    yield from _case_lines(page["cases"])


def _strength(conclusion: Mapping[str, Any]) -> str:
    if "exclude" in conclusion:
        return "a veto, whatever the score"
    points = f" ({conclusion['points']:+d} points)" if "points" in conclusion else ""
    return f"{conclusion.get('strength', 'none: it settles a fact')}{points}"


def _source_lines(label: str, source: Mapping[str, str]) -> Iterator[str]:
    if "rule" in source:
        yield from _wrapped(label, f"rule {source['rule']}: {source['says']}")
        return
    publisher = f" ({source['publisher']})" if source["publisher"] else ""
    yield from _wrapped(label, f"{source['item']}: {source['document']}{publisher}")
    for key in ("section", "says", "note"):
        if source[key]:
            yield from _wrapped("", f"{key}: {source[key]}")
    if source["link"]:
        yield f"{'':{LABEL_INDENT}}link: {harmless(source['link'])}"  # whole, like the path


def _case_lines(cases: Mapping[str, list[str]] | None) -> Iterator[str]:
    if cases is None:
        yield from _wrapped("Cases", "none given (--cases)")
        return
    for name, label in (("fired", "Fires in"), ("nearly", "Nearly")):
        shown = [f"- {case}" for case in cases[name][:SHOWN_CASES]] or ["no case"]
        more = len(cases[name]) - SHOWN_CASES
        for i, case in enumerate([*shown, f"- and {more} more"] if more > 0 else shown):
            yield from _wrapped("" if i else label, case)


def _wrapped(label: str, text: str, indent: int = LABEL_INDENT) -> list[str]:
    lead = f"  {label}"
    return textwrap.wrap(
        harmless(text),
        TEXT_WIDTH,
        initial_indent=f"{lead:<{indent}}",
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )

"""Writes the rulebook out for people, as Markdown: an index, a page a rule file, the sources by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunewise.authoring import sourcepages
from tunewise.authoring.marks import (
    RULES,
    as_page,
    cited_marks,
    code,
    escape_markdown,
    item_link,
    link,
    rule_link,
    slug,
)
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.remedy import TEST_CASES
from tunewise.knowledge.rule import PLACEHOLDER, Option, Rule, Topic
from tunewise.knowledge.rulebook import Rulebook

INDEX = "README.md"


def handbook_pages(rulebook: Rulebook) -> dict[str, str]:
    """Return the text of every page by its path; the same rulebook makes the same pages."""
    return {
        INDEX: as_page(_index(rulebook)),
        **{
            f"{RULES}/{topic.id}.md": as_page(_rules(rulebook, topic))
            for topic in _topics(rulebook)
        },
        **sourcepages.source_pages(rulebook),
    }


def _topics(rulebook: Rulebook) -> list[Topic]:
    return [topic for topic in rulebook.topics.values() if rulebook.on(topic.id)]


def _index(rulebook: Rulebook) -> Iterator[str]:
    yield f"# {escape_markdown(rulebook.title)}"
    yield f"Version {escape_markdown(rulebook.version)}: {len(rulebook.rules):,} rules."
    yield "## What is decided, in this order"
    yield "What one decision comes to is a fact for the rules of those after it."
    for number, decision in enumerate(rulebook.decisions.values(), 1):
        yield f"### {number}. {escape_markdown(decision.label)}"
        yield escape_markdown(decision.question)
        yield "\n".join(_option(rulebook, option) for option in decision.options.values())
    yield "## How evidence counts"
    yield from _strengths(rulebook)
    yield "## The rules"
    yield _table(("Rules", "Number", "About"), _files(rulebook))
    if rulebook.remedies.by_id:
        yield "## What to do first"
        yield "What every verdict puts in order: the remedies, and the measurement that sends one on."
        yield _table(("Remedy", "It takes", "Gate"), _remedies(rulebook))
    yield "## Where the sources disagree"
    yield "\n".join(_disputes(rulebook)) or "Nowhere."
    yield "## The documents"
    yield from sourcepages.overview(rulebook)


def _option(rulebook: Rulebook, option: Option) -> str:
    says = f": {escape_markdown(option.says)}" if option.says else ""
    return f"- **{escape_markdown(option.label)}**{says}{cited_marks(rulebook, option.sources, '')}"


def _strengths(rulebook: Rulebook) -> Iterator[str]:
    counts = dict.fromkeys(rulebook.strengths, 0)
    for rule in rulebook.rules.values():
        if rule.then.strength is not None:
            counts[rule.then.strength] += 1
    vetoes = sum(rule.then.stance == "veto" for rule in rulebook.rules.values())
    rows = [
        (escape_markdown(name), str(points), str(counts[name]))
        for name, points in rulebook.strengths.items()
    ]
    yield _table(("Strength", "Points", "Rules"), [*rows, ("veto", "–", str(vetoes))])
    yield (
        "An option's score is the points for it less the points against it. A vetoed option is out, whatever "
        "its score; of the others the highest score wins, and of equals the one that is listed first. Advice "
        "has a strength as well, which orders it. A rule fires only where its condition is true: a "
        "comparison with what is unknown is neither true nor false, and where not knowing counts, the rule says so."
    )


def _files(rulebook: Rulebook) -> Iterator[tuple[str, str, str]]:
    for topic in _topics(rulebook):
        count = str(len(rulebook.on(topic.id)))
        yield (
            link(escape_markdown(topic.title), f"{RULES}/{topic.id}.md"),
            count,
            escape_markdown(topic.about),
        )


def _remedies(rulebook: Rulebook) -> Iterator[tuple[str, str, str]]:
    for remedy in rulebook.remedies.by_id.values():
        label = f"{escape_markdown(remedy.label)}{cited_marks(rulebook, remedy.sources, '')}"
        gate = _named(rulebook, remedy.gate.replace(f"{{{TEST_CASES}}}", "enough"))
        yield label, escape_markdown(remedy.takes), gate


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _disputes(rulebook: Rulebook) -> Iterator[str]:
    for rule in rulebook.rules.values():
        if rule.disputed_by:
            against = "; ".join(_disputant(rulebook, other, "") for other in rule.disputed_by)
            yield f"- {rule_link(rule, '')}: {_reason(rulebook, rule)} Against it: {against}"


def _disputant(rulebook: Rulebook, other: str, up: str) -> str:
    if other in rulebook.rules:
        rule = rulebook.rules[other]
        return f"rule {rule_link(rule, up)}: {_reason(rulebook, rule)}"
    return f"{item_link(rulebook, other, up)}: {escape_markdown(rulebook.items[other].says)}"


def _reason(rulebook: Rulebook, rule: Rule) -> str:
    """Return a rule's reason, the name of a fact in place of the value that a case will give it."""
    return _named(rulebook, rule.because)


def _named(rulebook: Rulebook, text: str) -> str:
    return escape_markdown(PLACEHOLDER.sub(lambda m: f"‹{rulebook.facts[m.group(1)].label}›", text))


def _rules(rulebook: Rulebook, topic: Topic) -> Iterator[str]:
    yield f"# {escape_markdown(topic.title)}"
    if topic.about:
        yield escape_markdown(topic.about)
    yield f"{link('All rules', f'../{INDEX}')}. A name in ‹› stands for what a case says of it."
    for rule in rulebook.on(topic.id):
        yield from _rule(rulebook, rule)


def _rule(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    title = f": {escape_markdown(rule.title)}" if rule.title else ""
    yield f'<a id="{slug(rule.id)}"></a>'
    yield f"## {code(rule.id)}{title}"
    yield escape_markdown(Explanation(rulebook).sentence(rule))
    lines = [
        f"- Why: {_reason(rulebook, rule)}",
        f"- Strength: {_strength(rule)}",
        f"- Sources:{cited_marks(rulebook, rule.sources, '../') or ' none'}",
        *(f"- Disputed by {_disputant(rulebook, other, '../')}" for other in rule.disputed_by),
        *(
            f"- Accepted, {escape_markdown(id)}: {escape_markdown(reason)}"
            for id, reason in rule.accepts.items()
        ),
        f"- Last checked: {escape_markdown(rule.checked)}",
    ]
    yield "\n".join(lines)


def _strength(rule: Rule) -> str:
    then = rule.then
    if then.stance == "veto":
        return "a veto, whatever the score"
    if then.strength is None:
        return "none, it settles a fact"
    return f"{then.strength}, {then.points:+d} points" if then.options else then.strength

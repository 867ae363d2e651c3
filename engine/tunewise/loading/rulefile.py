"""Reads the rules of one file, checking each name, value, source and sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import field

from tunewise.errors import Problem, unknown_name
from tunewise.knowledge.conclusions import Weigh
from tunewise.knowledge.conditions import All
from tunewise.knowledge.rule import PLACEHOLDER, Decision, Rule, SourceItem, Topic
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.loading.declarations import check_accepts, check_day, check_items
from tunewise.loading.parsing import ConditionParser, parse_conclusion
from tunewise.reading import Document
from tunewise.structure import NAME_PATTERN, Frozen, Problems


class RuleText(Frozen, frozen=True, kw_only=True):
    """A rule as its file writes it."""

    when: Any
    then: Any
    unless: Any = None
    because: str
    sources: tuple[str, ...]
    checked: str
    until: str = ""
    disputed_by: tuple[str, ...] = ()
    title: str = ""
    accepts: dict[str, str] = field(default_factory=dict)


PRIORS = "prior"
"""The topic of the rules that decisions.yaml declares: their ids are prior.<decision>."""


def prior_rules(
    document: Document, decisions: Mapping[str, Decision], strengths: Mapping[str, int]
) -> dict[str, Rule]:
    """Return what decisions.yaml declares of least commitment as rules that hold in every case."""
    return {
        f"{PRIORS}.{decision.id}": Rule(
            id=f"{PRIORS}.{decision.id}",
            when=All(()),
            then=Weigh(
                decision.id,
                (prior.option,),
                prior.strength,
                strengths.get(prior.strength, 0),
            ),
            because=" ".join(prior.because.split()),
            sources=prior.sources,
            checked=prior.checked,
            topic=PRIORS,
            place=document.place,
            line=document.line(("decisions", decision.id, "prior")),
        )
        for decision in decisions.values()
        if (prior := decision.prior) is not None
    }


class RuleFile:
    """Reads the rules of one file."""

    def __init__(
        self,
        document: Document,
        name: str,
        facts: Vocabulary,
        decisions: Mapping[str, Decision],
        strengths: Mapping[str, int],
        items: Mapping[str, SourceItem],
    ) -> None:
        self.document = document
        self.stem = name.removesuffix(".yaml")
        self.facts, self.decisions, self.strengths, self.items = facts, decisions, strengths, items
        self.problems = Problems(document)

    def topic(self) -> Topic:
        """Return what the file says of itself; it is called by its name where it has no title."""
        data = self.document.data if isinstance(self.document.data, dict) else {}
        title, about = (" ".join(str(data.get(key) or "").split()) for key in ("title", "about"))
        return Topic(self.stem, title or self.stem, about)

    def rules(self) -> dict[str, Rule]:
        """Return the rules that have no mistake, by id; the mistakes are in `problems`."""
        data = self.document.data
        if not isinstance(data, dict):
            self.problems.add((), "expected a mapping with the key 'rules'")
            return {}
        self.problems.names(data, (), ("title", "about", "rules"))
        if not NAME_PATTERN.match(self.stem):
            self.problems.add((), "a rule file's name may hold letters, digits and _ only")
        table = data.get("rules") or {}
        if not isinstance(table, dict):
            self.problems.add(("rules",), "expected a mapping of rules by name")
            return {}
        read = (self._rule(name, entry) for name, entry in table.items())
        return {rule.id: rule for rule in read if rule is not None}

    def _rule(self, name: str, entry: Any) -> Rule | None:
        where = ("rules", name)
        subject, before = self._subject(name), len(self.problems.found)
        if not NAME_PATTERN.match(name):
            self.problems.add(where, "a rule's name may hold letters, digits and _ only", subject)
        text = self.problems.build(RuleText, entry, where)
        if text is None:
            self._rename(before, subject)
            return None
        return self.rule(text, name, where)

    def _subject(self, name: str) -> str:
        return f"rule {self.stem}.{name}"

    def _rename(self, before: int, subject: str) -> None:
        """Put the rule's id in place of the path into the file, which a reader knows less well."""
        for i, problem in enumerate(self.problems.found[before:], before):
            self.problems.found[i] = Problem(problem.place, problem.line, subject, problem.message)

    def rule(self, text: RuleText, name: str, where: tuple[str, str]) -> Rule | None:
        """Return the rule that a text describes, or None where it has any mistake."""
        problems, subject = self.problems, self._subject(name)
        before = len(problems.found)
        parser = ConditionParser(self.facts, problems, subject)
        when = parser.parse_excepting(text.when, text.unless, where)
        then = parse_conclusion(
            text.then,
            (*where, "then"),
            self.facts,
            self.decisions,
            self.strengths,
            problems,
            subject,
        )
        check_items(problems, text.sources, self.items, where, subject)
        check_day(problems, text.checked, (*where, "checked"), subject)
        if text.until:
            check_day(problems, text.until, (*where, "until"), subject)
        check_accepts(problems, text.accepts, where, subject)
        if when is None or then is None:
            return None
        rule = Rule(
            id=f"{self.stem}.{name}",
            when=when,
            then=then,
            because=" ".join(text.because.split()),
            sources=text.sources,
            checked=text.checked,
            until=text.until,
            disputed_by=text.disputed_by,
            title=text.title,
            topic=self.stem,
            place=self.document.place,
            line=self.document.line(where),
            accepts=text.accepts,
        )
        self._check_because(rule, where, subject)
        return rule if len(problems.found) == before else None

    def _check_because(self, rule: Rule, where: tuple[str, str], subject: str) -> None:
        if not rule.because:
            self.problems.add((*where, "because"), "is empty; say why in one sentence", subject)
        for name in PLACEHOLDER.findall(rule.because):
            if name not in rule.reads:
                message = unknown_name(
                    "fact in the sentence (its condition reads)", name, rule.reads
                )
                self.problems.add((*where, "because"), message, subject)

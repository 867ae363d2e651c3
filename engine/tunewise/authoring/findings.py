"""What a check finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from tunewise.authoring.implication import Implication
from tunewise.authoring.reachability import Reach
from tunewise.authoring.rulecases import RuleCase
from tunewise.inference.encoding import Encoding
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import Document, Where, parse_yaml

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
FILES = {
    "facts": "facts.yaml",
    "decisions": "decisions.yaml",
    "items": "sources.yaml",
    "remedies": "remedies.yaml",
    "test": "remedies.yaml",
}
TODO = "TODO"
"""What a sentence that is still to be written begins with."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing to mend: the check that found it, how bad it is, where it stands, what to do.

    `accepted` is the reason that the file gives for leaving it as it is, empty where it gives none.
    """

    id: str
    severity: Severity
    place: str
    line: int | None
    subject: str
    message: str
    accepted: str = ""


@dataclass(frozen=True)
class Subject:
    """What the checks look at: a rulebook, its cases, and the day on which it is judged."""

    rulebook: Rulebook
    cases: tuple[RuleCase, ...]
    as_of: date

    @cached_property
    def encoding(self) -> Encoding:
        """The encoding of all conditions, those of the questions included."""
        rules = [rule.when for rule in self.rulebook.rules.values()]
        return Encoding(self.rulebook.facts, [*rules, *self.rulebook.questions.values()])

    @cached_property
    def reach(self) -> Reach:
        """Which conditions can ever be true."""
        return Reach(self.rulebook, self.encoding)

    @cached_property
    def implication(self) -> Implication:
        """Which conditions imply which."""
        return Implication(self.encoding, self.reach)

    @cached_property
    def living(self) -> tuple[Rule, ...]:
        """The rules that some case may fire."""
        return tuple(r for r in self.rulebook.rules.values() if self.reach.holds(r.when))

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The files that hold no rules, for the lines of their parts."""
        book = self.rulebook
        return {
            n: parse_yaml(book.texts[n], f"{book.place}/{n}")
            for n in FILES.values()
            if n in book.texts
        }

    def finding(
        self, id: str, severity: Severity, where: Where, subject: str, message: str
    ) -> LintFinding:
        """Return a finding at a part of one of those files, which begins with the file's main key."""
        document = self.documents[FILES[str(where[0])]]
        return LintFinding(id, severity, document.place, document.line(where), subject, message)


@dataclass(frozen=True, slots=True)
class LintCheck:
    """One check: the id of its findings, what they mean, and how it looks for them.

    `by_cases` says that it tells nothing where no cases are given.
    """

    id: str
    means: str
    run: Callable[[Subject], Iterator[LintFinding]]
    by_cases: bool = False


def on_rule(id: str, severity: Severity, rule: Rule, message: str) -> LintFinding:
    """Return a finding at a rule."""
    return LintFinding(id, severity, rule.place, rule.line, f"rule {rule.id}", message)

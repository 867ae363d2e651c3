"""Reads the cases that test a rulebook: a sentence, the facts, and what must come out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewise.cases.case import Case, CaseText, check_facts, check_length
from tunewise.errors import Problem, UserError, unknown_name, unreadable
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import Document, Where, read
from tunewise.structure import Problems, kind

DEFAULT = "tests/cases"
"""Where a rulebook's checkout keeps its cases."""
SUFFIXES = (".yaml", ".yml", ".json")
MAX_CASE_FILES = 1_000


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come out: for each decision the options allowed, and what each rule must do."""

    options: Mapping[str, tuple[str, ...]]
    vetoed: Mapping[str, tuple[str, ...]]
    fires: tuple[str, ...]
    not_fires: tuple[str, ...]
    advice: tuple[str, ...]

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are named in it."""
        return frozenset((*self.fires, *self.not_fires, *self.advice))


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A case with what must come out of it, the source items that say so, and where it stands."""

    case: Case
    expected: Expectation
    sources: tuple[str, ...]
    place: str
    line: int | None


class RuleCaseText(CaseText, frozen=True, kw_only=True):
    """A rule's case as its file writes it.

    `near` changes one of its facts, `unknown` taking it away; the rules that fire in the case must not fire then.
    """

    expect: dict[str, Any]
    near: dict[str, Any] | None = None
    sources: tuple[str, ...] = ()


def default_exists() -> bool:
    """Return whether the current folder holds the cases of a rulebook."""
    return Path(DEFAULT).is_dir()


def find_case_files(paths: Iterable[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """Return the case files that the paths name, folders searched to their depth.

    Without a path: the folder `tests/cases` below the current one. Raises UserError where there is none.
    """
    paths = tuple(paths)
    if "" in paths:
        raise UserError("an empty path; give the path of a case file or of a folder of them")
    named = tuple(map(Path, paths))
    if not named and not default_exists():
        raise UserError(f"no cases: give a path, or start where there is a folder '{DEFAULT}'")
    return tuple(dict.fromkeys(file for path in named or (Path(DEFAULT),) for file in _files(path)))


def _files(path: Path) -> tuple[Path, ...]:
    try:
        if not path.is_dir():
            return (path,)
        found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        found = [p for p in found if not _hidden(p.relative_to(path))]
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not found:
        raise UserError(Problem(str(path), None, "", "holds no case: no .yaml or .json file in it"))
    if len(found) > MAX_CASE_FILES:
        raise UserError(
            Problem(str(path), None, "", f"holds more than {MAX_CASE_FILES:,} case files")
        )
    return tuple(found)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def read_all(paths: Iterable[Path], rulebook: Rulebook) -> tuple[RuleCase, ...]:
    """Return the cases of all files; raise UserError with every mistake in any of them."""
    cases: list[RuleCase] = []
    found: list[Problem] = []
    for path in paths:
        try:
            cases += parse(read(path), rulebook)
        except UserError as error:
            found += error.problems
    if found:
        raise UserError(found)
    return tuple(cases)


def parse(document: Document, rulebook: Rulebook) -> tuple[RuleCase, ...]:
    """Return the cases of a document; raise UserError with every mistake in it."""
    reader = _Reader(document, rulebook)
    cases = tuple(reader.cases())
    if reader.problems.found:
        raise UserError(reader.problems.found)
    return cases


class _Reader:
    """Reads the cases of one file, collecting all mistakes."""

    def __init__(self, document: Document, rulebook: Rulebook) -> None:
        self.document, self.rulebook = document, rulebook
        self.problems = Problems(document)

    def cases(self) -> list[RuleCase]:
        data = self.document.data
        if not isinstance(data, dict) or "cases" not in data:
            self.problems.add((), "expected a mapping with a list of 'cases'")
            return []
        self.problems.names(data, (), ("title", "about", "cases"))
        table = data["cases"]
        if not isinstance(table, dict | list) or not table:
            self.problems.add(("cases",), f"expected a list of cases, found {kind(table)}")
            return []
        entries = table.items() if isinstance(table, dict) else enumerate(table)
        return [case for key, entry in entries for case in self._case(("cases", key), entry)]

    def _case(self, where: Where, entry: Any) -> list[RuleCase]:
        """Return the case of an entry, and the near one where it names one; none after a mistake."""
        before = len(self.problems.found)
        if isinstance(where[-1], str) and isinstance(entry, dict):
            entry = {"name": where[-1], **entry}
        text = self.problems.build(RuleCaseText, entry, where)
        if text is None:
            return []
        check_length(text, self.problems, where)
        facts = check_facts(text.facts, self.rulebook.facts, self.problems, where)
        self._known("source item", text.sources, self.rulebook.items, (*where, "sources"))
        expected = self._expectation(text.expect, (*where, "expect"))
        near = self._near(text, facts, expected, where) if text.near is not None else None
        if len(self.problems.found) > before:
            return []
        case = Case(
            text.name,
            facts,
            text.description or "",
            text.owner or "",
            text.tags or (),
            self.document.place,
        )
        found = RuleCase(case, expected, text.sources, case.place, self.document.line(where))
        return [found] if near is None else [found, near]

    def _near(
        self, text: RuleCaseText, facts: Mapping[str, Value], expected: Expectation, where: Where
    ) -> RuleCase | None:
        """Return the case with one fact changed, in which none of the rules fires that fire in it."""
        before, at = len(self.problems.found), (*where, "near")
        given, vocabulary = text.near or {}, self.rulebook.facts
        changed = check_facts(given, vocabulary, self.problems, where, "near")
        kept = {name: value for name, value in facts.items() if name not in given} | changed
        kept = {name: kept[name] for name in vocabulary if name in kept}
        fires = (*expected.fires, *expected.advice)
        if len(given) != 1:
            self.problems.add(at, f"expected one fact that changes, found {len(given)}")
        elif len(self.problems.found) == before and kept == facts:
            self.problems.add(at, "changes nothing; give the fact another value than the case has")
        if not fires:
            self.problems.add(at, "needs rules that no longer fire; name them under 'fires'")
        if len(self.problems.found) > before:
            return None
        (fact,) = given
        said = f"{vocabulary[fact].label}: {vocabulary[fact].say(changed.get(fact))}"
        case = Case(f"{text.name} [near, with {said}]", kept, place=self.document.place)
        silent = Expectation({}, {}, (), fires, ())
        return RuleCase(case, silent, (), case.place, self.document.line(at))

    def _known(
        self, what: str, names: Iterable[object], allowed: Collection[str], where: Where
    ) -> None:
        for i, name in enumerate(names):
            if name not in allowed:
                self.problems.add((*where, i), unknown_name(what, name, allowed))

    def _expectation(self, data: Mapping[str, Any], where: Where) -> Expectation:
        book = self.rulebook
        rules = {"fires": book.rules, "not_fires": book.rules}
        advice = {"advice": {rule.id for rule in book.advice}}
        self.problems.names(data, where, (*book.decisions, "vetoed", *rules, *advice))
        if not data:
            self.problems.add(where, "expects nothing; name a decision or a rule")
        vetoed = data.get("vetoed", {})
        if not isinstance(vetoed, dict):
            message = f"expected a mapping of decisions, found {kind(vetoed)}"
            self.problems.add((*where, "vetoed"), message)
            vetoed = {}
        for name in vetoed:
            if name not in book.decisions:
                message = unknown_name("decision", name, book.decisions)
                self.problems.add((*where, "vetoed", name), message)
        return Expectation(
            options=self._options(data, where, (BLOCKED,)),
            vetoed=self._options(vetoed, (*where, "vetoed")),
            **{
                name: self._rules(data.get(name, []), allowed, (*where, name))
                for name, allowed in {**rules, **advice}.items()
            },
        )

    def _options(
        self, data: Mapping[str, Any], where: Where, besides: tuple[str, ...] = ()
    ) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, decision in self.rulebook.decisions.items():
            if name in data:
                chosen = data[name] if isinstance(data[name], list) else [data[name]]
                allowed = (*decision.options, *besides)
                self._known(f"option of '{name}'", chosen, allowed, (*where, name))
                found[name] = tuple(map(str, chosen))
        return found

    def _rules(self, names: Any, allowed: Collection[str], where: Where) -> tuple[str, ...]:
        if not isinstance(names, list):
            self.problems.add(where, f"expected a list of rules, found {kind(names)}")
            return ()
        self._known("advice rule" if where[-1] == "advice" else "rule", names, allowed, where)
        return tuple(map(str, names))

"""Loads a folder of knowledge into one frozen rulebook, or says everything that is wrong with it at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, get_args

from tunewise.conditions import Condition
from tunewise.errors import Problem, UserError, unknown_name
from tunewise.parsing import JOINS, ConditionParser, parse_conclusion
from tunewise.reading import Document, Where, parse_yaml, read_text, text_of
from tunewise.rule import Advise, Decision, Option, Rule, SourceDocument, SourceItem, Strength
from tunewise.strata import order_problems
from tunewise.structure import NAME, Built, Frozen, Problems, kind
from tunewise.vocabulary import LARGEST, UNKNOWN, Fact, Group, Vocabulary

RESERVED = ("rulebook.yaml", "facts.yaml", "decisions.yaml", "sources.yaml")
MAX_FILES = 200
MAX_RULES = 3_000
MAX_POINTS = 1_000
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
T = TypeVar("T")


class Header(Frozen, frozen=True, kw_only=True):
    """What a rulebook says of itself: its version, and the points of each strength."""

    title: str
    version: str
    strengths: dict[str, int]


class RuleText(Frozen, frozen=True, kw_only=True):
    """A rule as its file writes it."""

    when: Any
    then: Any
    because: str
    sources: tuple[str, ...]
    checked: str
    disputed_by: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Rulebook:
    """All knowledge for deciding; `sha256` is the digest over the names and bytes of its files."""

    place: str
    title: str
    version: str
    sha256: str
    strengths: Mapping[str, int]
    facts: Vocabulary
    decisions: Mapping[str, Decision]
    documents: Mapping[str, SourceDocument]
    items: Mapping[str, SourceItem]
    rules: Mapping[str, Rule]
    questions: Mapping[str, Condition]
    texts: Mapping[str, str]

    @cached_property
    def scales(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each ordered choice, lowest first."""
        return {fact.id: fact.options for fact in self.facts.values() if fact.ordered}

    @cached_property
    def advice(self) -> tuple[Rule, ...]:
        """The rules that advise."""
        return tuple(rule for rule in self.rules.values() if isinstance(rule.then, Advise))

    def named(self, ids: Iterable[str]) -> tuple[Rule, ...]:
        """Return rules, each once; raise UserError with the nearest id for each that is not there."""
        ids = tuple(dict.fromkeys(ids))
        unknown = [unknown_name("rule", id, self.rules) for id in ids if id not in self.rules]
        if unknown:
            raise UserError(Problem("", None, "", message) for message in unknown)
        return tuple(self.rules[id] for id in ids)


def shipped() -> Traversable:
    """Return the folder of the rulebook that Tunewise ships."""
    return files("tunewise.rules")


def load(folder: str | Path | None = None) -> Rulebook:
    """Return the rulebook in a folder, the shipped one by default.

    Raises UserError with every mistake found in it.
    """
    texts = _texts(folder)
    place = str(folder) if folder is not None else "rules"
    return assemble(texts, place)


def _texts(folder: str | Path | None) -> dict[str, str]:
    """Return the text of each YAML file below the folder, by its path relative to it."""
    if folder is None:
        return dict(sorted(_walk(shipped(), "", _shipped_text)))
    root = Path(folder)
    if not root.is_dir():
        raise UserError(Problem(str(folder), None, "", "is not a folder"))
    try:
        texts = dict(sorted(_walk(root, "", lambda part: read_text(part, encoding="utf-8"))))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(str(folder), None, "", f"cannot be read: {reason}")) from None
    if not texts:
        raise UserError(Problem(str(folder), None, "", "holds no rulebook: no .yaml file in it"))
    return texts


def _shipped_text(part: Traversable) -> str:
    return text_of(part.read_bytes(), str(part), encoding="utf-8")


def _walk(
    folder: Traversable, prefix: str, text: Callable[[Any], str]
) -> Iterable[tuple[str, str]]:
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    if len(parts) > MAX_FILES:
        raise UserError(Problem(str(folder), None, "", f"holds more than {MAX_FILES} files"))
    for part in parts:
        if part.name.endswith(".yaml") and part.is_file():
            yield prefix + part.name, text(part)
        elif part.is_dir() and not prefix and not part.name.startswith((".", "_")):
            yield from _walk(part, f"{part.name}/", text)


def digest(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the names and texts of a rulebook's files; any byte changes it."""
    sha = hashlib.sha256()
    for name in sorted(texts):
        for part in (name, texts[name]):
            data = part.encode()
            sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def assemble(texts: Mapping[str, str], place: str) -> Rulebook:
    """Return the rulebook that the files' texts describe; raise UserError with every mistake."""
    return _Assembly(texts, place).rulebook()


class _Assembly:
    """Reads the files in the order in which they refer to each other, collecting all mistakes."""

    def __init__(self, texts: Mapping[str, str], place: str) -> None:
        self.texts = texts
        self.place = place
        self.found: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.unreadable: set[str] = set()
        for name in texts:
            if "/" not in name:
                self._parse(name)

    def _parse(self, name: str) -> None:
        place = f"{self.place}/{name}"
        try:
            self.documents[name] = parse_yaml(self.texts[name], place)
        except UserError as error:
            self.found += error.problems
            self.unreadable.add(name)
            self.documents[name] = Document(place, {})

    def rulebook(self) -> Rulebook:
        header = self._header()
        decisions = self._decisions()
        facts = self._facts(decisions)
        documents, items = self._sources()
        if self.unreadable.intersection(RESERVED):
            raise UserError(self.found)  # what follows would name the same mistakes over and over
        self._cited(facts, decisions, items)
        questions = self._questions(facts)
        rules = self._rules(facts, decisions, header.strengths if header else {}, items)
        if not self.found:
            self.found += order_problems(rules, facts, decisions)
        if self.found or header is None:
            raise UserError(self.found)
        return Rulebook(
            self.place,
            header.title,
            header.version,
            digest(self.texts),
            header.strengths,
            facts,
            decisions,
            documents,
            items,
            rules,
            questions,
            dict(self.texts),
        )

    def _document(self, name: str) -> Problems:
        if name not in self.documents:
            place = f"{self.place}/{name}"
            self.found.append(Problem(place, None, "", "is missing from the rulebook"))
            self.unreadable.add(name)
            self.documents[name] = Document(place, {})
        document = self.documents[name]
        if document.data is None or not isinstance(document.data, dict):
            self.found.append(
                document.problem((), f"expected a mapping, found {kind(document.data)}")
            )
            self.unreadable.add(name)
            self.documents[name] = document = Document(document.place, {})
        return Problems(document)

    def _header(self) -> Header | None:
        problems = self._document("rulebook.yaml")
        header = None
        if problems.document.data:
            header = problems.build(Header, problems.document.data, ())
        if header is not None:
            _check_strengths(problems, header.strengths)
        self.found += problems.found
        return header

    def _table(self, problems: Problems, key: str, cls: type[Built]) -> dict[str, Built]:
        """Build the entries of a mapping by name, each with its name as `id`."""
        built = {}
        for name, data in problems.table(problems.document.data.get(key), (key,)).items():
            if not NAME.match(name):
                problems.add(
                    (key, name), f"the name '{name}' may hold letters, digits, _ and . only"
                )
            value = problems.build(cls, data, (key, name), {"id": name})
            if value is not None:
                built[name] = value
        return built

    def _decisions(self) -> dict[str, Decision]:
        problems = self._document("decisions.yaml")
        data = problems.document.data
        problems.names(data, (), ("decisions",))
        decisions = {}
        for name, entry in problems.table(data.get("decisions"), ("decisions",)).items():
            decision = _decision(problems, name, entry)
            if decision is not None:
                decisions[name] = decision
        self.found += problems.found
        return decisions

    def _facts(self, decisions: Mapping[str, Decision]) -> Vocabulary:
        problems = self._document("facts.yaml")
        problems.names(problems.document.data, (), ("groups", "facts"))
        groups = self._table(problems, "groups", Group)
        facts = self._table(problems, "facts", Fact)
        for fact in facts.values():
            _check_fact(problems, fact, groups, decisions)
        self.found += problems.found
        decided = {name: _decided(decision) for name, decision in decisions.items()}
        return Vocabulary({**facts, **decided}, groups)

    def _questions(self, facts: Vocabulary) -> dict[str, Condition]:
        problems = Problems(self.documents["facts.yaml"])
        conditions = {}
        for fact in facts.values():
            if fact.ask_when is not None:
                where = ("facts", fact.id, "ask_when")
                parser = ConditionParser(facts, problems, f"fact {fact.id}")
                condition = parser.parse(fact.ask_when, where)
                if condition is not None:
                    conditions[fact.id] = condition
        self.found += problems.found
        return conditions

    def _sources(self) -> tuple[dict[str, SourceDocument], dict[str, SourceItem]]:
        problems = self._document("sources.yaml")
        problems.names(problems.document.data, (), ("documents", "items"))
        documents = self._table(problems, "documents", SourceDocument)
        items = {}
        table = problems.table(problems.document.data.get("items"), ("items",))
        for name, data in table.items():
            where = ("items", name)
            document = _document_of(name, documents)
            if document is None:
                problems.add(where, unknown_name("document of the item", name, documents))
                continue
            item = problems.build(SourceItem, data, where, {"id": name, "document": document})
            if item is not None:
                items[name] = item
        self.found += problems.found
        return documents, items

    def _cited(
        self,
        facts: Vocabulary,
        decisions: Mapping[str, Decision],
        items: Mapping[str, SourceItem],
    ) -> None:
        """Check the items that questions and options name as their sources."""
        places: list[tuple[str, Where, tuple[str, ...]]] = [
            ("facts.yaml", ("facts", fact.id), fact.sources) for fact in facts.values()
        ]
        places += [
            ("decisions.yaml", ("decisions", d.id, "options", o.id), o.sources)
            for d in decisions.values()
            for o in d.options.values()
        ]
        for name, where, sources in places:
            for item in sources:
                if item not in items:
                    message = unknown_name("source item", item, items)
                    self.found.append(self.documents[name].problem((*where, "sources"), message))

    def _rules(
        self,
        facts: Vocabulary,
        decisions: Mapping[str, Decision],
        strengths: Mapping[str, int],
        items: Mapping[str, SourceItem],
    ) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for name, document in self.documents.items():
            if name not in RESERVED:
                reader = _RuleFile(document, name, facts, decisions, strengths, items)
                rules.update(reader.rules())
                self.found += reader.problems.found
        self._disputes(rules, items)
        if len(rules) > MAX_RULES:
            message = f"holds {len(rules):,} rules; at most {MAX_RULES:,} are safe"
            self.found.append(Problem(self.place, None, "", message))
        return dict(sorted(rules.items()))

    def _disputes(self, rules: Mapping[str, Rule], items: Mapping[str, SourceItem]) -> None:
        for rule in rules.values():
            for other in rule.disputed_by:
                if other not in rules and other not in items:
                    message = unknown_name(
                        "rule or source item in disputed_by", other, [*rules, *items]
                    )
                    self.found.append(Problem(rule.place, rule.line, f"rule {rule.id}", message))


class _RuleFile:
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

    def rules(self) -> dict[str, Rule]:
        data = self.document.data
        if not isinstance(data, dict):
            self.problems.add((), "expected a mapping with the key 'rules'")
            return {}
        self.problems.names(data, (), ("title", "about", "rules"))
        if not NAME.match(self.stem):
            self.problems.add((), "a rule file's name may hold letters, digits and _ only")
        table = data.get("rules") or {}
        if not isinstance(table, dict):
            self.problems.add(("rules",), "expected a mapping of rules by name")
            return {}
        read = (self._rule(name, entry) for name, entry in table.items())
        return {rule.id: rule for rule in read if rule is not None}

    def _rule(self, name: str, entry: Any) -> Rule | None:
        where = ("rules", name)
        subject = f"rule {self.stem}.{name}"
        before = len(self.problems.found)
        if not NAME.match(name):
            self.problems.add(where, "a rule's name may hold letters, digits and _ only", subject)
        text = self.problems.build(RuleText, entry, where)
        if text is None:
            self._rename(before, subject)
            return None
        return self._checked(text, name, where, subject, before)

    def _rename(self, before: int, subject: str) -> None:
        """Put the rule's id in place of the path into the file, which a reader knows less well."""
        for i, problem in enumerate(self.problems.found[before:], before):
            self.problems.found[i] = Problem(problem.place, problem.line, subject, problem.message)

    def _checked(
        self, text: RuleText, name: str, where: tuple[str, str], subject: str, before: int
    ) -> Rule | None:
        problems = self.problems
        when = ConditionParser(self.facts, problems, subject).parse(text.when, (*where, "when"))
        then = parse_conclusion(
            text.then,
            (*where, "then"),
            self.facts,
            self.decisions,
            self.strengths,
            problems,
            subject,
        )
        self._check_sources(text, where, subject)
        if when is None or then is None:
            return None
        rule = Rule(
            id=f"{self.stem}.{name}",
            when=when,
            then=then,
            because=" ".join(text.because.split()),
            sources=text.sources,
            checked=text.checked,
            disputed_by=text.disputed_by,
            title=text.title,
            place=self.document.place,
            line=self.document.line(where),
        )
        self._check_because(rule, where, subject)
        return rule if len(problems.found) == before else None

    def _check_sources(self, text: RuleText, where: tuple[str, str], subject: str) -> None:
        for i, item in enumerate(text.sources):
            if item not in self.items:
                message = unknown_name("source item", item, self.items)
                self.problems.add((*where, "sources", i), message, subject)
        try:
            date.fromisoformat(text.checked)
        except ValueError:
            message = f"expected a date such as 2026-11-22, found '{text.checked}'"
            self.problems.add((*where, "checked"), message, subject)

    def _check_because(self, rule: Rule, where: tuple[str, str], subject: str) -> None:
        if not rule.because:
            self.problems.add((*where, "because"), "is empty; say why in one sentence", subject)
        for name in PLACEHOLDER.findall(rule.because):
            if name not in rule.reads:
                message = unknown_name(
                    "fact in the sentence (its condition reads)", name, rule.reads
                )
                self.problems.add((*where, "because"), message, subject)


def _check_strengths(problems: Problems, strengths: Mapping[str, int]) -> None:
    points = list(strengths.values())
    if list(strengths) != list(get_args(Strength)):
        message = "expected the points of weak, moderate and strong, in order"
        problems.add(("strengths",), message)
    elif not (0 < points[0] <= points[1] <= points[2] <= MAX_POINTS):
        message = f"expected points from 1 to {MAX_POINTS:,} that do not fall from weak to strong"
        problems.add(("strengths",), message)


def _decision(problems: Problems, name: str, entry: Any) -> Decision | None:
    where = ("decisions", name)
    if not isinstance(entry, dict):
        problems.add(where, "expected a mapping")
        return None
    options = {}
    table = problems.table(entry.get("options"), (*where, "options"))
    for option, data in table.items():
        built = problems.build(Option, data, (*where, "options", option), {"id": option})
        if built is not None:
            options[option] = built
    if len(table) < 2:
        problems.add(where, "a decision needs at least two options")
    rest = {key: value for key, value in entry.items() if key != "options"}
    return problems.build(Decision, rest, where, {"id": name, "options": options})


def _decided(decision: Decision) -> Fact:
    """Return a decision as the fact that later rules read."""
    values = {option.id: option.label for option in decision.options.values()}
    return Fact(
        id=decision.id, type="choice", label=decision.label, origin="decided", values=values
    )


def _check_fact(
    problems: Problems, fact: Fact, groups: Mapping[str, Group], decisions: Mapping[str, Decision]
) -> None:
    where = ("facts", fact.id)
    if fact.id in decisions:
        problems.add(where, "a decision has this name already")
    if fact.id in JOINS:
        problems.add(where, "the condition language has this word already")
    _check_values(problems, fact, where)
    _check_origin(problems, fact, where, groups)
    if not -LARGEST <= fact.minimum <= LARGEST or not -LARGEST <= fact.maximum <= LARGEST:
        problems.add(where, f"expected finite bounds within ±{LARGEST:,}")
    elif fact.minimum > fact.upper:
        problems.add(where, "'minimum' is above 'maximum'")


def _check_values(problems: Problems, fact: Fact, where: Where) -> None:
    listed = fact.type in ("choice", "set")
    if listed and not fact.values:
        problems.add(where, "a choice or set needs 'values'")
    if fact.values and not listed:
        problems.add(where, "only a choice or set has 'values'")
    if UNKNOWN in fact.values or "" in fact.values:
        message = "'unknown' and '' are understood everywhere and cannot be values"
        problems.add((*where, "values"), message)
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


def _document_of(item: str, documents: Mapping[str, SourceDocument]) -> str | None:
    if "." in item:
        name = item.rpartition(".")[0]
        return name if name in documents else None
    name = item.rstrip("0123456789")
    return name if name in documents else None

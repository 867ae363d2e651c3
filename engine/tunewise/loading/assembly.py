"""Assembles a folder of knowledge into one rulebook, or says everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tunewise.errors import Problem, UserError, unknown_name
from tunewise.inference.strata import order_problems
from tunewise.knowledge.conditions import Condition
from tunewise.knowledge.organisation import FILE
from tunewise.knowledge.remedy import Remedies
from tunewise.knowledge.rule import Decision, Rule, SourceDocument, SourceItem, Topic
from tunewise.knowledge.rulebook import SHIPPED_PLACE, Rulebook
from tunewise.knowledge.vocabulary import Fact, Group, Vocabulary
from tunewise.loading.declarations import (
    RulebookHeader,
    build_decision,
    check_clauses,
    check_fact,
    check_strengths,
    decision_fact,
    document_of,
)
from tunewise.loading.folder import digest, texts_of
from tunewise.loading.parsing import ConditionParser
from tunewise.loading.precompiled import kept
from tunewise.loading.remedyfile import REMEDIES, RemedyFile
from tunewise.loading.rulefile import PRIORS, RuleFile, prior_rules
from tunewise.reading import Document, Where, parse_yaml
from tunewise.structure import NAME_PATTERN, Built, Problems, kind

RESERVED = ("rulebook.yaml", "facts.yaml", "decisions.yaml", "sources.yaml", REMEDIES)
COSTS_SUBFOLDER = "costs"
MAX_RULES = 3_000


def load(folder: str | Path | None = None) -> Rulebook:
    """Return the rulebook in a folder, the shipped one by default.

    Raises UserError with every mistake found in it.
    """
    texts = texts_of(folder)
    if folder is None:
        return kept("rulebook", digest(texts), lambda: assemble(texts, SHIPPED_PLACE))
    return assemble(texts, str(folder))


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
            self._place(name)

    def _place(self, name: str) -> None:
        """Parse a file that stands where rules do; leave those on costs to their readers, and no other."""
        folder, _, file = name.rpartition("/")
        if not file.endswith(".yaml"):
            self._misplaced(name, "is not read; call it .yaml")
        elif name == FILE:
            self._misplaced(name, "is an organisation's policy; name it with --organisation")
        elif not folder:
            self._parse(name)
        elif folder != COSTS_SUBFOLDER:
            self._misplaced(
                name, f"is not read; it belongs into the rulebook's folder or {COSTS_SUBFOLDER}/"
            )

    def _misplaced(self, name: str, message: str) -> None:
        self.found.append(Problem(f"{self.place}/{name}", None, "", message))

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
        questions, least = self._questions(facts), self._least_known(header, facts)
        topics, rules = self._rules(facts, decisions, header.strengths if header else {}, items)
        remedies = self._remedies(facts, decisions, items)
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
            topics,
            rules,
            questions,
            dict(self.texts),
            remedies,
            least_known=least,
            cliff=header.cliff,
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

    def _header(self) -> RulebookHeader | None:
        problems = self._document("rulebook.yaml")
        header = None
        if problems.document.data:
            header = problems.build(RulebookHeader, problems.document.data, ())
        if header is not None:
            check_strengths(problems, header.strengths)
        self.found += problems.found
        return header

    def _table(self, problems: Problems, key: str, cls: type[Built]) -> dict[str, Built]:
        """Build the entries of a mapping by name, each with its name as `id`."""
        built = {}
        for name, data in problems.table(problems.document.data.get(key), (key,)).items():
            if not NAME_PATTERN.match(name):
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
        table = problems.table(data.get("decisions"), ("decisions",))
        if not table and "decisions.yaml" not in self.unreadable:
            problems.add(("decisions",), "a rulebook needs at least one decision")
        for name, entry in table.items():
            decision = build_decision(problems, name, entry)
            if decision is not None:
                decisions[name] = decision
        check_clauses(problems, decisions)
        self.found += problems.found
        return decisions

    def _facts(self, decisions: Mapping[str, Decision]) -> Vocabulary:
        problems = self._document("facts.yaml")
        problems.names(problems.document.data, (), ("groups", "facts"))
        groups = self._table(problems, "groups", Group)
        facts = self._table(problems, "facts", Fact)
        for fact in facts.values():
            check_fact(problems, fact, groups, decisions)
        self.found += problems.found
        as_facts = {name: decision_fact(decision) for name, decision in decisions.items()}
        return Vocabulary({**facts, **as_facts}, groups)

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

    def _least_known(self, header: RulebookHeader | None, facts: Vocabulary) -> Condition | None:
        """Return what has to be known before a verdict is worth its name; a case can give it, no rule concludes it."""
        if header is None or header.least_known is None:
            return None
        problems = Problems(self.documents["rulebook.yaml"])
        given = {id: facts[id] for id in facts.given}
        condition = ConditionParser(given, problems, "").parse(header.least_known, ("least_known",))
        self.found += problems.found
        return condition

    def _sources(self) -> tuple[dict[str, SourceDocument], dict[str, SourceItem]]:
        problems = self._document("sources.yaml")
        problems.names(problems.document.data, (), ("documents", "items"))
        documents = self._table(problems, "documents", SourceDocument)
        items = {}
        table = problems.table(problems.document.data.get("items"), ("items",))
        for name, data in table.items():
            where = ("items", name)
            document = document_of(name, documents)
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
        places += [
            ("decisions.yaml", ("decisions", d.id, "prior"), d.prior.sources)
            for d in decisions.values()
            if d.prior is not None
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
    ) -> tuple[dict[str, Topic], dict[str, Rule]]:
        topics: dict[str, Topic] = {}
        rules = prior_rules(self.documents["decisions.yaml"], decisions, strengths)
        if rules:
            topics[PRIORS] = Topic(PRIORS, "Priors", "What stands until evidence outweighs it.")
        for name, document in self.documents.items():
            if name not in RESERVED:
                reader = RuleFile(document, name, facts, decisions, strengths, items)
                topics[reader.stem] = reader.topic()
                rules.update(reader.rules())
                self.found += reader.problems.found
        self._disputes(rules, items)
        if len(rules) > MAX_RULES:
            message = f"holds {len(rules):,} rules; at most {MAX_RULES:,} are safe"
            self.found.append(Problem(self.place, None, "", message))
        return dict(sorted(topics.items())), dict(sorted(rules.items()))

    def _remedies(
        self,
        facts: Vocabulary,
        decisions: Mapping[str, Decision],
        items: Mapping[str, SourceItem],
    ) -> Remedies:
        """Return the remedies; a rulebook of an earlier version has none."""
        if REMEDIES not in self.documents:
            return Remedies()
        reader = RemedyFile(self.documents[REMEDIES], facts, decisions, items)
        remedies = reader.remedies()
        self.found += reader.problems.found
        return remedies

    def _disputes(self, rules: Mapping[str, Rule], items: Mapping[str, SourceItem]) -> None:
        for rule in rules.values():
            for other in rule.disputed_by:
                if other not in rules and other not in items:
                    message = unknown_name(
                        "rule or source item in disputed_by", other, [*rules, *items]
                    )
                    self.found.append(Problem(rule.place, rule.line, f"rule {rule.id}", message))

"""Makes of a rulebook and an organisation's file the rulebook that counts on a day: a rulebook like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from tunewise.costs.assuming import override_text
from tunewise.costs.book import CostBook
from tunewise.costs.model import cost_book
from tunewise.costs.settings import latest
from tunewise.errors import UserError, unknown_name
from tunewise.inference.strata import order_problems
from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.conditions import All, Condition
from tunewise.knowledge.organisation import (
    FILE,
    ORGANISATION,
    SINCE,
    EntryKind,
    Organisation,
    OrganisationEntry,
    SetValue,
)
from tunewise.knowledge.rule import PLACEHOLDER, Rule, SourceDocument, Topic
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.folder import digest
from tunewise.loading.parsing import ConditionParser
from tunewise.loading.rulefile import RuleFile
from tunewise.organisation.allowing import MODELS, PROVIDERS, allowed_models, allowed_options
from tunewise.organisation.entries import (
    SAME,
    TOPIC,
    concluded,
    item_of,
    own_rule,
    state_on,
    value_on,
)
from tunewise.organisation.policyfile import (
    AddEntry,
    Entry,
    ForbidEntry,
    OffEntry,
    PreferEntry,
    SetEntry,
    WrittenPolicy,
)
from tunewise.organisation.setting import set_rule
from tunewise.reading import Where
from tunewise.structure import kind as kind_of


def applied(
    rulebook: Rulebook, written: WrittenPolicy, since: str, vanished: bool = False
) -> Rulebook:
    """Return the rulebook under an organisation's policy as it counts since a day.

    Raises UserError with every mistake: an id or name that is none, a value that cannot stand there. What has ended,
    or is to come, is not held to the rulebook. Where `vanished`, an entry that cannot be applied is noted as such.
    """
    return _Application(rulebook, written, since, vanished).rulebook()


class _Application:
    """Applies the entries one after the other, collecting all mistakes."""

    def __init__(
        self, rulebook: Rulebook, written: WrittenPolicy, since: str, vanished: bool
    ) -> None:
        self.book, self.written, self.since = rulebook, written, since
        self.vanished = vanished
        self.problems = written.problems
        self.decisions = dict(rulebook.decisions)
        self.rules = dict(rulebook.rules)
        self.entries: list[OrganisationEntry] = []
        self.values: dict[str, SetValue] = {}
        self.models: Mapping[str, tuple[str, ...]] = {}
        self.providers: tuple[str, ...] = ()

    def rulebook(self) -> Rulebook:
        for kind, name, entry in self.written.entries:
            told = self._told(kind, name, entry)
            if told.state == "in_force":
                told = self._tried(told, entry) if self.vanished else self._apply(told, entry)
            self.entries.append(told)
        if not self.problems.found:
            self.problems.found += order_problems(self.rules, self.book.facts, self.decisions)
        if self.problems.found:
            raise UserError(self.problems.found)
        return _reckoned(self._assembled(), self.book)

    def _told(self, kind: EntryKind, name: str, entry: Entry) -> OrganisationEntry:
        return OrganisationEntry(
            kind=kind,
            name=name,
            owner=" ".join(entry.owner.split()),
            reason=" ".join(entry.reason.split()),
            ticket=" ".join(entry.ticket.split()),
            until=entry.until,
            state=state_on(entry, self.since),
            place=self.problems.document.place,
            line=self.problems.document.line((kind, name)),
        )

    def _tried(self, told: OrganisationEntry, entry: Entry) -> OrganisationEntry:
        """Apply an entry where that can be; else leave all as it was, and note what has vanished."""
        before, rules, values = len(self.problems.found), dict(self.rules), dict(self.values)
        now = self._apply(told, entry)
        lost = self.problems.found[before:]
        if not lost:
            return now
        del self.problems.found[before:]
        self.rules, self.values = rules, values
        return replace(told, state="vanished", idle="; ".join(one.message for one in lost))

    def _apply(self, told: OrganisationEntry, entry: Entry) -> OrganisationEntry:
        """Return the entry with what came of it; the part's own method says how it is applied."""
        match entry:
            case SetEntry():
                return self._set(told, entry)
            case OffEntry():
                return self._off(told)
            case AddEntry():
                return self._add(told, entry)
            case ForbidEntry():
                return self._forbid(told, entry)
        return self._prefer(told, entry)

    def _wrong(self, where: Where, message: str) -> None:
        self.problems.add(where, message)

    def _set(self, told: OrganisationEntry, entry: SetEntry) -> OrganisationEntry:
        parts = told.name.split(".")
        id, name = ".".join(parts[:2]), ".".join(parts[2:])
        if not name:
            return self._set_value(told, entry)
        if id not in self.book.rules:
            self._wrong(("set", told.name), unknown_name("rule", id, self.book.rules))
            return told
        value = value_on(entry.value, self.since)
        told = replace(told, rules=(id,))
        found = set_rule(self.book, self.rules[id], told, name, value, self.problems)
        if found is not None:
            told, self.rules[id] = found
            self._check_facts(told, self.rules[id])
        return told

    def _set_value(self, told: OrganisationEntry, entry: SetEntry) -> OrganisationEntry:
        """Note another value for an assumption or a price; the cost book is held to it."""
        text = override_text(value := value_on(entry.value, self.since))
        if text is None:
            message = (
                "expected a number, a name, {low, expected, high}, or a list of values by date"
            )
            self._wrong(("set", told.name, "value"), f"{message}, found {kind_of(value)}")
        book = cost_book(self.book) if self.vanished else None
        known = () if book is None else (*book.assumptions, *book.components)
        if self.vanished and told.name not in known:
            self._wrong(("set", told.name), unknown_name("assumption", told.name, known))
        self.values[told.name] = SetValue(text or "", told)
        return told

    def _off(self, told: OrganisationEntry) -> OrganisationEntry:
        """Take a rule away, and its name from those that it disputes."""
        id = told.name
        if id not in self.book.rules:
            self._wrong(("off", id), unknown_name("rule", id, self.book.rules))
        elif self.rules[id].entry is not None:
            self._wrong(("off", id), "is changed under 'set', too; leave one of both out")
        self.rules.pop(id, None)
        for other, rule in self.rules.items():
            if id in rule.disputed_by:
                left = tuple(one for one in rule.disputed_by if one != id)
                self.rules[other] = replace(rule, disputed_by=left)
        return replace(told, rules=(id,))

    def _add(self, told: OrganisationEntry, entry: AddEntry) -> OrganisationEntry:
        """Add a rule in the language of rule files."""
        told = replace(told, rules=(f"{TOPIC}.{told.name}",))
        said = replace(told, reason=" ".join(entry.because.split()) or told.reason).says
        items = {**self.book.items, told.item: item_of(told)}
        text = msgspec.structs.replace(entry, because=said, sources=(*entry.sources, told.item))
        reader = RuleFile(
            self.problems.document,
            FILE,
            self.book.facts,
            self.decisions,
            self.book.strengths,
            items,
        )
        rule = reader.rule(text, told.name, ("add", told.name))
        self.problems.found += reader.problems.found
        if rule is None:
            return told
        told = self._like_another(told, rule.when, rule.then)
        self._own(told, replace(rule, entry=told))
        return told

    def _forbid(self, told: OrganisationEntry, entry: ForbidEntry) -> OrganisationEntry:
        """Exclude options wherever a condition holds: what `rules prove` holds as an invariant."""
        where = ("forbid", told.name)
        told = replace(told, rules=(f"{TOPIC}.{told.name}",))
        when: Condition | None = All(())
        if entry.when is not None or entry.unless is not None:
            parser = ConditionParser(self.book.facts, self.problems, ".".join(where))
            always = {} if entry.when is None else entry.when
            when = (
                parser.parse_excepting(always, entry.unless, where)
                if entry.when is not None
                else parser.parse({"not": entry.unless}, (*where, "unless"))
            )
        if not entry.options:
            self._wrong((*where, "options"), "is empty; name the options that are forbidden")
        data = {"exclude": {entry.decision: list(entry.options)}}
        excluded = concluded(data, where, self.book, self.problems) if entry.options else None
        if when is None or excluded is None:
            return told
        told = self._like_another(told, when, excluded)
        self._own(told, own_rule(told, when, excluded))
        return told

    def _like_another(
        self, told: OrganisationEntry, when: Condition, then: Conclusion
    ) -> OrganisationEntry:
        """Return the entry, noted as idle where a rule of the rulebook says the same."""
        same = [r.id for r in self.book.rules.values() if (r.when, r.then) == (when, then)]
        return replace(told, state="idle", idle=f"rule {same[0]} says the same") if same else told

    def _prefer(self, told: OrganisationEntry, entry: PreferEntry) -> OrganisationEntry:
        """Exclude what is not among what is allowed."""
        if told.name in (MODELS, PROVIDERS):
            found = allowed_models(self.book, told, entry, self.problems)
            self.models, self.providers = (
                found.models or self.models,
                found.providers or self.providers,
            )
        else:
            found = allowed_options(self.book, told, entry, self.problems)
        if not found.rules and not found.models and not found.providers:
            return replace(told, state="idle", idle="it allows everything")
        told = replace(told, rules=tuple(f"{TOPIC}.{name}" for name in found.rules))
        for name, (when, then) in found.rules.items():
            self._own(told, own_rule(told, when, then, name))
            self._never(told, when, then)
        return told

    def _never(self, told: OrganisationEntry, when: Condition, then: Conclusion) -> None:
        """Accept that an option which is ruled out in every case never wins."""
        if when != All(()) or then.stance != "veto":
            return
        decision = self.decisions[str(then.target)]
        options = dict(decision.options)
        for id in then.options:
            accepts = {**options[id].accepts, "never-wins": told.says}
            options[id] = msgspec.structs.replace(options[id], accepts=accepts)
        self.decisions[decision.id] = msgspec.structs.replace(decision, options=options)

    def _own(self, told: OrganisationEntry, rule: Rule) -> None:
        """Keep a rule of the organisation's own, unless another entry made one of that name."""
        if rule.id in self.rules:
            self._wrong((told.kind, told.name), f"another entry makes a rule {rule.id}, too")
        self.rules[rule.id] = rule
        self._check_facts(told, rule)

    def _check_facts(self, told: OrganisationEntry, rule: Rule) -> None:
        """Check the facts whose values the reason shows: the rule's condition must read them."""
        for name in PLACEHOLDER.findall(told.reason):
            if name not in rule.reads:
                message = unknown_name("fact in the reason (the condition reads)", name, rule.reads)
                self._wrong((told.kind, told.name, "reason"), message)

    def _assembled(self) -> Rulebook:
        book, texts = self.book, {**self.book.texts, FILE: self.written.text}
        texts |= {SINCE: self.since} if self.since else {}
        cited = [e for e in self.entries if e.state in ("in_force", "idle") and e.kind != "off"]
        own = any(rule.topic == TOPIC for rule in self.rules.values())
        topic = Topic(
            TOPIC, "Your organisation", "What your organisation adds, forbids and allows."
        )
        document = SourceDocument(
            id=ORGANISATION, title="Your organisation's policy", kind="policy"
        )
        return replace(
            book,
            sha256=digest(texts),
            texts=dict(sorted(texts.items())),
            decisions=self.decisions,
            rules=dict(sorted(self.rules.items())),
            topics=dict(sorted({**book.topics, **({TOPIC: topic} if own else {})}.items())),
            documents={**book.documents, **({ORGANISATION: document} if cited else {})},
            items={**book.items, **{entry.item: item_of(entry) for entry in cited}},
            organisation=Organisation(
                self.written.sha256,
                book.sha256,
                tuple(sorted(set(self.written.days()))),
                self.since,
                tuple(self.entries),
                self.values,
                self.models,
                self.providers,
            ),
        )


def _reckoned(found: Rulebook, rulebook: Rulebook) -> Rulebook:
    """Return the rulebook with the entries noted as idle that set what costs are reckoned with anyway.

    Raises UserError where the cost book does not know what is set, or not such a value.
    """
    policy, now, was = found.organisation, cost_book(found), cost_book(rulebook)
    if policy is None or now is None or was is None:
        return found
    same = {key for key in policy.values if _counted(now, key) == _counted(was, key)}
    entries = tuple(
        replace(one, state="idle", idle=SAME) if one.kind == "set" and one.name in same else one
        for one in policy.entries
    )
    return replace(found, organisation=replace(policy, entries=entries))


def _counted(book: CostBook, key: str) -> object:
    """Return what a cost book reckons with."""
    if key in book.assumptions:
        return book.assumptions[key].settings
    return latest(book.components[key].rate)

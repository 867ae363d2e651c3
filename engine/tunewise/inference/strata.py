"""Orders rules by the facts they read and conclude on, so that each runs when what it reads is settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from tunewise.errors import Problem
from tunewise.inference.durable import Branch, LimitError, check_branch
from tunewise.inference.encoding import Encoding, TooManyBranches
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.vocabulary import Vocabulary

MAX_STRATUM_BRANCHES = 20_000
"""Conjunctions of all rules together: some 200 MB of the engine's memory."""

Graph = Mapping[str, Mapping[str, None]]
"""Each derived fact and decision, with what the rules that conclude on it read."""


@dataclass(frozen=True)
class Stratum:
    """The derived facts and decisions that are settled together, and the rules that settle them."""

    targets: tuple[str, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def reading(self) -> Mapping[str, tuple[str, ...]]:
        """The rules that read each fact."""
        found: dict[str, list[str]] = {}
        for rule in self.rules:
            for fact in rule.reads:
                found.setdefault(fact, []).append(rule.id)
        return {fact: tuple(rules) for fact, rules in found.items()}

    @cached_property
    def concluding(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules on each target."""
        found: dict[str, list[Rule]] = {target: [] for target in self.targets}
        for rule in self.rules:
            if rule.target is not None:
                found[rule.target].append(rule)
        return {target: tuple(rules) for target, rules in found.items()}


def narrowed(strata: Iterable[Stratum], targets: Collection[str]) -> tuple[Stratum, ...]:
    """Return of strata what settles some targets alone."""
    parts = (
        Stratum(
            tuple(target for target in stratum.targets if target in targets),
            tuple(rule for rule in stratum.rules if rule.target in targets),
        )
        for stratum in strata
    )
    return tuple(part for part in parts if part.targets)


def without(strata: Sequence[Stratum], target: str) -> tuple[Stratum, ...]:
    """Return of strata what settles all but one target, without advice."""
    every = {one for stratum in strata for one in stratum.targets}
    return narrowed(strata, every - {target})


def leading_to(strata: Sequence[Stratum], target: str) -> tuple[Stratum, ...]:
    """Return of strata what settles one target, and what that rests on."""
    found = {target}
    for stratum in reversed(strata):
        for one in found.intersection(stratum.targets):
            found.update(fact for rule in stratum.concluding[one] for fact in rule.reads)
    return narrowed(strata, found)


def strata(rules: Mapping[str, Rule], decisions: Mapping[str, Decision]) -> tuple[Stratum, ...]:
    """Return the strata in order, advice last; raise graphlib.CycleError where there is a cycle.

    Rules stand in each stratum in the order of their ids, whatever the order of files.
    """
    graph = _graph(rules, decisions)
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        targets = tuple(sorted(target for target in ready if target in graph))
        if targets:
            concluding = tuple(rule for rule in rules.values() if rule.target in targets)
            found.append(Stratum(targets, concluding))
        sorter.done(*ready)
    advice = tuple(rule for rule in rules.values() if rule.target is None)
    return (*found, Stratum((), advice))


def _graph(rules: Mapping[str, Rule], decisions: Mapping[str, Decision]) -> Graph:
    graph: dict[str, dict[str, None]] = {name: {} for name in decisions}
    for rule in rules.values():
        if rule.target is not None:
            graph.setdefault(rule.target, {}).update(dict.fromkeys(rule.reads))
    return graph


def order_problems(
    rules: Mapping[str, Rule], facts: Vocabulary, decisions: Mapping[str, Decision]
) -> list[Problem]:
    """Return what keeps the rules from being run in an order, and what the engine could not carry."""
    graph = _graph(rules, decisions)
    return [
        *_cycles(rules, graph),
        *_early_reads(rules, graph, decisions),
        *_cost_reads(rules, graph, facts, decisions),
        *_too_large(rules, facts),
    ]


def _problem(rule: Rule, message: str) -> Problem:
    return Problem(rule.place, rule.line, f"rule {rule.id}", message)


def _cycles(rules: Mapping[str, Rule], graph: Graph) -> list[Problem]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        steps = list(pairwise(cycle))
        named = [
            next(r for r in rules.values() if r.target == target and read in r.reads)
            for read, target in steps
        ]
        message = f"a cycle: {' -> '.join(cycle)} (rules {', '.join(rule.id for rule in named)})"
        return [_problem(named[0], message)]
    return []


def _early_reads(
    rules: Mapping[str, Rule], graph: Graph, decisions: Mapping[str, Decision]
) -> list[Problem]:
    place = {name: i for i, name in enumerate(decisions)}
    return [
        _problem(rule, f"'{rule.target}' is decided before '{read}', on which the rule rests")
        for rule in rules.values()
        if rule.target in place
        for read in _rests_on(rule.reads, graph)
        if place.get(read, -1) > place[rule.target]
    ]


def _rests_on(reads: Iterable[str], graph: Graph) -> list[str]:
    """Return the facts and decisions that a condition reads, itself or through derived facts."""
    found = dict.fromkeys(reads)
    waiting = list(found)
    while waiting:
        more = [name for name in graph.get(waiting.pop(), ()) if name not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return list(found)


def _cost_reads(
    rules: Mapping[str, Rule], graph: Graph, facts: Vocabulary, decisions: Mapping[str, Decision]
) -> list[Problem]:
    """Only the first decision may rest on costs: what they cost is worked out from the later ones."""
    first = next(iter(decisions), None)
    priced = {fact.id for fact in facts.values() if fact.origin == "computed"}
    while more := {t for t, reads in graph.items() if t != first and priced & set(reads)} - priced:
        priced |= more
    return [
        _problem(rule, f"'{rule.target}' cannot rest on costs, which are worked out from it")
        for rule in rules.values()
        if rule.target in decisions and rule.target != first and priced & set(rule.reads)
    ]


def _too_large(rules: Mapping[str, Rule], facts: Vocabulary) -> list[Problem]:
    encoding = Encoding(facts, (rule.when for rule in rules.values()))
    problems = []
    counts = {}
    for rule in rules.values():
        try:
            branches = [Branch(rule.id, tests) for tests in encoding.conjunctions(rule.when)]
            for branch in branches:
                check_branch(branch)
            counts[rule.id] = len(branches)
        except (TooManyBranches, LimitError) as error:
            problems.append(_problem(rule, str(error)))
    if (total := sum(counts.values())) > MAX_STRATUM_BRANCHES:
        largest = max(counts, key=counts.__getitem__)
        message = (
            f"all rules together fall into {total:,} alternatives; at most {MAX_STRATUM_BRANCHES:,}"
        )
        problems.append(_problem(rules[largest], f"{message} are safe, and this one has the most"))
    return problems

"""Tells whether what a record claims of a fact that was taken out of it can be true of any value of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain, combinations, pairwise

from tunewise.inference.encoding import Encoding
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact
from tunewise.log.findings import LogFinding
from tunewise.log.form import Record
from tunewise.log.rederivation import Derivation, Follower, RecordedInference

MOST_SUBSETS = 12
"""Members of a set up to which all its subsets are tried."""


class HiddenClaims:
    """What the rules of one rulebook can say of facts that nobody may see."""

    def __init__(self, follower: Follower) -> None:
        self._follower, book = follower, follower.rulebook
        self._encoding = Encoding(book.facts, (rule.when for rule in book.rules.values()))

    def findings(
        self, line: int, record: Record, told: RecordedInference, found: Derivation
    ) -> Iterator[LogFinding]:
        """Yield the hidden facts of which no value makes the rules fire that are said to have fired, and no others.

        Each fact by itself, by the rules that read nothing else that is hidden.
        """
        derived = {id: v for id, v in found.derived.items() if id not in told.hidden}
        chosen = {name: o.chosen for name, o in found.outcomes.items() if not o.blocked}
        memory = {**told.facts, **derived, **chosen}
        for id in told.hidden:
            fact = self._follower.rulebook.facts[id]
            rules = [rule for rule in found.trusted if self._alone(rule, id, told)]
            values = self._values(fact, memory) if rules else None
            if values is not None and not self._possible(id, values, rules, memory, told):
                both = ", ".join(sorted(rules, key=lambda one: one not in told.fired)[:2])
                said = f"what it claims of {id} is true of no value; see {both}"
                yield LogFinding(line, "fact", said, id)

    def _alone(self, rule: str, fact: str, told: RecordedInference) -> bool:
        """Whether a fact is the only hidden one that a rule reads."""
        reads = self._follower.compiled[rule][0]
        return [one for one in reads if one in told.hidden] == [fact]

    def _possible(
        self,
        fact: str,
        values: Collection[Value],
        rules: Collection[str],
        memory: Mapping[str, Value],
        told: RecordedInference,
    ) -> bool:
        """Whether any value does; a dropped fact may have been assumed, and rules read none that was."""
        holds = [(self._follower.compiled[rule][1], rule in told.fired) for rule in rules]
        silent = [dict(memory)] if told.hidden[fact] == "drop" else []
        tried = (*({**memory, fact: value} for value in values), *silent)
        return any(
            all(bool(verdict(facts)) is fired for verdict, fired in holds) for facts in tried
        )

    def _values(self, fact: Fact, memory: Mapping[str, Value]) -> list[Value] | None:
        """Return a value of each kind that rules can tell apart, None where nobody can list them."""
        if fact.type == "boolean":
            return [True, False]
        if fact.type == "choice":
            return list(fact.options)
        if fact.type == "set":
            sizes = range(len(fact.options) + 1)
            subsets = chain.from_iterable(combinations(fact.options, size) for size in sizes)
            return list(subsets) if len(fact.options) <= MOST_SUBSETS else None
        if not fact.numeric:
            return None
        edges = self._encoding.edges(fact.id, memory)
        return [value for value in _numbers(fact, edges) if _allowed(fact, value)]


def _numbers(fact: Fact, edges: Collection[int | float]) -> Iterator[int | float]:
    """Yield each number at which rules change, one between each two, and the least and the largest of all."""
    ends = sorted({fact.minimum, *edges, fact.upper})
    yield from ends
    for low, high in pairwise(ends):
        yield (low + high) // 2 if fact.type == "integer" else (low + high) / 2
        if fact.type == "integer":
            yield from (low + 1, high - 1)


def _allowed(fact: Fact, value: int | float) -> bool:
    try:
        fact.check(int(value) if fact.type == "integer" else value)
    except (ValueError, OverflowError):
        return False
    return True

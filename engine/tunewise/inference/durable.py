"""The only module that knows durable_rules: it runs conjunctions over small integers, nothing else.

durable_rules 2.0.28 is exact and stable inside a narrow subset and crashes, hangs or lies outside it. The subset
kept here: the extension module driven directly; one flat fact of small integers a session, with an explicit id;
`$and` of equalities, `$gte` and `$lte`; rulesets split into shards far below every known limit; a primed slot; one
session at a time, always deleted; a last rule for every case that proves that a run came to its end.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import durable_rules_engine as extension

from tunewise.errors import EngineError
from tunewise.inference.encoding import Conjunction, Vector

RULES_A_SHARD = 50
"""The engine walks matching conditions with a stack of 64 entries, and each leads to a rule of its own."""
CONDITIONS_A_RULE = 50
PROPERTIES_A_SHARD = 200
LARGEST_CELL = 10_000
LAST = 60_000
"""The priority of the rule that ends every run; priorities wrap at 65,536."""
WARM_UP_BYTES = 2**24
"""Bytes of the block that is taken and given back once."""

_rulesets = itertools.count()
_PRIME = '{"id":"case","end":1}'


@cache
def _keep_memory() -> None:
    """Take a large block of memory and give it back: glibc then keeps up to twice as much for later.

    Without it, the memory of each session goes back to the system and is asked for again by the next one: some
    200 page faults a case, and half the speed.
    """
    bytes(WARM_UP_BYTES)


class LimitError(ValueError):
    """A rule or ruleset is past what the engine carries safely."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One conjunction of one rule; a rule fires where any of its branches does."""

    rule: str
    tests: Conjunction


def check_branch(branch: Branch) -> None:
    """Raise LimitError, with the reason, where the engine cannot carry a branch."""
    conditions = sum(1 if low == high else 2 for low, high in branch.tests.values())
    if conditions > CONDITIONS_A_RULE:
        message = f"compares {len(branch.tests)} facts at once; at most {CONDITIONS_A_RULE // 2}"
        raise LimitError(f"{message} are always safe")
    if any(high > LARGEST_CELL for _, high in branch.tests.values()):
        raise LimitError(f"compares a fact with more than {LARGEST_CELL:,} different values")


class Engine:
    """A set of rules, ready to be run on one case after another; use it from one thread.

    Rules fire in the order of their first branch.
    """

    def __init__(self, branches: Sequence[Branch], last_cells: Mapping[str, int]) -> None:
        for branch in branches:
            check_branch(branch)
        _keep_memory()
        self._order = {rule: i for i, rule in enumerate(dict.fromkeys(b.rule for b in branches))}
        self._shards = [_Shard(part, last_cells) for part in _shards(branches)]
        self._closed = False

    def fire(self, vector: Vector) -> tuple[str, ...]:
        """Return the rules that fire on a case, each once; raise EngineError where a run is not whole."""
        if self._closed:
            raise EngineError("the rule engine was closed")
        fired = {rule for shard in self._shards for rule in shard.fire(vector)}
        return tuple(sorted(fired, key=self._order.__getitem__))

    def close(self) -> None:
        """Free the rulesets; the engine cannot be used afterwards."""
        self._closed = True
        while self._shards:
            self._shards.pop().close()


def _shards(branches: Sequence[Branch]) -> Iterator[list[Branch]]:
    shard: list[Branch] = []
    names: set[str] = set()
    for branch in branches:
        joined = names | branch.tests.keys()
        if len(shard) == RULES_A_SHARD or (shard and len(joined) > PROPERTIES_A_SHARD):
            yield shard
            shard, joined = [], set(branch.tests)
        shard.append(branch)
        names = joined
    if shard:
        yield shard


class _Shard:
    """One ruleset of the extension with its single session."""

    def __init__(self, branches: Sequence[Branch], last_cells: Mapping[str, int]) -> None:
        self._names = sorted({name for branch in branches for name in branch.tests})
        self._properties = {name: f"a{i}" for i, name in enumerate(self._names)}
        cells = "".join(f',"{key}":%d' for key in self._properties.values())
        self._fact = f'{{"id":"case","end":1{cells}}}'
        self._rules = {f"r{i}": branch.rule for i, branch in enumerate(branches)}
        definition = json.dumps(self._definition(branches, last_cells), ensure_ascii=True)
        self._handle = extension.create_ruleset(f"shard{next(_rulesets)}", definition)
        self._prime()
        self._open = False

    def _definition(
        self, branches: Iterable[Branch], last_cells: Mapping[str, int]
    ) -> dict[str, object]:
        rules: dict[str, object] = {}
        for i, branch in enumerate(branches):
            tests = [
                self._tests(name, *cells, last_cells[name]) for name, cells in branch.tests.items()
            ]
            rules[f"r{i}"] = _rule([test for group in tests for test in group], i)
        rules["end"] = _rule([], LAST)
        return rules

    def _tests(self, name: str, low: int, high: int, last: int) -> list[dict[str, object]]:
        key = self._properties[name]
        if low == high:
            return [{key: low}]
        lower: list[dict[str, object]] = [{"$gte": {key: low}}] if low > 0 else []
        upper: list[dict[str, object]] = [{"$lte": {key: high}}] if high < last else []
        return lower + upper

    def _prime(self) -> None:
        """Run one session to its end: deleting one in which no action ever started crashes.

        Nothing is cleared up where this fails, for the same reason.
        """
        if self._run(_PRIME)[-1:] != ["end"]:
            raise EngineError("the rule engine did not run its first session")
        extension.delete_state(self._handle, None)

    def fire(self, vector: Vector) -> list[str]:
        """Return the rules whose branches match, in the order of the branches."""
        fact = self._fact % tuple(map(vector.__getitem__, self._names))
        if self._open:
            self._clear()  # what an interrupt left behind
        try:
            self._open = True
            fired = self._run(fact)
        finally:
            self._clear()
        if not fired or fired.pop() != "end":
            raise EngineError("the rule engine stopped before the end of a session")
        return [self._rules[name] for name in fired]

    def _run(self, fact: str) -> list[str]:
        fired = []
        try:
            code, state = extension.assert_fact(self._handle, fact)
            if code != 0:
                raise EngineError(f"the rule engine refused a fact (code {code})")
            _, message = extension.start_action_for_state(self._handle, state)
            while message is not None:
                fired.append(message[2 : message.index('"', 2)])
                message = extension.complete_and_start_action(self._handle, state)
        except extension.error as error:
            raise EngineError(f"the rule engine failed: {error}") from None
        return fired

    def _clear(self) -> None:
        """Delete the session, or the one that an interrupt left behind."""
        if self._open:
            with contextlib.suppress(
                extension.error
            ):  # deleted, and interrupted before it was noted
                extension.delete_state(self._handle, None)
            self._open = False

    def close(self) -> None:
        """Free the ruleset."""
        if self._open:
            self._clear()
        extension.delete_ruleset(self._handle)


def _rule(tests: list[dict[str, object]], priority: int) -> dict[str, object]:
    return {"all": [{"m": {"$and": [{"end": 1}, *tests]}}], "pri": priority}

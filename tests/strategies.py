"""Random rulebooks, as the texts of their files, and random cases, for hypothesis and for the fuzz.

One generator serves both: hypothesis hands it a `Random` that it controls and can shrink, the fuzz a seeded
one. Values crowd where engines go wrong: on thresholds, one ulp beside them, on equal pairs, at bounds, unknown.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

from tunewise.errors import UserError
from tunewise.knowledge.conditions import (
    TOLERANCE,
    Comparison,
    Condition,
    Other,
    Value,
    bound,
    comparisons,
    facts_read,
)
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import assemble

TYPES = ("choice", "choice", "ordered", "ordered", "set", "boolean", "integer", "number", "share")
SHARES = (0, 1, 0.5, 0.1 + 0.2, 0.3, 0.95, 0.9, 1e-07, 5e-324, math.nextafter(1, 0))
INTEGERS = (0, 1, 2, 7, 50, 1_000, 2**31, 10**12 - 1, 10**12, -1, -40)
NUMBERS = (*INTEGERS, *SHARES, 1e-300, 0.1, 19.99, 1234.5678, 1e11 + 0.1, -0.5, -1e12)
FACTORS = (1, 2, 0.5, 0.1, 1.1, 3, 1e-07, 100)
LESS = (0, 0.02, 1, 5e-10, -3, 1000)
TEXTS = ("a/b", "openai/gpt", "née \\ \"q\" 'q' {x}", "x" * 150, "🙂", "true", "0", "[bold]<b>")
ORDERED_OPS = ("at_least", "at_most", "above", "below")
GROUNDS = {"because": "so it is", "sources": ["A1"], "checked": "2026-11-22"}
STRENGTHS = {"weak": 1, "moderate": 2, "strong": 4}


@dataclass
class Draft:
    """A fact to be: its entry in facts.yaml, and the literals that conditions compare it with."""

    entry: dict[str, Any]
    literals: list[Any]


@dataclass
class Writer:
    """Writes one random rulebook."""

    random: Random
    facts: dict[str, Draft] = field(default_factory=dict)
    decisions: dict[str, list[str]] = field(default_factory=dict)

    def texts(self, rules: int) -> dict[str, str]:
        """Return the texts of a rulebook's files by name."""
        given = [self._fact(f"f{i}", "given") for i in range(self.random.randint(2, 9))]
        priced = [self._fact(f"cost{i}", "computed") for i in range(self.random.randint(0, 2))]
        targets = self._targets()
        entries = {
            name: self._rule(targets, given, priced) for name in self._names(rules, "r{:03}")
        }
        return {
            **self._files(entries),
            "rulebook.yaml": _yaml({"title": "Random", "version": "1", "strengths": STRENGTHS}),
            "facts.yaml": _yaml(
                {
                    "groups": {"all": {"title": "All"}},
                    "facts": {name: draft.entry for name, draft in self.facts.items()},
                }
            ),
            "decisions.yaml": _yaml({"decisions": self._decisions()}),
            "sources.yaml": _yaml(
                {"documents": {"A": {"title": "A"}}, "items": {"A1": {"says": "so"}}}
            ),
        }

    def _names(self, count: int, form: str) -> list[str]:
        names = [form.format(i) for i in range(count)]
        self.random.shuffle(names)
        return names

    def _files(self, entries: dict[str, Any]) -> dict[str, str]:
        files: dict[str, dict[str, Any]] = {}
        for name, entry in entries.items():
            files.setdefault(self.random.choice(("m.yaml", "a.yaml", "z.yaml")), {})[name] = entry
        return {name: _yaml({"rules": part}) for name, part in files.items()}

    def _targets(self) -> list[str]:
        """Name the derived facts and the decisions in an order in which each may read those before it."""
        derived = [self._fact(f"d{i}", "derived") for i in range(self.random.randint(0, 3))]
        decided = [f"choice{i}" for i in range(self.random.randint(1, 3))]
        for name in decided:
            self.decisions[name] = [f"{name}_{i}" for i in range(self.random.randint(2, 3))]
        mixed = derived + decided
        self.random.shuffle(mixed)
        order = iter(decided)
        return [next(order) if name in self.decisions else name for name in mixed]

    def _decisions(self) -> dict[str, Any]:
        return {
            name: {"label": name, "question": "?", "options": {o: {"label": o} for o in options}}
            | self._prior(options)
            for name, options in self.decisions.items()
        }

    def _prior(self, options: list[str]) -> dict[str, Any]:
        if self.random.random() < 0.6:
            return {}
        strength = self.random.choice(list(STRENGTHS))
        chosen = {"option": self.random.choice(options), "strength": strength}
        return {"prior": {**chosen, **GROUNDS}}

    def _fact(self, name: str, origin: str) -> str:
        kinds = ("integer", "number") if origin == "computed" else (*TYPES, "text")
        kind = self.random.choice(kinds)
        entry: dict[str, Any] = {"type": kind, "label": f"the {name}", "origin": origin}
        if origin == "given":
            entry |= {"group": "all", "question": "?"}
        if kind == "ordered":
            entry |= {"type": "choice", "ordered": True}
        if kind in ("integer", "number"):
            entry["minimum"] = -(10**12)
        self.facts[name] = Draft(entry, self._literals(name, kind, entry))
        return name

    def _literals(self, name: str, kind: str, entry: dict[str, Any]) -> list[Any]:
        """Choose a few values that rules name, so that thresholds meet and pairs are equal."""
        if kind == "boolean":
            return [True, False]
        pools = {"share": SHARES, "integer": INTEGERS, "number": NUMBERS, "text": TEXTS}
        if kind in ("choice", "ordered", "set"):
            options = self._names(self.random.randint(1, 5), name + "_v{}")
            entry["values"] = {option: option.upper() for option in options}
            return options
        return self.random.sample(pools[kind], self.random.randint(1, 4))

    def _rule(self, targets: list[str], given: list[str], priced: list[str]) -> dict[str, Any]:
        target = self.random.choice([*targets, None])
        earlier = targets[: targets.index(target)] if target else targets
        may_read = given + earlier
        if target is None or target == next(iter(self.decisions)):
            may_read = may_read + priced
        return {
            "when": self._condition(may_read, self.random.randint(0, 3)),
            "then": self._conclusion(target),
            **self._exception(may_read),
            **GROUNDS,
        }

    def _exception(self, names: list[str]) -> dict[str, Any]:
        """Sometimes hold the rule back where another condition is true."""
        if self.random.random() < 0.75:
            return {}
        return {"unless": self._condition(names, self.random.randint(0, 1))}

    def _conclusion(self, target: str | None) -> dict[str, Any]:
        strength = self.random.choice(list(STRENGTHS))
        if target is None:
            return {"advise": self.random.choice(("pitfall", "risk")), "strength": strength}
        if target not in self.decisions:
            value = self.random.choice(self.facts[target].literals)
            listed = self.facts[target].entry["type"] == "set"
            return {"derive": {target: [value] if listed else value}}
        options = self.decisions[target]
        chosen = self.random.sample(options, self.random.randint(1, len(options)))
        form = self.random.choice(("support", "support", "oppose", "exclude"))
        weighed = {} if form == "exclude" else {"strength": strength}
        return {form: {target: chosen if len(chosen) > 1 else chosen[0]}} | weighed

    def _condition(self, names: list[str], depth: int) -> dict[str, Any]:
        form = self.random.choice(("all", "any", "not", "facts", "facts")) if depth else "facts"
        if form == "not":
            return {"not": self._condition(names, depth - 1)}
        if form == "facts":
            count = self.random.choice((1, 1, 1, 2))
            chosen = self.random.sample(names, min(count, len(names)))
            return {name: self._comparisons(name, names) for name in chosen}
        parts = range(self.random.randint(1, 3))
        return {form: [self._condition(names, depth - 1) for _ in parts]}

    def _comparisons(self, name: str, names: list[str]) -> dict[str, Any]:
        if name in self.decisions:
            return self._among(self.decisions[name])
        draft = self.facts[name]
        kind = draft.entry["type"]
        if self.random.random() < 0.15:
            return {self.random.choice(("known", "unknown")): True}
        if kind == "set":
            return {"includes": self.random.choice(draft.literals)}
        if kind == "boolean":
            return {self.random.choice(("is", "is_not")): self.random.choice((True, False))}
        if kind in ("integer", "number", "share") or draft.entry.get("ordered"):
            return self._orderings(name, names)
        return self._among(draft.literals)

    def _among(self, values: list[Any]) -> dict[str, Any]:
        op = self.random.choice(("is", "is_not", "one_of"))
        if op == "one_of":
            return {op: self.random.sample(values, self.random.randint(1, len(values)))}
        return {op: self.random.choice(values)}

    def _orderings(self, name: str, names: list[str]) -> dict[str, Any]:
        literals = self.facts[name].literals
        if self.random.random() < 0.2:
            return self._among(literals)
        numbers = [n for n in names if n in self.facts and _numeric(self.facts[n].entry)]
        if name in numbers and self.random.random() < 0.3:
            op = self.random.choice((*ORDERED_OPS, "is", "is_not"))
            other = {"fact": self.random.choice(numbers), "times": self.random.choice(FACTORS)}
            return {op: other | self._less(numbers)}
        ops = self.random.sample(ORDERED_OPS, self.random.choice((1, 1, 2)))
        return {op: self.random.choice(literals) for op in ops}

    def _less(self, numbers: list[str]) -> dict[str, Any]:
        """Sometimes take off a number, or a third fact."""
        if self.random.random() < 0.6:
            return {}
        return {"less": self.random.choice((self.random.choice(LESS), self.random.choice(numbers)))}


def _numeric(entry: Mapping[str, Any]) -> bool:
    return entry["type"] in ("integer", "number", "share")


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def write_rulebook(random: Random, rules: int = 0) -> dict[str, str]:
    """Return the texts of a random rulebook, of up to 24 rules where their number is not given."""
    return Writer(random).texts(rules or random.randint(1, 24))


def assembled(texts: Mapping[str, str]) -> Rulebook | None:
    """Return the rulebook of the texts, None where a condition has more alternatives than are allowed."""
    try:
        return assemble(texts, "random")
    except UserError as error:
        if all("alternatives" in problem.message for problem in error.problems):
            return None
        raise


class Cases:
    """Draws cases for a rulebook: the facts that its conditions read, decided and derived ones left out."""

    def __init__(self, rulebook: Rulebook) -> None:
        conditions: list[Condition] = [rule.when for rule in rulebook.rules.values()]
        used = list(dict.fromkeys(c for condition in conditions for c in comparisons(condition)))
        self.pairs = [c for c in used if isinstance(c.operand, Other)]
        read = {fact for c in used for fact in facts_read(c)}
        stated = [f for f in rulebook.facts.values() if f.origin in ("given", "computed")]
        self.facts = {fact.id: fact for fact in stated if fact.id in read}
        self.literals = {id: sorted(_literals(id, used), key=str) for id in self.facts}

    def draw(self, random: Random) -> dict[str, Value]:
        """Return the known facts of a random case."""
        unknown = random.choice((0, 0.1, 0.3, 0.7))
        drawn = {
            id: self.value(fact, random)
            for id, fact in self.facts.items()
            if random.random() >= unknown
        }
        for pair in self.pairs:
            if random.random() < 0.3:
                self._level(pair, drawn, random)
        return drawn

    def _level(self, pair: Comparison, drawn: dict[str, Value], random: Random) -> None:
        """Put the left side of a comparison of two facts on the right side, or one ulp beside it."""
        level = bound(pair.operand, drawn)
        if level is None or pair.fact not in drawn:
            return
        wanted = random.choice((level, _beside(level, random), level + 2 * TOLERANCE))
        drawn[pair.fact] = _checked(self.facts[pair.fact], wanted, drawn[pair.fact])

    def value(self, fact: Fact, random: Random) -> Value:
        """Return a value that the fact may take."""
        if fact.type == "boolean":
            return random.random() < 0.5
        if fact.type == "choice":
            return random.choice(fact.options)
        if fact.type == "set":
            return tuple(option for option in fact.options if random.random() < 0.4)
        if fact.type == "text":
            return random.choice((*self.literals[fact.id], "another", "a"))
        return self._number(fact, random)

    def _number(self, fact: Fact, random: Random) -> Value:
        literals = self.literals[fact.id] or [fact.minimum]
        at = random.choice(literals)
        spread = random.choice((at, at, _beside(at, random), random.uniform(0, 2) * at))
        wide = random.uniform(float(fact.minimum), float(fact.upper))
        wanted = random.choice((spread, spread, spread, wide, fact.minimum, fact.upper))
        return _checked(fact, wanted, _checked(fact, at, fact.minimum))


def _beside(number: int | float, random: Random) -> int | float:
    if isinstance(number, int) and random.random() < 0.5:
        return number + random.choice((-1, 1))
    return math.nextafter(number, random.choice((-math.inf, math.inf)))


def _checked(fact: Fact, wanted: int | float, otherwise: Value) -> Value:
    """Return the value as a case would hold it; the other one where the fact cannot take it."""
    try:
        return fact.check(round(wanted) if fact.type == "integer" else wanted)
    except ValueError:
        return otherwise


def _literals(id: str, used: list[Comparison]) -> Iterator[Any]:
    for comparison in used:
        operand = comparison.operand
        if comparison.fact == id and operand is not None and not isinstance(operand, Other):
            yield from operand if isinstance(operand, tuple) else (operand,)


rulebooks: st.SearchStrategy[dict[str, str]] = st.randoms(use_true_random=False).map(write_rulebook)
"""Random rulebooks, as texts by file name."""

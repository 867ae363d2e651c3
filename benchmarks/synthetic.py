"""A rulebook of the size that Tunewise is built for, written by a seeded generator, so that numbers stay comparable."""

from __future__ import annotations

import json
from random import Random
from typing import Any

CHOICES, SETS, BOOLEANS, SHARES, INTEGERS = 18, 1, 8, 4, 9
DERIVED, DECISIONS, RULES = 6, 6, 150
OPTIONS = 3


def texts(seed: int = 1) -> dict[str, str]:
    """Return the texts of a rulebook with 40 given facts, 6 derived ones, 6 decisions and 150 rules."""
    return _Writer(Random(seed)).texts()


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.given = self._given()
        self.derived = {f"derived{i}": _scale(f"derived{i}", 3) for i in range(DERIVED)}
        self.decisions = [f"decision{i}" for i in range(DECISIONS)]

    def texts(self) -> dict[str, str]:
        given = {
            name: {"group": "all", "question": "?", "label": name, **entry}
            for name, entry in self.given.items()
        }
        derived = {
            name: {"origin": "derived", "label": name, **entry}
            for name, entry in self.derived.items()
        }
        files: dict[str, Any] = {
            "rulebook": {
                "title": "Synthetic",
                "version": "1",
                "strengths": {"weak": 1, "moderate": 2, "strong": 4},
            },
            "facts": {"groups": {"all": {"title": "All"}}, "facts": given | derived},
            "decisions": {"decisions": {name: _decision(name) for name in self.decisions}},
            "sources": {"documents": {"A": {"title": "A"}}, "items": {"A1": {"says": "so"}}},
            "synthetic": {"rules": {f"r{i:03}": self._rule(i) for i in range(RULES)}},
        }
        return {f"{name}.yaml": json.dumps(data) for name, data in files.items()}

    def _given(self) -> dict[str, dict[str, Any]]:
        facts = {f"choice{i}": _scale(f"choice{i}", 3 + i % 3) for i in range(CHOICES)}
        facts |= {f"set{i}": {**_scale(f"set{i}", 8), "type": "set"} for i in range(SETS)}
        for i in range(SETS):
            del facts[f"set{i}"]["ordered"]
        facts |= {f"boolean{i}": {"type": "boolean"} for i in range(BOOLEANS)}
        facts |= {f"share{i}": {"type": "share"} for i in range(SHARES)}
        return facts | {f"integer{i}": {"type": "integer"} for i in range(INTEGERS)}

    def _rule(self, i: int) -> dict[str, Any]:
        """Write one rule: 24 derive facts, 24 advise, the others weigh options or veto them."""
        level, then = self._conclusion(i)
        known = list(self.given) + list(self.derived if level else ())
        facts = self.random.sample(known, self.random.choice((1, 2, 2, 3)))
        tests = {fact: self._test(fact) for fact in facts}
        if level > 1 and self.random.random() < 0.3:
            earlier = self.decisions[self.random.randrange(level - 1)]
            tests[earlier] = {"is": f"{earlier}_{self.random.randrange(OPTIONS)}"}
        when: Any = tests
        if len(tests) > 1 and self.random.random() < 0.2:
            when = {"any": [{fact: test} for fact, test in tests.items()]}
        return {
            "when": when,
            "then": then,
            "because": "It follows.",
            "sources": ["A1"],
            "checked": "2026-11-22",
        }

    def _conclusion(self, i: int) -> tuple[int, dict[str, Any]]:
        if i < 24:
            name = f"derived{i % DERIVED}"
            return 0, {"derive": {name: self.random.choice(list(self.derived[name]["values"]))}}
        if i < 48:
            return DECISIONS, {"advise": "pitfall", "strength": "weak"}
        which = i % DECISIONS
        option = {f"decision{which}": f"decision{which}_{self.random.randrange(OPTIONS)}"}
        if self.random.random() < 0.1:
            return which + 1, {"exclude": option}
        form = self.random.choice(("support", "support", "oppose"))
        return which + 1, {form: option, "strength": self.random.choice(("weak", "strong"))}

    def _test(self, fact: str) -> dict[str, Any]:
        entry = self.given.get(fact) or self.derived[fact]
        if entry["type"] == "boolean":
            return {"is": self.random.choice((True, False))}
        if entry["type"] == "set":
            return {"includes": self.random.choice(list(entry["values"]))}
        if entry["type"] == "choice":
            op = self.random.choice(("at_least", "at_most", "is", "is_not"))
            return {op: self.random.choice(list(entry["values"]))}
        limits = (0.5, 0.7, 0.9, 0.95) if entry["type"] == "share" else (100, 1000, 10_000, 1e6)
        return {self.random.choice(("at_least", "below")): self.random.choice(limits)}


def _scale(name: str, size: int) -> dict[str, Any]:
    values = {f"{name}_{i}": str(i) for i in range(size)}
    return {"type": "choice", "ordered": True, "values": values}


def _decision(name: str) -> dict[str, Any]:
    options = {f"{name}_{i}": {"label": str(i)} for i in range(OPTIONS)}
    return {"label": name, "question": "?", "options": options}

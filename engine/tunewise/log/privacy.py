"""Takes out of records what a log must not hold, and lists in each record what was taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tunewise.costs.model import cost_book
from tunewise.errors import UserError, nearest, unknown_name
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import Action
from tunewise.reading import read
from tunewise.structure import kind

ACTIONS: tuple[Action, ...] = get_args(Action)
CASE = ("name", "description", "owner", "tags")
PATHS = "case.…, facts.…, assumptions.… or costs"
MASKED = "masked"
"""What stands in the place of what was masked; what was dropped is gone."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What to do with each path of a record: `case.name`, `facts.training_examples`, `facts.*`, `costs`.

    What a path says of one thing comes before what a `*` says of all.
    """

    actions: Mapping[str, Action]

    def action(self, part: str, name: str) -> Action | None:
        """Return what to do with one thing, None where it stays."""
        return self.actions.get(f"{part}.{name}") or self.actions.get(f"{part}.*")

    def applied(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of a record without what must not be in it; `masked` lists what was taken out.

        A fact goes from the facts and from what each firing read. Its traces stay: the rules that fired, and
        with the costs, sums that follow from it.
        """
        found = dict(content)
        found["case"] = {name: self._said(name, text) for name, text in content["case"].items()}
        known = content["facts"]
        found["facts"] = self._kept("facts", known, lambda fact: {**fact, "value": MASKED})
        found["assumptions"] = self._kept("assumptions", content["assumptions"], lambda _: MASKED)
        found["firings"] = [self._read(firing, known) for firing in content["firings"]]
        if "costs" in self.actions:
            found |= {"costs": {}, "prices": []}
            found["break_even"] = {"horizon_months": content["break_even"]["horizon_months"]}
        if "costs" in self.actions or any(self.action("facts", id) for id in known):
            found.pop(
                "flips", None
            )  # a value that is just near enough would tell the one that is hidden
        found["masked"] = [
            {"path": path, "action": action} for path, action in self._taken(content)
        ]
        return found

    def _said(self, name: str, text: Any) -> Any:
        """Return what a case says of itself, as much as may be seen of it."""
        action = self.action("case", name) if text else None
        if action is None:
            return text
        if isinstance(text, list):
            return [MASKED] if action == "mask" else []
        return MASKED if action == "mask" else ""

    def _kept(self, part: str, table: Mapping[str, Any], masked: Any) -> dict[str, Any]:
        actions = {name: self.action(part, name) for name in table}
        return {
            name: value if actions[name] is None else masked(value)
            for name, value in table.items()
            if actions[name] != "drop"
        }

    def _read(self, firing: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """Return a firing with the facts that may be seen; decisions are no facts and stay."""
        facts = firing["facts"]
        hidden = {id: value for id, value in facts.items() if id in known}
        kept = {**facts, **self._kept("facts", hidden, lambda _: MASKED)}
        gone = {id for id in hidden if self.action("facts", id) == "drop"}
        return {**firing, "facts": {id: kept[id] for id in facts if id not in gone}}

    def _taken(self, content: Mapping[str, Any]) -> Iterator[tuple[str, Action]]:
        for part in ("case", "assumptions", "facts"):
            for name, value in content[part].items():
                action = self.action(part, name)
                if action is not None and value:
                    yield f"{part}.{name}", action
        if "costs" in self.actions and content["costs"]:
            yield "costs", "drop"


def read_privacy(path: str, rulebook: Rulebook) -> Privacy:
    """Return what a file of paths with actions says; raise UserError with every mistake in it."""
    document = read(path)
    if not isinstance(document.data, dict):
        message = "expected paths with actions, such as 'case.name: mask'"
        raise UserError(document.problem((), f"{message}, found {kind(document.data)}"))
    allowed, decided = _paths(rulebook), [f"facts.{name}" for name in rulebook.decisions]
    problems = [
        document.problem((path,), message)
        for path, action in document.data.items()
        if (message := _wrong(path, action, allowed, decided))
    ]
    if problems:
        raise UserError(problems)
    return Privacy(dict(document.data))


def _paths(rulebook: Rulebook) -> list[str]:
    book = cost_book(rulebook)
    parts: dict[str, Iterable[str]] = {
        "case": CASE,
        "facts": [fact.id for fact in rulebook.facts.values() if fact.origin != "decided"],
        "assumptions": [*book.assumptions, *book.components] if book is not None else (),
    }
    listed = [f"{part}.{name}" for part, names in parts.items() for name in ("*", *names)]
    return [*listed, "costs"]


def _wrong(path: str, action: Any, allowed: list[str], decided: list[str]) -> str:
    """Return what is wrong with a path and its action, '' where nothing is."""
    if path in decided:
        return "is decided, and what is decided stays in the record"
    if path not in allowed:
        near = nearest(path, allowed)
        hint = f"did you mean '{near}'?" if near else f"expected {PATHS}"
        return f"is no part of a record that can be masked; {hint}"
    if action not in ACTIONS:
        return unknown_name("action", action, ACTIONS)
    return "costs can be dropped, not masked" if path == "costs" and action == "mask" else ""

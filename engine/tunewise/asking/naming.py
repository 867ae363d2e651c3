"""Reads what an auditor types for a rule, a fact, an option: by its id, or as it is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tunewise.cases.written import folded
from tunewise.errors import unknown_name
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class NamedOption:
    """An option of one decision."""

    decision: str
    option: str

    def __str__(self) -> str:
        return f"{self.decision}={self.option}"


class Options:
    """The options of rulebooks, by every way to name them: id or words, alone or as decision=option."""

    def __init__(self, rulebooks: Collection[Rulebook], blocked: bool = False) -> None:
        self._found: dict[str, dict[NamedOption, None]] = {}
        self._ids: dict[str, None] = {}
        for option, label in _options(rulebooks, blocked):
            self._ids |= {option.option: None, str(option): None}
            for name in (option.option, label):
                for written in (name, f"{option.decision}={name}"):
                    self._found.setdefault(folded(written), {})[option] = None

    def named(self, name: str) -> list[NamedOption]:
        """Return the options of that name, none where there is none."""
        return list(self._found.get(folded(name), ()))

    def unknown(self, name: str, others: Collection[str] = (), kind: str = "option") -> str:
        """Return the sentence for a name that is none of these, nor of others."""
        ids = sorted(self._ids, key=lambda id: "=" in id)
        return unknown_name(kind, name, [*others, *ids])


def _options(rulebooks: Collection[Rulebook], blocked: bool) -> Iterator[tuple[NamedOption, str]]:
    for book in rulebooks:
        for id, decision in book.decisions.items():
            for option, declared in decision.options.items():
                yield NamedOption(id, option), declared.label
            if blocked:
                yield NamedOption(id, BLOCKED), BLOCKED

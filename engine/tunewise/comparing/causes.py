"""Finds the rules that made one case come out otherwise: those with which it began, not those that followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tunewise.comparing.answers import AnswerMemory, DecidedCase, RulebookRun
from tunewise.explaining.decisive import Vote, decisive_rules
from tunewise.knowledge.conclusions import Conclusion


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that weighs otherwise: `how` is fires, is silent, or speaks otherwise; `facts` are why, if any are."""

    rule: str
    how: str
    facts: tuple[str, ...]


def causes(before: DecidedCase, after: DecidedCase) -> tuple[Cause, ...]:
    """Return the rules that turned what turned between two answers to one case.

    What turned is followed back: where a rule fires otherwise only for what other rules concluded, those are the
    causes. There is none where only what is declared made the difference, such as the order of the options.
    """
    planned: tuple[Cause, ...] = ()
    if _replanned(before, after):
        planned = tuple(_Tracing(before.planning, after.planning).causes())
    return tuple(_Tracing(before.run, after.run, planned).causes())


def _replanned(before: DecidedCase, after: DecidedCase) -> bool:
    """Whether costs differ for what tuning would be, and for nothing else."""
    plans = before.content["tuning_plan"], after.content["tuning_plan"]
    return plans[0] != plans[1] and before.priced_by == after.priced_by


class _Tracing:
    """Follows what turned between two runs back to the rules with which it began.

    `planned` are the rules for which costs differ, where any are.
    """

    def __init__(
        self, before: RulebookRun, after: RulebookRun, planned: tuple[Cause, ...] = ()
    ) -> None:
        self.before, self.after, self.planned = before, after, planned
        fired = dict.fromkeys((*before.fired, *after.fired))
        self.changed = [id for id in fired if _said(before, id) != _said(after, id)]

    def causes(self) -> Iterator[Cause]:
        """Yield the rules with which it began, each once."""
        waiting, seen, found = self._turned(), set[str](), set[Cause]()
        while waiting:
            target = waiting.pop(0)
            seen.add(target)
            for cause, leading in map(self._traced, self._pivots(target)):
                waiting += [id for id in leading if id not in seen and id not in waiting]
                found |= set() if cause is None else {cause}
                found |= set(self.planned) if self._priced(leading) else set()
        yield from sorted(found, key=lambda cause: cause.rule)

    def _turned(self) -> list[str]:
        """Return the decisions that turned."""
        was, now = self.before.chosen, self.after.chosen
        return [id for id in {**was, **now} if was.get(id) != now.get(id)]

    def _pivots(self, target: str) -> Collection[str]:
        """Return the rules that made a decision or a derived fact another one."""
        on_it = [id for id in self.changed if target in self._targets(id)]
        books = self.before.rulebook, self.after.rulebook
        if all(target not in book.decisions for book in books):
            return on_it
        if any(target not in book.decisions for book in books):
            return ()  # that there is such a decision is declared
        was, now = (
            Vote(run.rulebook.decisions[target], run.fired) for run in (self.before, self.after)
        )
        return decisive_rules(was, now, on_it)

    def _targets(self, rule: str) -> set[str | None]:
        fired = self.before.fired.get(rule), self.after.fired.get(rule)
        return {one.target for one in fired if one is not None}

    def _traced(self, rule: str) -> tuple[Cause | None, list[str]]:
        """Return a rule as a cause where it is one, and what others concluded that it changed for."""
        moved = [fact for fact in self._reads(rule) if self._moved(fact)]
        led = [fact for fact in moved if self._concluded(fact)]
        was, now = _said(self.before, rule), _said(self.after, rule)
        by_itself = self.after.says(rule, _mixed(self.after.memory, self.before.memory, led)) == now
        by_others = (
            self.before.says(rule, _mixed(self.before.memory, self.after.memory, led)) == now
        )
        cause = None
        if by_itself or not by_others:
            facts = tuple(fact for fact in moved if fact not in led)
            cause = Cause(rule, _how(was, now), facts)
        return cause, led if by_others or not by_itself else []

    def _reads(self, rule: str) -> dict[str, None]:
        books = self.before.rulebook, self.after.rulebook
        rules = [book.rules[rule] for book in books if rule in book.rules]
        return {fact: None for one in rules for fact in one.reads}

    def _moved(self, fact: str) -> bool:
        return self.before.memory.get(fact) != self.after.memory.get(fact)

    def _concluded(self, fact: str) -> bool:
        """Whether rules made a fact what it is."""
        books = self.before.rulebook, self.after.rulebook
        origins = {book.facts[fact].origin for book in books if fact in book.facts}
        return not origins.isdisjoint(("decided", "derived")) or (
            bool(self.planned) and "computed" in origins
        )

    def _priced(self, facts: list[str]) -> bool:
        book = self.after.rulebook.facts
        return any(fact in book and book[fact].origin == "computed" for fact in facts)


def _said(run: RulebookRun, rule: str) -> Conclusion | None:
    return run.fired[rule].then if rule in run.fired else None


def _mixed(memory: AnswerMemory, other: AnswerMemory, facts: Collection[str]) -> AnswerMemory:
    """Return a memory with some facts as another has them."""
    kept = {id: value for id, value in memory.items() if id not in facts}
    return {**kept, **{id: other[id] for id in facts if id in other}}


def _how(was: Conclusion | None, now: Conclusion | None) -> str:
    if was is not None and now is not None:
        return "speaks otherwise"
    return "is silent" if now is None else "fires"

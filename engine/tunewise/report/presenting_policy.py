"""Says what an organisation's policy decided of a case: which of its entries, and where they leave no option."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.explaining.decisive import decisive
from tunewise.inference.deciding import Outcome
from tunewise.knowledge.rule import Rule
from tunewise.record.evaluation import Evaluation
from tunewise.report.arguing import Arguments


def policy_says(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the reasons of the entries that decided something, each once: what is left without an option first."""
    arguments, outcomes = Arguments(evaluation, ""), evaluation.conclusions.outcomes.values()
    advised = [firing.rule for firing in evaluation.advice if firing.rule.entry is not None]
    blocking = (rule for one in outcomes if one.blocked for rule in _blocking(evaluation, one))
    turning = (rule for one in outcomes if not one.blocked for rule in _turning(evaluation, one))
    return tuple(dict.fromkeys(arguments.text(rule) for rule in (*blocking, *turning, *advised)))


def left_without_option(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the decisions that the policy leaves without an option, each with the entries that do."""
    return tuple(
        f"{evaluation.rulebook.decisions[outcome.decision].label} ({_named(rules)})"
        for outcome in evaluation.conclusions.outcomes.values()
        if outcome.blocked and (rules := tuple(_blocking(evaluation, outcome)))
    )


def _blocking(evaluation: Evaluation, outcome: Outcome) -> Iterator[Rule]:
    """Yield the policy's rules that alone rule out an option, without which the decision would not be blocked."""
    for standing in outcome.standings:
        rules = [evaluation.rulebook.rules[id] for id in standing.vetoed_by]
        if all(rule.entry is not None for rule in rules):
            yield from rules


def _turning(evaluation: Evaluation, outcome: Outcome) -> Iterator[Rule]:
    """Yield the policy's vetoes without which another option would have been chosen."""
    for rule in map(evaluation.rulebook.rules.__getitem__, decisive(outcome)):
        if rule.entry is not None and rule.then.stance == "veto":
            yield rule


def _named(rules: tuple[Rule, ...]) -> str:
    entries = (rule.entry for rule in rules if rule.entry is not None)
    return ", ".join(dict.fromkeys(f"{entry.kind} {entry.name}" for entry in entries))

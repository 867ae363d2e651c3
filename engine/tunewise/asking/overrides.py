"""Counts what people overrode, by option and by rule: where an author of rules should look next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tunewise.asking.filters import Filter
from tunewise.errors import harmless
from tunewise.log.form import DecisionForm, Record
from tunewise.log.human_decisions import HumanDecisions, standing_overrides
from tunewise.log.reading import Log
from tunewise.log.selecting import records

SHOWN_RULES = 20


@dataclass(frozen=True, slots=True)
class OverrideCounts:
    """Of records that people decided on: how many there are of each option and rule, and how many were overridden.

    Options are recommended ones, named `decision=option`; rules are those that spoke for them.
    """

    options: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    overridden_options: Counter[str] = field(default_factory=Counter)
    overridden_rules: Counter[str] = field(default_factory=Counter)

    def take(self, record: Record, standing: Mapping[str, str]) -> None:
        """Count one record, of which people put these options in the place of recommended ones."""
        for decision in record.decisions:
            option, rules = f"{decision.decision}={decision.chosen}", _spoke_for(decision)
            self.options[option] += 1
            self.rules.update(rules)
            if decision.decision in standing:
                self.overridden_options[option] += 1
                self.overridden_rules.update(rules)


def _spoke_for(decision: DecisionForm) -> set[str]:
    """Return the rules that spoke for what was chosen, and those that ruled out or opposed anything else."""
    found: set[str] = set()
    for option in decision.options:
        chosen = option.option == decision.chosen
        found |= {one.rule for one in option.evidence if (one.points > 0) is chosen}
        found |= set() if chosen else set(option.vetoed_by)
    return found


def override_counts(log: Log, wanted: Filter, people: HumanDecisions) -> OverrideCounts:
    """Return the counts over the records that a filter admits."""
    counts, test = OverrideCounts(), wanted.test(log.path)
    for chosen in records(log, lambda _: None) if people else ():
        standing = standing_overrides(people.get(chosen.entry.computed, ()))
        if standing is not None and test(chosen.record):
            counts.take(chosen.record, standing)
    return counts


def override_lines(counts: OverrideCounts) -> Iterator[str]:
    """Yield how often each option and each rule was overridden, the most often first."""
    if not counts.overridden_options:
        return
    yield "\nOverridden, of those that people decided on, by what was recommended\n"
    yield from _table(counts.overridden_options, counts.options)
    yield "\nBy rule that spoke for it\n"
    yield from _table(counts.overridden_rules, counts.rules)


def _table(overridden: Counter[str], of: Counter[str]) -> Iterator[str]:
    """Yield a line for each name: its share, most often overridden first, then the largest share."""
    names = sorted(overridden, key=lambda one: (-overridden[one], of[one], one))
    for name in names[:SHOWN_RULES]:
        share = round(100 * overridden[name] / of[name])
        yield f"{overridden[name]:>6,} of {of[name]:<6,} {share:>3}%  {harmless(name)}\n"
    if len(names) > SHOWN_RULES:
        yield f"and {len(names) - SHOWN_RULES:,} more\n"

"""What `tunewise rules test --suggest` prints: the cases that are missing, as a file of cases holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tunewise.errors import harmless

if TYPE_CHECKING:
    from tunewise.authoring.coverage import Coverage
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.proving.suggesting import MissingOutcome, SuggestedCase


def suggested_text(coverage: Coverage, rulebook: Rulebook, as_of: str | None) -> str:
    """Return the smallest case for each outcome that no case brings about; an empty list where none is missing."""
    lines = [line for one in _suggested(coverage, rulebook, as_of) for line in _case(one, rulebook)]
    return "".join(f"{harmless(line)}\n" for line in ["cases:" if lines else "cases: []", *lines])


def _missing(coverage: Coverage) -> Iterator[MissingOutcome]:
    from tunewise.proving.suggesting import MissingOutcome

    seen = set()
    for rule, comparison, outcomes in coverage.missing:
        for outcome in outcomes.missing:
            if (comparison, outcome) not in seen:
                seen.add((comparison, outcome))
                yield MissingOutcome(rule, comparison, outcome)


def _suggested(
    coverage: Coverage, rulebook: Rulebook, as_of: str | None
) -> Iterator[SuggestedCase]:
    from contextlib import closing

    from tunewise.commands import options
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.proving.search import encode
    from tunewise.proving.suggesting import suggest

    with closing(Evaluator(rulebook, options.day(as_of))) as evaluator:
        yield from suggest(
            encode(rulebook, evaluator.trials().conclude, evaluator.costs.laws), _missing(coverage)
        )


def _case(found: SuggestedCase, rulebook: Rulebook) -> Iterator[str]:
    from tunewise.cases.case import plain
    from tunewise.explaining.explanation import Explanation
    from tunewise.interview.casefile import flow

    missing = found.missing
    said = Explanation(rulebook).condition(missing.comparison)
    if found.facts is None:
        yield f"# no case was found in which it is {missing.outcome} that {said}"
        return
    facts = ", ".join(f"{id}: {flow(plain(value))}" for id, value in found.facts.items())
    verb = "fires" if found.fires else "not_fires"
    yield f"- name: {flow(f'{missing.rule}: it is {missing.outcome} that {said}')}"
    yield f"  facts: {{{facts}}}"
    yield f"  expect: {{{verb}: [{missing.rule}]}}"

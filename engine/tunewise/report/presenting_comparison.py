"""Makes the view of versions side by side: what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunewise.costs.ranges import Range
from tunewise.knowledge.vocabulary import with_unit
from tunewise.record.evaluation import Evaluation
from tunewise.report.comparisonview import (
    ComparedRow,
    ComparedVersion,
    ComparisonReport,
    ComparisonView,
    MovedView,
)
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting_short import verdict_in_words
from tunewise.whatif.comparison import Moved, NamedVersion, SideBySide

SUMS = {"initial": "to start", "monthly": "each month", "horizon": "over {months}"}
"""The totals of an estimate, and what they are called."""


def comparison_view(comparisons: Sequence[SideBySide], titles: Sequence[str]) -> ComparisonReport:
    """Return the view of comparisons, each under its title."""
    views = tuple(_view(*pair) for pair in zip(comparisons, titles, strict=True))
    return ComparisonReport(views, comparisons[0].versions[0].evaluation.as_of.isoformat())


def _view(compared: SideBySide, title: str) -> ComparisonView:
    evaluations = [in_its_currency(version.evaluation) for version in compared.versions]
    return ComparisonView(
        title=title,
        versions=tuple(map(_version, compared.versions, evaluations)),
        facts=tuple(_facts(compared, evaluations)),
        decisions=tuple(_decisions(evaluations)),
        certainty=tuple(_certainty(evaluations)),
        money=tuple(_money(compared.versions)),
        moved=tuple(
            _moved(evaluations[0], *pair)
            for pair in zip(compared.moved, evaluations[1:], strict=True)
        ),
    )


def _row(label: str, values: Sequence[str]) -> ComparedRow:
    return ComparedRow(label, tuple(values), differs=len(set(values)) > 1)


def _version(version: NamedVersion, evaluation: Evaluation) -> ComparedVersion:
    status = next(iter(evaluation.certainty.values())).status.replace("_", " ")
    return ComparedVersion(version.name, verdict_in_words(evaluation), status)


def _facts(compared: SideBySide, evaluations: Sequence[Evaluation]) -> Iterator[ComparedRow]:
    """Yield the facts that differ, as each version states them."""
    for id in compared.facts:
        fact = evaluations[0].rulebook.facts[id]
        stated = [evaluation.case.facts.get(id) for evaluation in evaluations]
        yield _row(fact.label, [evaluations[0].explanation.say(fact, value) for value in stated])


def _decisions(evaluations: Sequence[Evaluation]) -> Iterator[ComparedRow]:
    for id, decision in evaluations[0].rulebook.decisions.items():
        chosen = [evaluation.conclusions.recommendation[id] for evaluation in evaluations]
        yield _row(decision.label, [evaluations[0].explanation.option(id, one) for one in chosen])


def _certainty(evaluations: Sequence[Evaluation]) -> Iterator[ComparedRow]:
    """Yield how much is known, how certain the first decision is, and any other that differs in that."""
    yield _row("facts known", [f"{one.known.facts} of {one.known.of}" for one in evaluations])
    for place, (id, decision) in enumerate(evaluations[0].rulebook.decisions.items()):
        found = [evaluation.certainty[id].status.replace("_", " ") for evaluation in evaluations]
        row = _row(decision.label, found)
        if row.differs or place == 0:
            yield row


def _money(versions: Sequence[NamedVersion]) -> Iterator[ComparedRow]:
    """Yield what the recommended way of each version costs, with the holes in it."""
    if all(version.estimate is None for version in versions):
        return
    for name, label in SUMS.items():
        months = {version.evaluation.costs.horizon_months for version in versions}
        said = label.format(months=with_unit(" or ".join(map(str, sorted(months))), "months"))
        yield _row(said, [_sum(version, name) for version in versions])


def _sum(version: NamedVersion, name: str) -> str:
    estimate, costs = version.estimate, version.evaluation.costs
    if estimate is None:
        return "–"
    sums: Range = getattr(estimate, name)
    said, holes = costs.currency, f" + {len(estimate.holes)} open" if estimate.holes else ""
    return f"{said.about(sums.expected)}{holes} ({said.about_span(sums.low, sums.high)})"


def _moved(first: Evaluation, moved: Moved, other: Evaluation) -> MovedView:
    chosen = [next(iter(e.conclusions.recommendation.values())) for e in (first, other)]
    told = {*moved.reasons_came, *moved.reasons_went}
    return MovedView(
        name=moved.version.name,
        turned=chosen[0] != chosen[1],
        came=tuple(_reason(other, id) for id in moved.reasons_came),
        went=tuple(_reason(first, id) for id in moved.reasons_went),
        rules=len({*moved.rules_came, *moved.rules_went} - told),
    )


def _reason(evaluation: Evaluation, id: str) -> str:
    rule = evaluation.rulebook.rules[id]
    return evaluation.explanation.reason(rule, evaluation.conclusions.memory)

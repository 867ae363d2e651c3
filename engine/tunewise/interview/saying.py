"""What the questionnaire says about where it stands, in sentences and lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED
from tunewise.explaining.plainly import plain_verdict
from tunewise.inference.deciding import BLOCKED
from tunewise.interview.choosing import Standing
from tunewise.interview.pages import Settling
from tunewise.knowledge.rulebook import Rulebook

CERTAINTY_SAID = {
    SETTLED: "settled: no answer can change it",
    FIRM: "firm: no single answer would turn it",
    OPEN_STATUS: "open: answers may still turn it",
}


def progress_of(rulebook: Rulebook, standing: Standing | None) -> Settling:
    """Return what is settled and what is open; nothing where that cannot be told."""
    if standing is None:
        return Settling((), (), ())
    labels = {id: decision.label for id, decision in rulebook.decisions.items()}
    found = {
        status: tuple(labels[id] for id, one in standing.certainty.items() if one == status)
        for status in (SETTLED, FIRM, OPEN_STATUS)
    }
    return Settling(found[SETTLED], found[FIRM], found[OPEN_STATUS])


def because(rulebook: Rulebook, standing: Standing) -> str:
    """Return why a question is asked now: the options that its answer decides between."""
    if standing.between is None:
        return "Asked for detail: no answer to it alone turns a decision."
    decision, options = standing.between
    held = rulebook.decisions[decision]
    labels = [held.options[option].label for option in options if option in held.options]
    if len(labels) < 2:
        return f"Asked because it bears on the {held.label}."
    return f"Asked because it decides between {' and '.join(labels)} ({held.label})."


def so_far(rulebook: Rulebook, standing: Standing) -> Iterator[str]:
    """Yield the provisional verdict: a sentence, then each decision with its certainty."""
    yield f"So far: {plain_verdict(rulebook, standing.recommendation) or 'nothing fits the limits.'}"
    for id, chosen in standing.recommendation.items():
        decision = rulebook.decisions[id]
        label = "none is left" if chosen == BLOCKED else decision.options[chosen].label
        yield f"  {decision.label}: {label} ({CERTAINTY_SAID[standing.certainty[id]]})"


def stopping(standing: Standing, sharpening: Iterable[str]) -> Iterator[str]:
    """Yield what is said where nothing asked any more would turn a decision, and what answers would sharpen."""
    if all(status == SETTLED for status in standing.certainty.values()):
        yield "Done: it is proved that no further answer changes a decision."
    else:
        yield (
            "Done: no further answer by itself would change a decision "
            f"({standing.tried:,} answers tried, with their costs)."
        )
    named = list(sharpening)
    if named:
        yield f"More answers would sharpen costs and advice: {', '.join(named)}."

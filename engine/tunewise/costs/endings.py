"""Where models and tuning services that a case rests on close within its time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tunewise.costs.book import CostBook, Ending
from tunewise.costs.kernel import NOT_A_NUMBER, Kernel, Mask, Number, both, either
from tunewise.costs.modelclass import MODEL
from tunewise.costs.quantities import Quantities
from tunewise.costs.token_prices import Listed

ENDLESS = date.max.toordinal() + 1


def later(day: date, months: int) -> date:
    """Return the last day that many months on; the end of time past the year 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28)) if year <= date.max.year else date.max


def last_day(as_of: date, months: Number, kernel: Kernel) -> Number:
    """Return the last day of the time reckoned, as an ordinal."""
    return kernel.apply(lambda count: later(as_of, int(count)).toordinal(), months)


def models_end(
    book: CostBook, plans: Iterable[tuple[Quantities, Mask]], last: Number, kernel: Kernel
) -> Number:
    """Return whether a model that is priced is shut down by a day; each plan comes with where it is priced.

    It is no number where none is known to end, and of one nobody has looked up whether it goes on.
    """
    found: Mask = False
    unknown: Mask = False
    for q, priced in plans:
        if kernel.any(priced):
            end = _end(book, q)
            found = either(found, both(priced, end <= last))
            unknown = either(unknown, both(priced, end != end))
    return kernel.where(found, True, kernel.where(unknown, NOT_A_NUMBER, False))


def _end(book: CostBook, q: Quantities) -> Number:
    """Return the day on which the model ends, by its own name or by that of its price; no number where unknown."""
    models, listed = q.traced(lambda: (q.models, q.price.listed))[0]
    ours = models.pick([_known_day(book, model, q.as_of) for model in models.values])
    names = map(listed_name, listed.values)
    theirs = listed.pick([_known_day(book, name, q.as_of) for name in names])
    return q.kernel.where(ours == ours, ours, theirs)


def _known_day(book: CostBook, model: str, as_of: date) -> float:
    ending = book.ending([model])
    if ending is None:
        return ENDLESS if book.all_endings else NOT_A_NUMBER
    return _day(ending) if book.tells(ending, as_of) else NOT_A_NUMBER


def listed_name(listed: Listed) -> str:
    """Return the name of the model that a price belongs to."""
    return listed.usual.model


def services_end(book: CostBook, q: Quantities, last: Number) -> Mask:
    """Return where the service that tunes the models of a case's provider closes by the last day."""
    models = q.facts.choice(MODEL)
    days = [_day(tuning_ending(book, model)) for model in models.values]
    return models.pick(days, ENDLESS) <= last


def tuning_ending(book: CostBook, model: object) -> Ending | None:
    """Return the ending of the service that tunes a provider's models."""
    return book.tuning_ending(str(model).partition("/")[0].lower())


def _day(ending: Ending | None) -> int:
    return date.fromisoformat(ending.ends).toordinal() if ending and ending.ends else ENDLESS

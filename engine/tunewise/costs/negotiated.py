"""What an organisation's policy says of costs: its own rates and assumptions, and the models that may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec

from tunewise.costs.assuming import overriding
from tunewise.costs.book import Assumption, Component, CostBook
from tunewise.costs.choices import Choice
from tunewise.costs.kernel import NOT_A_NUMBER, Number, both
from tunewise.costs.modelclass import MODEL
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range, plain_number
from tunewise.costs.settings import Setting, Span
from tunewise.costs.totals import Totals
from tunewise.errors import Problem, UserError
from tunewise.knowledge.organisation import Organisation, SetValue
from tunewise.knowledge.vocabulary import Vocabulary

SetT = TypeVar("SetT", Assumption, Component)


def negotiated(book: CostBook, organisation: Organisation, facts: Vocabulary) -> CostBook:
    """Return a cost book with an organisation's values in place of its own.

    Raises UserError for every key that the book does not know, and every value that cannot stand there.
    """
    found, problems = {}, []
    for key, one in organisation.values.items():
        try:
            found[key] = _setting(overriding(key, one.text, book, facts))
        except ValueError as error:
            problems.append(Problem(one.entry.place, one.entry.line, f"set.{key}", str(error)))
    if problems:
        raise UserError(problems)
    values = organisation.values
    assumptions = {
        id: _assumed(one, found[id], values[id]) if id in found else one
        for id, one in book.assumptions.items()
    }
    components = {
        id: _rated(one, found[id], values[id]) if id in found else one
        for id, one in book.components.items()
    }
    book = replace(book, assumptions=assumptions, components=components)
    ends = {key: one.entry.until for key, one in values.items() if one.entry.until}
    book = replace(book, allowed_providers=organisation.providers, agreed_until=ends)
    book = _with_models(book, organisation.models) if organisation.models else book
    compared = {name: says for name, says in book.compared.items() if may_be_used(book, name)}
    return replace(book, compared=compared)


def _setting(value: Range | str) -> int | float | str | Span:
    """Return a value as a cost file writes it."""
    if isinstance(value, str):
        return value
    low, expected, high = map(plain_number, (value.low, value.expected, value.high))
    return expected if low == high else Span(low=low, expected=expected, high=high)


def _assumed(assumption: Assumption, value: Setting, one: SetValue) -> Assumption:
    return msgspec.structs.replace(
        assumption,
        value=value,
        by="",
        values={},
        sources=(one.entry.item,),
        checked="",
        note=one.entry.says,
    )


def _rated(component: Component, value: int | float | str | Span, one: SetValue) -> Component:
    return msgspec.structs.replace(
        component, rate=value, basis="given", sources=(one.entry.item,), note=one.entry.says
    )


def _with_models(book: CostBook, models: Mapping[str, tuple[str, ...]]) -> CostBook:
    """Return a cost book that assumes and compares the models that may be used alone.

    Of a size without one, which no plan has, the first of all stands in: a hybrid's prompts may be of that size.
    """
    listed = tuple(dict.fromkeys(name for names in models.values() for name in names))
    assumption = book.assumptions[MODEL]
    values = {size: models.get(size, listed)[0] for size in assumption.values}
    compared = {name: book.compared.get(name, "") for name in listed}
    return replace(
        book,
        assumptions={
            **book.assumptions,
            MODEL: msgspec.structs.replace(assumption, values=values),
        },
        compared=compared,
        allowed_models=listed,
    )


def model_allowed(book: CostBook, q: Quantities, prompting: Totals | None) -> Number:
    """Return whether the model may be used that a case states, or that prompting is priced with where it states none.

    No number where it states none and what is assumed may be used, as nobody has to be told of that.
    """
    stated, kernel = q.facts.choice(MODEL), q.kernel
    assumed: Number = NOT_A_NUMBER
    if prompting is not None and kernel.any(prompting.priced):
        assumed = _verdict(book, prompting.q.traced(lambda: prompting.q.models)[0])
        assumed = kernel.where(both(prompting.priced, assumed == 0), False, NOT_A_NUMBER)
    return kernel.where(stated.known, _verdict(book, stated), assumed)


def _verdict(book: CostBook, models: Choice) -> Number:
    verdicts = [float(may_be_used(book, str(model))) for model in models.values]
    return models.kernel.where(models.known, models.pick(verdicts) > 0, NOT_A_NUMBER)


def may_be_used(book: CostBook, model: str) -> bool:
    """Return whether an organisation's policy lets a model be used; all where it does not say."""
    name = model.casefold()
    listed = {one.casefold() for one in book.allowed_models}
    providers = {one.casefold() for one in book.allowed_providers}
    provider = name.partition("/")[0]
    return (not listed or name in listed) and (not providers or provider in providers)

"""Completes what is typed for a command: facts, values, rules, assumption keys, looked up when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

EQUALS = "="


def completing(
    names: Callable[[], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes a parameter by names that are only looked up when they are wanted."""

    def complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        return [name for name in names() if name.startswith(begun)]

    return complete


def complete_change(_context: click.Context, _parameter: Any, begun: str) -> list[str]:
    """Complete FACT=VALUE: the fact first, then the values of one that has a list of them."""
    name, equals, value = begun.partition(EQUALS)
    if not equals:
        return [f"{id}{EQUALS}" for id in fact_ids() if id.startswith(name)]
    return [f"{name}{EQUALS}{one}" for one in _values(name) if one.startswith(value)]


def complete_assumption(_context: click.Context, _parameter: Any, begun: str) -> list[str]:
    """Complete the key of KEY=VALUE."""
    return [f"{key}{EQUALS}" for key in assumption_keys() if key.startswith(begun)]


def fact_ids() -> list[str]:
    """Return the facts that a case may state."""
    from tunewise.loading.assembly import load

    return [id for id, fact in load().facts.items() if fact.origin == "given"]


def rule_ids() -> list[str]:
    """Return the rules of the shipped rulebook."""
    from tunewise.loading.assembly import load

    return list(load().rules)


def assumption_keys() -> tuple[str, ...]:
    """Return what --assume can set."""
    from tunewise.costs.listing import keys
    from tunewise.costs.model import cost_book
    from tunewise.loading.assembly import load

    book = cost_book(load())
    return () if book is None else keys(book)


def _values(name: str) -> list[str]:
    """Return what may be written for a fact: its values, yes and no, or the models that are priced."""
    from tunewise.costs.modelclass import MODEL
    from tunewise.costs.pricesheet import models_read_ahead
    from tunewise.loading.assembly import load

    fact = load().facts.get(name)
    if fact is None:
        return []
    if name == MODEL:
        return models_read_ahead()
    return ["yes", "no"] if fact.type == "boolean" else list(fact.values)

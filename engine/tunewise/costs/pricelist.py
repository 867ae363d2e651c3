"""Lists the prices and rates in use on a day: tokens by model, rates by line, and what is about to close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from typing import Any

from tunewise.costs.book import CostBook, Ending
from tunewise.costs.freshness import Rate, rates
from tunewise.costs.listing import in_words, listing_entry
from tunewise.costs.modelclass import MODEL
from tunewise.costs.prices import listed_price
from tunewise.costs.ranges import plain_number
from tunewise.costs.settings import as_range
from tunewise.errors import Problem, UserError, harmless

SIDES = ("input", "output", "cached_input", "batch_input", "batch_output")
TOKENS = 1000
"""A request for which models with prices by length are priced: a short one."""


@dataclass(frozen=True)
class PriceList:
    """What is used on a day under one cost book; `models` are priced besides those assumed.

    Raises UserError, with suggestions, for every model that has no price.
    """

    book: CostBook
    as_of: date
    models: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return the list as plain data: prices in USD per million tokens, rates in USD per unit."""
        return {
            "as_of": self.as_of.isoformat(),
            "genai_prices": version("genai_prices"),
            "tokens": self._tokens(),
            "rates": list(self._rates()),
            "assumptions": list(self._assumptions()),
            "endings": [
                self._ending(ending) for ending in self.book.endings.values() if ending.ends
            ],
        }

    def _tokens(self) -> list[dict[str, Any]]:
        rows, problems = [], []
        for model, use in self._wanted().items():
            try:
                rows.append(self._model(model, use))
            except UserError as error:
                problems += [_at_option(problem) for problem in error.problems]
        if problems:
            raise UserError(problems)
        return rows

    def _wanted(self) -> Mapping[str, str]:
        """Return the models to price, each with what it is used for."""
        assumption = self.book.assumptions[MODEL]
        wanted = {
            str(model): f"assumed for {option}" if option else "assumed"
            for option, model in assumption.settings.items()
        }
        wanted |= {model: "compared" for model in self.book.compared if model not in wanted}
        return wanted | {model: "asked for" for model in self.models if model not in wanted}

    def _model(self, model: str, use: str) -> dict[str, Any]:
        usual = listed_price(model, self.as_of, TOKENS, TOKENS)
        cached = listed_price(model, self.as_of, TOKENS, TOKENS, TOKENS)
        batch = listed_price(model, self.as_of, TOKENS, TOKENS, batch=True)
        ending = self.book.ending([model, usual.model])
        told = ending is not None and self.book.tells(ending, self.as_of)
        return {
            "model": model,
            "use": use,
            "priced_as": usual.model,
            "input": plain_number(usual.input_usd_per_mtok),
            "output": plain_number(usual.output_usd_per_mtok),
            "cached_input": plain_number(cached.input_usd_per_mtok),
            "batch_input": plain_number(batch.input_usd_per_mtok),
            "batch_output": plain_number(batch.output_usd_per_mtok),
            "context_window": usual.context_window,
            "ends": ending.ends or None if ending else None,
            "ended": self._closed(ending) if ending and told else None,
            "looked_up": ending.checked if ending and told else None,
        }

    def _rates(self) -> Iterator[dict[str, Any]]:
        checked = self._checked
        for id, component in self.book.components.items():
            if not isinstance(component.rate, str):
                yield {
                    "key": id,
                    "item": component.item,
                    "unit": component.unit,
                    "rate": as_range(component.rate).as_record(),
                    "basis": component.basis,
                    "sources": list(component.sources),
                    **self._age(checked[id]),
                }

    def _assumptions(self) -> Iterator[dict[str, Any]]:
        """Yield the assumptions that were checked on a day; the others are our own judgement and do not age."""
        for id in self.book.assumptions:
            if id in self._checked:
                found = listing_entry(self.book, id)
                yield {
                    **{
                        key: found[key]
                        for key in ("key", "label", "unit", "by", "default", "sources")
                    },
                    **self._age(self._checked[id]),
                }

    @cached_property
    def _checked(self) -> Mapping[str, Rate]:
        return {rate.key: rate for rate in rates(self.book)}

    def _age(self, rate: Rate) -> dict[str, Any]:
        return {
            "checked": rate.checked.isoformat(),
            "age_days": rate.age(self.as_of),
            "since": self.book.since.get(rate.key),
            "known_from": self.book.before.get(rate.key),
            "checked_later": rate.checked > self.as_of and rate.key not in self.book.since,
            "review_due": None if rate.due is None else rate.due.isoformat(),
            "overdue": rate.overdue(self.as_of),
        }

    def _closed(self, ending: Ending) -> bool:
        """Whether something had ended by the day."""
        return bool(ending.ends) and ending.ends <= self.as_of.isoformat()

    def _ending(self, ending: Ending) -> dict[str, Any]:
        return {
            "kind": "model" if ending.models else "service",
            "names": [*ending.services, *ending.models],
            "ends": ending.ends,
            "days_left": (date.fromisoformat(ending.ends) - self.as_of).days,
            "sources": list(ending.sources),
            "checked": ending.checked,
        }


def _at_option(problem: Problem) -> Problem:
    """Return a problem of a model that the command line names, not a case."""
    return Problem("", None, "--model", problem.message.removeprefix("base_model: "))


def price_list_text(listed: Mapping[str, Any]) -> str:
    """Return a price list as text: tables, each under its heading."""
    package, day = listed["genai_prices"], listed["as_of"]
    parts = (
        (f"Tokens on {day}, USD per million (genai-prices {package})", _token_rows(listed)),
        (f"Rates, USD per unit, and their age on {day}", _rate_rows(listed)),
        (f"Assumptions with a source, and their age on {day}", _assumption_rows(listed)),
        ("Closing", _ending_rows(listed)),
    )
    return "\n".join(_table(title, list(rows)) for title, rows in parts)


def _token_rows(listed: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("model", "in", "out", "cached in", "batch in", "batch out", "")
    for row in listed["tokens"]:
        prices = (f"{row[side]:g}" for side in SIDES)
        yield (row["model"], *prices, f"{row['use']}; {_told(row)}")


def _told(row: Mapping[str, Any]) -> str:
    """Return whether a model goes on, as far as anybody has looked."""
    if row["ends"]:
        return f"{'ENDED' if row['ended'] else 'ENDS'} {row['ends']}"
    if row["looked_up"]:
        return f"no end announced by {row['looked_up']}"
    return "whether it goes on is unknown"


def _rate_rows(listed: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("key", "low", "expected", "high", "unit", "basis", "checked")
    for row in listed["rates"]:
        spans = (f"{row['rate'][end]:,}" for end in ("low", "expected", "high"))
        yield (row["key"], *spans, row["unit"], row["basis"].replace("_", " "), _aged(row))


def _assumption_rows(listed: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("key", "value", "unit", "checked")
    for row in listed["assumptions"]:
        value = f"by {row['by']}" if row["by"] else in_words(row["default"])
        yield (row["key"], value, row["unit"], _aged(row))


def _aged(row: Mapping[str, Any]) -> str:
    late = f", REVIEW DUE since {row['review_due']}" if row["overdue"] else ""
    if row["known_from"]:
        return f"UNKNOWN on this day, known from {row['known_from']}"
    if row["since"]:
        return f"{row['checked']}, holds from {row['since']}{late}"
    days = "LATER than this day" if row["checked_later"] else f"{row['age_days']} days"
    return f"{row['checked']}, {days}{late}"


def _ending_rows(listed: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in listed["endings"]:
        left = row["days_left"]
        if left > 0 or row["kind"] == "service":
            when = f"in {left} days" if left > 0 else "closed"
            yield from ((name, row["ends"], when) for name in row["names"])
    ended = [name for row in listed["endings"] for name in _ended(row)]
    if ended:
        yield (f"{len(ended)} names of models", "", "have ended; --format json lists them")


def _ended(row: Mapping[str, Any]) -> list[str]:
    return row["names"] if row["days_left"] <= 0 and row["kind"] == "model" else []


def _table(title: str, rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    lines = [title, *(f"  {_row(row, widths)}".rstrip() for row in rows)]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _row(row: Iterable[str], widths: list[int]) -> str:
    return "  ".join(
        cell.rjust(width) if cell[:1].isdigit() and "-" not in cell else cell.ljust(width)
        for cell, width in zip(row, widths, strict=True)
    )

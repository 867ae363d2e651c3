"""Lists what may be set with --assume: every assumption and every rate, for people and programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tunewise.costs.assuming import LARGEST_RATE
from tunewise.costs.book import Assumption, Component, CostBook
from tunewise.costs.settings import Setting, Span, latest
from tunewise.errors import Problem, UserError, harmless, unknown_name

LISTING_WIDTH = 100
TITLES = {
    "assumption": "Assumptions (numbers may be ranges: low..high)",
    "rate": "Rates of the cost lines, in USD",
}


def keys(book: CostBook, wanted: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the keys asked for, or all; raise UserError with the nearest for each unknown one."""
    known = (*book.assumptions, *book.components)
    unknown = [unknown_name("assumption", key, known) for key in wanted if key not in known]
    if unknown:
        raise UserError(Problem("", None, "", message) for message in unknown)
    return tuple(dict.fromkeys(wanted)) or known


def listing_entry(book: CostBook, key: str) -> dict[str, Any]:
    """Return all there is to say of one key; `default` is one setting, or several by a fact's options."""
    if key in book.assumptions:
        return _assumption(book.assumptions[key])
    return _rate(book.components[key])


def _assumption(assumption: Assumption) -> dict[str, Any]:
    settings = {option: _plain(setting) for option, setting in assumption.settings.items()}
    limits = None if assumption.textual else (assumption.minimum, assumption.maximum)
    return {
        "key": assumption.id,
        "kind": "assumption",
        "label": assumption.label,
        "unit": assumption.unit,
        "by": assumption.by,
        "default": settings if assumption.by else settings[""],
        "minimum": limits and limits[0],
        "maximum": limits and limits[1],
        "basis": "assumed",
        "sources": list(assumption.sources),
        "checked": assumption.checked,
        "note": assumption.note,
    }


def _rate(component: Component) -> dict[str, Any]:
    return {
        "key": component.id,
        "kind": "rate",
        "label": component.item,
        "unit": f"USD per unit ({component.unit})",
        "by": "",
        "default": _plain(latest(component.rate)),
        "minimum": 0,
        "maximum": LARGEST_RATE,
        "basis": component.basis,
        "sources": list(component.sources),
        "checked": component.checked,
        "note": component.note,
    }


def _plain(setting: Setting) -> Any:
    if isinstance(setting, Span):
        return {"low": setting.low, "expected": setting.expected, "high": setting.high}
    return setting


def listing_text(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return the keys with label, unit, defaults and sources, the assumptions before the rates."""
    lines: list[str] = []
    kind = ""
    for found in entries:
        if found["kind"] != kind:
            kind = found["kind"]
            lines += [*([""] if lines else []), TITLES[kind]]
        lines += [f"  {found['key']}", *_details(found)]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _details(found: Mapping[str, Any]) -> Iterator[str]:
    unit = f" ({found['unit']})" if found["unit"] else ""
    yield from _wrapped(found["label"] + unit)
    yield from _wrapped(_default(found))
    if found["note"]:
        yield from _wrapped(found["note"])
    origin = [", ".join(found["sources"]), found["checked"] and f"checked {found['checked']}"]
    if said := "; ".join(filter(None, origin)):
        yield from _wrapped(f"{found['basis'].replace('_', ' ')}: {said}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        harmless(text),
        LISTING_WIDTH,
        initial_indent=" " * 6,
        subsequent_indent=" " * 8,
        break_on_hyphens=False,
    )


def _default(found: Mapping[str, Any]) -> str:
    default = found["default"]
    if found["kind"] == "rate" and isinstance(default, str):
        return f"default: what '{default}' comes to"
    if not found["by"]:
        return f"default {in_words(default)}"
    options = ", ".join(f"{option} {in_words(value)}" for option, value in default.items())
    return f"default by {found['by']}: {options}"


def in_words(setting: Any) -> str:
    """Return a setting in words: a number, a name, or expected with low and high."""
    if isinstance(setting, dict):
        low, expected, high = (in_words(setting[end]) for end in ("low", "expected", "high"))
        return f"{expected} ({low} to {high})"
    if isinstance(setting, int | float):
        return f"{setting:,}"
    return "none: counts once it is given" if setting is None else setting

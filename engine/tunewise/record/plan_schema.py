"""The JSON Schema of a plan, as plans.py makes it, and of the ranges of draws that it shares with the costs."""

from __future__ import annotations

from tunewise.jsonschema import TEXT, Schema, listing, mapping, table

AMOUNT: Schema = {"type": "number", "minimum": 0}
NULL: Schema = {"type": "null"}


def drawn(*besides: Schema) -> Schema:
    """Return the schema of what 10, 50 and 90 of 100 draws stay below, or of what may stand for each."""
    end: Schema = {"anyOf": [AMOUNT, *besides]} if besides else AMOUNT
    return _complete(p10=end, p50=end, p90=end)


def plan_schema() -> Schema:
    """Return the schema of a plan: the options, what answers and serves, the money, the limits that it breaks."""
    busy = {"anyOf": [AMOUNT, NULL]}
    served = _complete(id=TEXT, label=TEXT, busy_share=busy)
    return _complete(
        options=table(TEXT, minProperties=1),
        model={"anyOf": [TEXT, NULL]},
        serving={"anyOf": [served, NULL]},
        money={"anyOf": [_money(), NULL]},
        breaks=listing(_broken()),
    )


def _money() -> Schema:
    return _complete(initial=drawn(), monthly=drawn(), horizon=drawn(), holes=listing(TEXT))


def _broken() -> Schema:
    number: Schema = {"type": ["number", "null"]}
    share: Schema = {**number, "minimum": 0, "maximum": 1}
    budget: Schema = {"type": ["string", "null"]}
    return _complete(
        rule=TEXT,
        vetoes={"type": "boolean"},
        because=TEXT,
        budget=budget,
        limit=number,
        share=share,
    )


def _complete(**properties: Schema) -> Schema:
    """Return the schema of an object that has all of these keys and no others."""
    return mapping(properties, properties)

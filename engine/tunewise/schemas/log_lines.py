"""The JSON Schemas of the lines of a decision log: records, people's decisions, ends of runs, from the model of them.

It names no fact, decision or rule: a record under any rulebook is held to it.
"""

from __future__ import annotations

import msgspec

from tunewise.jsonschema import DATE, Schema
from tunewise.log.form import BatchRun, BreakEvenForm, HumanDecision, Record

TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$",
}


def record_schema() -> Schema:
    """Return the schema of one record."""
    _, parts = msgspec.json.schema_components([Record])
    for part in parts.values():
        del part["title"], part["description"]
    together = ("months", "reason")
    parts[BreakEvenForm.__name__]["dependentRequired"] = {
        name: [other for other in together if other != name] for name in together
    }
    record = parts.pop(Record.__name__)
    record["properties"]["as_of"] = DATE
    record["properties"]["written"] = {"anyOf": [TIME, {"type": "null"}]}
    return {**record, "$defs": parts}


def human_decision_schema() -> Schema:
    """Return the schema of a person's decision on a record."""
    _, parts = msgspec.json.schema_components([HumanDecision])
    for part in parts.values():
        del part["title"], part["description"]
    decision = parts.pop(HumanDecision.__name__)
    decision["properties"]["written"] = TIME
    options: Schema = {name: {"type": "null"} for name in ("decision", "recommended", "chosen")}
    texts: Schema = {name: {"type": "string"} for name in options}
    approval = {"properties": {"kind": {"const": "approval"}, **options}}
    override = {"properties": {"kind": {"const": "override"}, **texts}}
    return {**decision, "oneOf": [approval, override], "$defs": parts}


def batch_run_schema() -> Schema:
    """Return the schema of what a log says of a batch's run."""
    _, parts = msgspec.json.schema_components([BatchRun])
    for part in parts.values():
        del part["title"], part["description"]
    run = parts.pop(BatchRun.__name__)
    run["properties"]["as_of"] = DATE
    run["properties"]["written"] = {"anyOf": [TIME, {"type": "null"}]}
    return {**run, "$defs": parts}

"""The JSON Schema of `tunewise.record/1`, a line of a decision log: made from the model that lines are held to.

It names no fact, decision or rule: a record under any rulebook is held to it.
"""

from __future__ import annotations

import msgspec

from tunewise.jsonschema import DATE, Schema
from tunewise.log.form import BreakEvenForm, Record

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

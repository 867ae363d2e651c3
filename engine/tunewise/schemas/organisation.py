"""The JSON Schema of an organisation's file."""

from __future__ import annotations

from tunewise.jsonschema import DATE, TEXT, Schema, listing, mapping, table
from tunewise.knowledge.rulebook import Rulebook
from tunewise.organisation.policyfile import (
    AddEntry,
    ForbidEntry,
    OffEntry,
    PreferEntry,
    SetEntry,
)
from tunewise.schemas.parts import CONDITION, conclusion_schema, condition_parts, struct
from tunewise.structure import Frozen

SAID: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
ENTRY_NAME: Schema = {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
NAMES: Schema = {"anyOf": [TEXT, listing(TEXT, 1)]}
SET_VALUE: Schema = {
    "anyOf": [
        {"type": ["boolean", "number", "string"]},
        listing({"type": ["number", "string"]}, 1),
        mapping({end: {"type": "number"} for end in ("low", "expected", "high")}, ["low", "high"]),
    ]
}


def organisation_schema(rulebook: Rulebook) -> Schema:
    """Return the schema of an organisation's file over a rulebook."""
    dated = mapping({"from": DATE, "value": SET_VALUE}, ["from", "value"])
    then = conclusion_schema(rulebook.facts, rulebook.decisions)
    decided: Schema = {"enum": list(rulebook.decisions)}
    allowed: Schema = {"anyOf": [NAMES, table(NAMES, minProperties=1)]}
    added = _entry(AddEntry, when=CONDITION, unless=CONDITION, then=then, checked=DATE)
    forbidden = _entry(
        ForbidEntry, when=CONDITION, unless=CONDITION, decision=decided, options=listing(TEXT, 1)
    )
    properties = {
        "title": TEXT,
        "set": table(_entry(SetEntry, value={"anyOf": [SET_VALUE, listing(dated, 1)]})),
        "off": table(_entry(OffEntry)),
        "add": table(added, propertyNames=ENTRY_NAME),
        "forbid": table(forbidden, propertyNames=ENTRY_NAME),
        "prefer": table(_entry(PreferEntry, allowed=allowed)),
    }
    schema = mapping(properties, minProperties=1)
    return {**schema, "$defs": condition_parts(rulebook.facts)}


def _entry(form: type[Frozen], **parts: Schema) -> Schema:
    return struct(form, given=(), owner=SAID, reason=SAID, until=DATE, **parts)

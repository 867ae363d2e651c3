"""JSON Schemas of the small parts: a fact's value, a condition, a conclusion, a mapping that a struct models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import get_args

import msgspec

from tunewise.jsonschema import Schema, listing, mapping
from tunewise.knowledge.conclusions import AdviceKind, Strength
from tunewise.knowledge.rule import Decision
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, MAX_TEXT, UNKNOWN, Fact
from tunewise.loading.parsing import PRESENCE, operators

# A JSON Schema reads YAML 1.2, in which yes and no are words; Tunewise takes them for what they say.
TRUTH: Schema = {"enum": [True, False, "yes", "no"]}
OPEN: Schema = {"enum": [UNKNOWN, "", None]}
# A number as people write it: 95%, 3,000, 12k, $5,000, 2 s. What it comes to is for the reader of cases to judge.
WRITTEN_NUMBER: Schema = {
    "type": "string",
    "pattern": r"^\s*(~|≈|about|approx\.?|ca\.?)?\s*\$?\s*[0-9.][0-9.,'’_ ]*[A-Za-z%$ ]*$",
}
# A share above 2 is meant in percent.
PERCENT: Schema = {"type": "number", "exclusiveMinimum": 2, "maximum": 100}
CONDITION: Schema = {"$ref": "#/$defs/condition"}
OTHER: Schema = {"$ref": "#/$defs/other"}


def one_or_more(item: Schema) -> Schema:
    """Return the schema of one item, or a list of them."""
    return {"anyOf": [item, listing(item, 1)]}


def struct(cls: type[msgspec.Struct], given: Iterable[str] = ("id",), **replaced: Schema) -> Schema:
    """Return the schema of a mapping that a struct models.

    `given` names the fields that come from elsewhere; `replaced` holds schemas of single keys, in place of
    what the field's type says.
    """
    _, parts = msgspec.json.schema_components([cls])
    schema: Schema = dict(parts[cls.__name__])
    for key in ("title", "description"):
        schema.pop(key, None)
    left_out = set(given)
    schema["properties"] = {
        name: replaced.get(name, part)
        for name, part in schema["properties"].items()
        if name not in left_out
    }
    schema["required"] = [name for name in schema.get("required", ()) if name not in left_out]
    if not schema["required"]:
        del schema["required"]
    return schema


def described_schema(schema: Schema, fact: Fact) -> Schema:
    """Return a schema with what an editor shows of a fact."""
    words = " ".join(part for part in (fact.question or fact.label, fact.help) if part)
    return {"description": words, **schema}


def literal(fact: Fact) -> Schema:
    """Return the schema of one known value of a fact, or of one member of a set."""
    if fact.type == "boolean":
        return TRUTH
    if fact.type in ("choice", "set"):
        return {"enum": list(fact.values)}
    if fact.type == "text":
        return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    kind = "integer" if fact.type == "integer" else "number"
    return {"type": kind, "minimum": fact.minimum, "maximum": fact.upper}


def value(fact: Fact) -> Schema:
    """Return the schema of a fact's value in a case: known or not."""
    known = literal(fact)
    written = [WRITTEN_NUMBER] if fact.numeric else []
    if fact.type == "set":
        known, written = listing(known), [_written_set(fact)]
    written += [PERCENT] if fact.type == "share" else []
    return described_schema({"anyOf": [known, *written, OPEN]}, fact)


def _written_set(fact: Fact) -> Schema:
    """Return the schema of a set that is written in one text, such as 'style, format'."""
    one = "|".join(map(re.escape, fact.options))
    return {"type": "string", "pattern": f"^({one})(, ?({one}))*$"}


def facts(vocabulary: Mapping[str, Fact]) -> Schema:
    """Return the schema of the facts that a case states."""
    return mapping({f.id: value(f) for f in vocabulary.values() if f.origin == "given"})


def condition_parts(vocabulary: Mapping[str, Fact]) -> dict[str, Schema]:
    """Return what stands under `$defs` for conditions over all facts: `condition`, and what it refers to."""
    joined = {
        "all": listing(CONDITION, 1),
        "any": listing(CONDITION, 1),
        "not": CONDITION,
    }
    numbers = [fact.id for fact in vocabulary.values() if fact.numeric]
    times = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_NUMBER}
    less = {"anyOf": [{"type": "number"}, {"enum": numbers}]}
    compared = {fact.id: _comparisons(fact) for fact in vocabulary.values()}
    return {
        "condition": mapping({**joined, **compared}, minProperties=1),
        "other": mapping({"fact": {"enum": numbers}, "times": times, "less": less}, ["fact"]),
        **{_named(fact): literal(fact) for fact in vocabulary.values()},
    }


def _named(fact: Fact) -> str:
    return f"value-of-{fact.id}"


def _comparisons(fact: Fact) -> Schema:
    operands = {op: _operand(fact, op) for op in operators(fact)}
    return described_schema(mapping(operands, minProperties=1), fact)


def _operand(fact: Fact, op: str) -> Schema:
    known = {"$ref": f"#/$defs/{_named(fact)}"}
    if op in PRESENCE:
        return {"const": True}
    if op == "one_of":
        return listing(known, 1)
    return {"anyOf": [known, OTHER]} if fact.numeric else known


def conclusion_schema(vocabulary: Mapping[str, Fact], decisions: Mapping[str, Decision]) -> Schema:
    """Return the schema of what a rule concludes: exactly one of the five forms."""
    strength: Schema = {"enum": list(get_args(Strength))}
    options = mapping(
        {d.id: one_or_more({"enum": list(d.options)}) for d in decisions.values()},
        minProperties=1,
        maxProperties=1,
    )
    derived = mapping(
        {f.id: _derivable(f) for f in vocabulary.values() if f.origin == "derived"},
        minProperties=1,
        maxProperties=1,
    )
    weighed = {
        "support": options,
        "oppose": options,
        "advise": {"enum": list(get_args(AdviceKind))},
    }
    return {
        "oneOf": [
            mapping({"derive": derived}, ["derive"]),
            *(mapping({w: s, "strength": strength}, [w, "strength"]) for w, s in weighed.items()),
            mapping({"exclude": options}, ["exclude"]),
        ]
    }


def _derivable(fact: Fact) -> Schema:
    known = literal(fact)
    return described_schema(listing(known) if fact.type == "set" else known, fact)

"""The parts that JSON Schemas are made of: texts, dates, lists, objects with known keys or with any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
DATE: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def mapping(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """Return the schema of a mapping that has these keys and no others."""
    listed = list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": listed} if listed else {}),
        "additionalProperties": False,
        **more,
    }


def table(entry: Schema, **more: Any) -> Schema:
    """Return the schema of a mapping from names to entries."""
    return {"type": "object", "additionalProperties": entry, **more}


def listing(item: Schema, least: int = 0) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item, **({"minItems": least} if least else {})}

"""The JSON Schema of an organisation's policy, as a decision tells of it."""

from __future__ import annotations

from typing import get_args

from tunewise.jsonschema import DATE, TEXT, Schema, listing, mapping
from tunewise.knowledge.organisation import ENTRY_KINDS, EntryState


def policy_schema(digest: Schema) -> Schema:
    """Return the schema of both digests and every entry; `digest` is that of a digest."""
    said = {"kind": {"enum": list(ENTRY_KINDS)}, "name": TEXT, "owner": TEXT, "reason": TEXT}
    counts = {"state": {"enum": list(get_args(EntryState))}, "rules": listing(TEXT)}
    whole = {**said, **counts}
    entry = mapping({**whole, "ticket": TEXT, "until": DATE, "idle": TEXT}, whole)
    parts = {"sha256": digest, "over": digest, "entries": listing(entry)}
    return mapping(parts, parts)

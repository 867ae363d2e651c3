"""Turns a document's plain data into frozen values, and names every mistake instead of the first alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import FieldInfo

from tunewise.errors import Problem, shown, unknown_name
from tunewise.reading import Document, Where, dotted

Built = TypeVar("Built", bound=msgspec.Struct)

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*\Z")
TYPE = re.compile("`([^`]+)`")
TYPE_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
"""The types of JSON, as msgspec names them, in words."""


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all values that come from a knowledge file."""


class Problems:
    """The mistakes found so far in one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []

    def add(self, where: Where, message: str, subject: str = "") -> None:
        """Record a mistake at that part of the document."""
        self.found.append(self.document.problem(where, message, subject))

    def build(
        self, cls: type[Built], data: Any, where: Where, given: Mapping[str, Any] | None = None
    ) -> Built | None:
        """Return the value that the mapping describes, or None where it has any mistake.

        `given` holds fields that are known from elsewhere, such as a name from the mapping's key.
        """
        given = given or {}
        if not isinstance(data, dict):
            self.add(where, f"expected a mapping, found {kind(data)}")
            return None
        before = len(self.found)
        fields = {f.encode_name: f for f in _fields(cls) if f.name not in given}
        self.names(data, where, fields)
        values = self._values(cls, fields, data, where)
        return None if len(self.found) > before else cls(**values, **given)

    def names(
        self, data: Mapping[str, Any], where: Where, allowed: Iterable[str], subject: str = ""
    ) -> None:
        """Record every key that is not allowed, with the nearest that is."""
        allowed = list(allowed)
        for key in data:
            if key not in allowed:
                message = unknown_name("key", key, allowed)
                self.add((*where, key), message, subject or dotted(where))

    def table(self, data: Any, where: Where) -> dict[str, Any]:
        """Return a mapping of entries by name, an empty one where the data is none."""
        if isinstance(data, dict):
            return data
        if data is not None:
            self.add(where, f"expected a mapping of names, found {kind(data)}")
        return {}

    def _values(
        self, cls: type[Built], fields: Mapping[str, Any], data: Mapping[str, Any], where: Where
    ) -> dict[str, Any]:
        hints = _hints(cls)
        values = {}
        for name, spec in fields.items():
            if name in data:
                values[spec.name] = self.value(hints[spec.name], data[name], (*where, name))
            elif spec.required:
                self.add(where, f"the key '{name}' is missing")
        return values

    def value(self, hint: Any, data: Any, where: Where) -> Any:
        """Return data as the hinted type; record a mistake and return None where it is not one."""
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self.build(hint, data, where)
        if get_origin(hint) is Literal and data not in get_args(hint):
            self.add(where, unknown_name("value", data, map(str, get_args(hint))))
            return None
        if get_origin(hint) is dict and isinstance(data, dict):
            inner = get_args(hint)[1]
            return {key: self.value(inner, part, (*where, key)) for key, part in data.items()}
        if get_origin(hint) is tuple and isinstance(data, list):
            inner = get_args(hint)[0]
            return tuple(self.value(inner, part, (*where, i)) for i, part in enumerate(data))
        return self._plain(hint, data, where)

    def _plain(self, hint: Any, data: Any, where: Where) -> Any:
        try:
            return msgspec.convert(data, hint)
        except msgspec.ValidationError as error:
            message = TYPE.sub(_said, str(error).split(" - at `")[0])
            message = message.replace("Expected", "expected")
            self.add(where, message if data is None else f"{message} ({shown(data)})")
            return None


def _said(types: re.Match[str]) -> str:
    return " or ".join(TYPE_WORDS.get(name, name) for name in types.group(1).split(" | "))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


@cache
def _fields(cls: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    return msgspec.structs.fields(cls)


def kind(data: Any) -> str:
    """Return what a piece of plain data is, in words."""
    if isinstance(data, dict):
        return "a mapping"
    if isinstance(data, list):
        return "a list"
    return "nothing" if data is None else shown(data)

"""Conditions and conclusions as SQL of DuckDB, whose NULL is what the rulebook calls unknown.

A comparison with NULL is neither true nor false, and AND, OR pass that on as `All` and `Any` do. Names are always
quoted, numbers that are not whole are written with an exponent: only so does DuckDB read them as floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tunewise.knowledge.conditions import (
    ORDERINGS,
    TOLERANCE,
    All,
    Comparison,
    Condition,
    Other,
    Scalar,
    Value,
)
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.vocabulary import Fact

SIGNS = {
    "at_least": ">=",
    "at_most": "<=",
    "above": ">",
    "below": "<",
    "is": "=",
    "is_not": "<>",
    "one_of": "IN",
    "none_of": "NOT IN",
}
BETWEEN_FACTS = {
    "at_least": f"{{}} >= -{TOLERANCE!r}",
    "at_most": f"{{}} <= {TOLERANCE!r}",
    "above": f"{{}} > {TOLERANCE!r}",
    "below": f"{{}} < -{TOLERANCE!r}",
    "is": f"abs({{}}) <= {TOLERANCE!r}",
    "is_not": f"abs({{}}) > {TOLERANCE!r}",
}
"""How the difference of two facts is looked at: what is nearer than the tolerance is equal."""


def quoted(name: str) -> str:
    """Return the name of a column or table."""
    return '"' + name.replace('"', '""') + '"'


def sql_literal(value: Value) -> str:
    """Return a value as SQL writes it; a set is a list."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(sql_literal, value))}]::VARCHAR[]"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    said = repr(value)
    return said if isinstance(value, int) or "e" in said else f"{said}e0"


def any_of(parts: Iterable[str]) -> str:
    """Return what is true where one of some parts is."""
    return " OR ".join(parts) or "FALSE"


def condition_sql(condition: Condition, facts: Mapping[str, Fact]) -> str:
    """Return a condition as an expression that is TRUE, FALSE or, where unknown facts leave it open, NULL."""
    if isinstance(condition, Comparison):
        return _comparison(condition, facts[condition.fact])
    word, none = (" AND ", "TRUE") if isinstance(condition, All) else (" OR ", "FALSE")
    return f"({word.join(condition_sql(part, facts) for part in condition.parts) or none})"


def _comparison(comparison: Comparison, fact: Fact) -> str:
    name, op, operand = quoted(fact.id), comparison.op, comparison.operand
    if op in ("known", "unknown"):
        return f"{name} IS {'NOT ' if op == 'known' else ''}NULL"
    if isinstance(operand, Other):
        return BETWEEN_FACTS[op].format(f"({name} - {_bound(operand)})")
    if fact.type == "set":
        return f"{'NOT ' if op == 'excludes' else ''}list_contains({name}, {_written(operand)})"
    if op in ORDERINGS and not fact.numeric:
        return _among_ranks(name, op, operand, fact.options)
    return f"{name} {SIGNS[op]} {_written(operand)}"


def _written(operand: Scalar | tuple[Scalar, ...] | None) -> str:
    """Return the right side of a comparison."""
    if isinstance(operand, tuple):
        return f"({', '.join(map(sql_literal, operand))})"
    assert operand is not None  # noqa: S101 - `known` and `unknown` alone have none
    return sql_literal(operand)


def _bound(other: Other) -> str:
    times = "" if other.times == 1 else f" * {sql_literal(float(other.times))}"
    less = quoted(other.less) if isinstance(other.less, str) else sql_literal(float(other.less))
    return f"({quoted(other.fact)}{times} - {less})"


def _among_ranks(name: str, op: str, operand: object, options: Sequence[str]) -> str:
    """Return a comparison on a scale of words as the words that fulfil it."""
    at = options.index(str(operand))
    start = {"at_least": at, "above": at + 1}.get(op, 0)
    stop = {"at_most": at + 1, "below": at}.get(op, len(options))
    fulfilling = ", ".join(map(sql_literal, options[start:stop]))
    return f"{name} IN ({fulfilling})" if fulfilling else f"({name} IS NULL AND NULL)"


def derived_sql(fact: Fact, rules: Sequence[Rule]) -> str:
    """Return what rules derive of a fact, as `joined` has it: sets are united, else the greatest value is kept."""
    fired: dict[Value, list[str]] = {}
    for rule in rules:
        if rule.then.value is not None:
            fired.setdefault(rule.then.value, []).append(quoted(rule.id))
    if fact.type == "set":
        return _united(fact, fired)
    order = fact.options.index if fact.type == "choice" else None
    values = sorted(fired, key=order, reverse=True)
    cases = [f"WHEN {any_of(fired[value])} THEN {sql_literal(value)}" for value in values]
    return f"CASE {' '.join(cases)} END"


def _united(fact: Fact, fired: Mapping[Value, Sequence[str]]) -> str:
    def held(option: str) -> str:
        return any_of(one for value, by in fired.items() if option in value for one in by)  # type: ignore[operator]

    held_by = ", ".join(held(option) for option in fact.options)
    every = any_of(one for by in fired.values() for one in by)
    return f"CASE WHEN {every} THEN list_where({sql_literal(fact.options)}, [{held_by}]) END"

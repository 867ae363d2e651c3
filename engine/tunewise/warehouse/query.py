"""Puts the rulebook together as one query: facts in, decisions, points and the rules that fired out.

The table is called `facts`. Its columns are named as facts are, costs and other computed facts included; a fact
without a column is unknown, and columns that are no facts go through untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tunewise.inference.deciding import BLOCKED
from tunewise.inference.strata import Stratum, strata
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import MAX_TEXT, UNKNOWN, Fact
from tunewise.warehouse.expressions import any_of, condition_sql, derived_sql, quoted, sql_literal

ROW_AS_IT_IS = quoted("the row")
"""The row of the table as it is; no fact has a blank in its name."""
SQL_TYPES = {"boolean": "BOOLEAN", "set": "VARCHAR[]", "choice": "VARCHAR", "text": "VARCHAR"}
NUMBER_TYPE = "DOUBLE"
SQL_BLANKS = "E' \\t\\n\\r'"
QUERY_HEAD = """\
-- The rulebook as a query for DuckDB: version {version}, sha256 {sha256}.
-- It reads a table or view called facts, whose columns are named as facts are; a fact without a column is unknown.
-- A value that a fact cannot take ends the query. What a decision has when every option is ruled out is '{blocked}'.
"""


def duckdb_query(rulebook: Rulebook) -> str:
    """Return the query, with what it is in comments above."""
    stated = [fact for fact in rulebook.facts.values() if fact.origin in ("given", "computed")]
    steps = [f"given AS (\n{_given(stated)}\n)", f"checked AS (\n{_checked(rulebook, stated)}\n)"]
    last = "checked"
    for number, columns in enumerate(filter(None, _layers(rulebook)), 1):
        steps.append(f"step{number} AS (SELECT *,\n{_listed(columns)}\nFROM {last})")
        last = f"step{number}"
    version = " ".join(rulebook.version.split())
    head = QUERY_HEAD.format(version=version, sha256=rulebook.sha256, blocked=BLOCKED)
    every = ",\n".join(steps)
    return f"{head}WITH\n{every}\n{_result(rulebook, stated, last)};\n"


def _listed(columns: Iterable[str]) -> str:
    return ",\n".join(f"  {column}" for column in columns)


def _kind(fact: Fact) -> str:
    return SQL_TYPES.get(fact.type, NUMBER_TYPE)


def _unknown(fact: Fact) -> str:
    return f"CAST(NULL AS {_kind(fact)}) AS {quoted(fact.id)}"


def _given(stated: Sequence[Fact]) -> str:
    """Return the table with a column for every fact, NULL where it has none."""
    columns = map(_unknown, stated)
    table = "UNION ALL BY NAME SELECT * FROM facts"
    return f"SELECT\n{_listed(columns)}\nWHERE FALSE\n{table}"


def _checked(rulebook: Rulebook, stated: Sequence[Fact]) -> str:
    """Return the facts as rules read them, those that no rule derives unknown, and the row that they came from."""
    columns = [f"{_value(fact)} AS {quoted(fact.id)}" for fact in stated]
    targets = {rule.target for rule in rulebook.rules.values()}
    derived = [fact for fact in rulebook.facts.values() if fact.origin == "derived"]
    columns += [_unknown(fact) for fact in derived if fact.id not in targets]
    return f"SELECT given AS {ROW_AS_IT_IS},\n{_listed(columns)}\nFROM given"


def _value(fact: Fact) -> str:
    """Return a fact's value, NULL where it is unknown; one that it cannot take is an error."""
    name = f"given.{quoted(fact.id)}"
    if fact.type == "boolean":
        return f"CAST({name} AS BOOLEAN)"
    found = f"CAST({name} AS {_kind(fact)})"
    if fact.type in ("choice", "text"):
        found = f"nullif(nullif(trim({found}, {SQL_BLANKS}), ''), {sql_literal(UNKNOWN)})"
    message = f"{sql_literal(fact.id + ': not allowed: ')} || {name}::VARCHAR"
    allowed = f"{found} IS NULL OR {_allowed(fact, found)}"
    return f"CASE WHEN {allowed} THEN {found} ELSE error({message}) END"


def _allowed(fact: Fact, value: str) -> str:
    if fact.type == "set":
        return f"list_has_all({sql_literal(fact.options)}, {value})"
    if fact.type == "choice":
        return f"{value} IN ({', '.join(map(sql_literal, fact.options))})"
    if fact.type == "text":
        return f"length({value}) <= {MAX_TEXT}"
    within = f"{value} BETWEEN {sql_literal(fact.minimum)} AND {sql_literal(fact.upper)}"
    return f"{within} AND {value} = floor({value})" if fact.type == "integer" else within


def _layers(rulebook: Rulebook) -> Iterator[list[str]]:
    """Yield the columns of each step: where rules fire, the options' points, what follows."""
    for stratum in strata(rulebook.rules, rulebook.decisions):
        yield [
            f"COALESCE({condition_sql(rule.when, rulebook.facts)}, FALSE) AS {quoted(rule.id)}"
            for rule in stratum.rules
        ]
        decided = [rulebook.decisions[t] for t in stratum.targets if t in rulebook.decisions]
        yield [c for decision in decided for c in _points(decision, stratum)]
        yield [*map(_chosen, decided), *_derived(rulebook, stratum)]


def _column(decision: Decision, option: str) -> str:
    """Return the name of the column with an option's points; no rule has a blank in its id."""
    return quoted(f"{decision.id}: {option}")


def _points(decision: Decision, stratum: Stratum) -> Iterator[str]:
    """Yield the points of each option, NULL where it is vetoed."""
    rules = stratum.concluding[decision.id]
    for option in decision.options:
        vetoes = any_of(quoted(rule.id) for rule in rules if rule.vetoes(option))
        weights = [(rule.id, points) for rule in rules if (points := rule.points_for(option))]
        score = " + ".join(f"{points} * {quoted(id)}::INTEGER" for id, points in weights) or "0"
        yield f"CASE WHEN {vetoes} THEN NULL ELSE {score} END AS {_column(decision, option)}"


def _chosen(decision: Decision) -> str:
    """Return the first option with the most points, NULL where all are vetoed."""
    columns = {option: _column(decision, option) for option in decision.options}
    most = f"greatest({', '.join(columns.values())})"
    cases = " ".join(
        f"WHEN {points} = {most} THEN {sql_literal(o)}" for o, points in columns.items()
    )
    return f"CASE {cases} END AS {quoted(decision.id)}"


def _derived(rulebook: Rulebook, stratum: Stratum) -> Iterator[str]:
    for target in stratum.targets:
        if target not in rulebook.decisions:
            found = derived_sql(rulebook.facts[target], stratum.concluding[target])
            yield f"{found} AS {quoted(target)}"


def _result(rulebook: Rulebook, stated: Sequence[Fact], last: str) -> str:
    """Return what the query gives: columns that are no facts, each decision, points, and the rules that fired."""
    own = f"{ROW_AS_IT_IS}.* EXCLUDE ({', '.join(quoted(fact.id) for fact in stated)})"
    decided = [
        f"COALESCE({quoted(id)}, {sql_literal(BLOCKED)}) AS {quoted(id)}"
        for id in rulebook.decisions
    ]
    points = ", ".join(f"{sql_literal(d.id)}: {_struct(d)}" for d in rulebook.decisions.values())
    columns = [own, *decided, f"{{{points}}} AS points", f"{_fired(rulebook)} AS fired"]
    return f"SELECT\n{_listed(columns)}\nFROM {last}"


def _struct(decision: Decision) -> str:
    inside = (f"{sql_literal(option)}: {_column(decision, option)}" for option in decision.options)
    return f"{{{', '.join(inside)}}}"


def _fired(rulebook: Rulebook) -> str:
    order: list[Rule] = [r for s in strata(rulebook.rules, rulebook.decisions) for r in s.rules]
    ids, where = (", ".join(map(say, (r.id for r in order))) for say in (sql_literal, quoted))
    return f"list_where([{ids}]::VARCHAR[], [{where}]::BOOLEAN[])"

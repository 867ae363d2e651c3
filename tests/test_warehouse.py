"""The rulebook as a query of DuckDB decides as the engine does, whatever the rulebook and the rows."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from smallbook import book, write
from strategies import Cases, assembled, write_rulebook

from tunewise.commands.program import run
from tunewise.inference.single import Inference
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import assemble, load
from tunewise.warehouse.expressions import quoted, sql_literal
from tunewise.warehouse.query import duckdb_query

ROOT = Path(__file__).parents[1]
KINDS = {"boolean": "BOOLEAN", "set": "VARCHAR[]", "choice": "VARCHAR", "text": "VARCHAR"}
SHIPPED_ROWS, RANDOM_BOOKS, RANDOM_ROWS = 3_000, 60, 60
Given = Mapping[str, Value]


def table(rulebook: Rulebook, rows: Sequence[Given]) -> duckdb.DuckDBPyConnection:
    """A database with the rows as its table of facts, numbered."""
    facts = [f for f in rulebook.facts.values() if f.origin in ("given", "computed")]
    kinds = {"number": "INTEGER", **{f.id: KINDS.get(f.type, "DOUBLE") for f in facts}}
    database = duckdb.connect()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([{"number": i, **row} for i, row in enumerate(rows)], file)
        file.flush()
        read = "CREATE TABLE facts AS FROM read_json(?, columns = ?, format = 'array')"
        database.execute(read, [file.name, kinds])
    return database


def queried(rulebook: Rulebook, rows: Sequence[Given]) -> list[dict[str, Any]]:
    """What the query gives for each row, in order."""
    with closing(table(rulebook, rows)) as database:
        return answers(database, rulebook)


def answers(database: duckdb.DuckDBPyConnection, rulebook: Rulebook) -> list[dict[str, Any]]:
    """What the query gives for the table of a database, in the order of the numbers."""
    found = database.execute(duckdb_query(rulebook))
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return sorted(rows, key=lambda row: row["number"])


def reasoned(inference: Inference, number: int, facts: Given) -> dict[str, Any]:
    """The same of one row, as the engine has it."""
    found = inference.infer(facts)
    return {
        "number": number,
        **{id: outcome.chosen for id, outcome in found.outcomes.items()},
        "points": {
            id: {s.option: None if s.vetoed_by else s.score for s in outcome.standings}
            for id, outcome in found.outcomes.items()
        },
        "fired": [firing.rule.id for firing in found.firings],
    }


def same(rulebook: Rulebook, rows: Sequence[Given]) -> None:
    """The query and the engine agree on all that is said of each row."""
    with closing(Inference(rulebook)) as inference:
        for i, found in enumerate(queried(rulebook, rows)):
            assert found == reasoned(inference, i, rows[i]), rows[i]


def test_the_shipped_rulebook_decides_alike_on_random_rows() -> None:
    """Decisions, the points of every option, and the rules that fired, in their order."""
    rulebook, random = load(), Random(16)
    cases = Cases(rulebook)
    same(rulebook, [cases.draw(random) for _ in range(SHIPPED_ROWS)])


def test_random_rulebooks_decide_alike_on_random_rows() -> None:
    """Values on thresholds and one ulp beside them, quotes in texts, sets, priors, exceptions, vetoes, ties."""
    random, compared = Random(61), 0
    while compared < RANDOM_BOOKS:
        rulebook = assembled(write_rulebook(random))
        if rulebook is not None:
            cases = Cases(rulebook)
            same(rulebook, [cases.draw(random) for _ in range(RANDOM_ROWS)])
            compared += 1


def test_a_fact_without_a_column_is_unknown_and_other_columns_go_through() -> None:
    """A table need not have all facts; whatever else it has comes first in the result."""
    rulebook = book()
    with closing(duckdb.connect()) as database:
        database.execute('CREATE TABLE facts AS SELECT 7 AS number, \'it\'\'s\' AS "a ""name"""')
        (found,) = answers(database, rulebook)
    with closing(Inference(rulebook)) as inference:
        assert found == {"number": 7, 'a "name"': "it's"} | reasoned(inference, 7, {})
    assert list(found)[:2] == ["number", 'a "name"']


def typed(rulebook: Rulebook, fact: Fact, value: str) -> list[dict[str, Any]]:
    """What the query gives where a fact's column holds one SQL expression."""
    with closing(duckdb.connect()) as database:
        database.execute(f"CREATE TABLE facts AS SELECT 0 AS number, {value} AS {quoted(fact.id)}")
        return answers(database, rulebook)


@pytest.mark.parametrize(
    ("fact", "value", "means"),
    [
        ("requests_per_month", "50000::INTEGER", 50_000),
        ("requests_per_month", "'50000'", 50_000),
        ("requests_per_month", "50000.0::DECIMAL(18,3)", 50_000),
        ("requests_per_month", "NULL", None),
        ("stage", "'pilot'::ENUM('pilot', 'x')", "pilot"),
        ("stage", "' pilot '", "pilot"),
        ("stage", "''", None),
        ("stage", "'unknown'", None),
        ("gap_kinds", "string_split('style;cost', ';')", ("style", "cost")),
        ("gap_kinds", "[]", ()),
        ("base_model", "' openai/gpt-4.1\t'", "openai/gpt-4.1"),
        ("citations_required", "'true'", True),
    ],
)
def test_columns_of_other_types_are_read_as_what_they_mean(
    fact: str, value: str, means: Any
) -> None:
    """Whole numbers, decimals, enumerations and blanks are what tables have; empty and `unknown` are unknown."""
    rulebook = load()
    facts = {} if means is None else {fact: means}
    with closing(Inference(rulebook)) as inference:
        assert typed(rulebook, rulebook.facts[fact], value) == [reasoned(inference, 0, facts)]


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [
        ("stage", "'Pilot phase'", "stage: not allowed: Pilot phase"),
        ("accuracy_target", "95", "accuracy_target: not allowed: 95"),
        ("requests_per_month", "-1", "requests_per_month: not allowed: -1"),
        ("requests_per_month", "'nan'::DOUBLE", "requests_per_month: not allowed: nan"),
        ("training_examples", "1.5", "training_examples: not allowed: 1.5"),
        ("gap_kinds", "['style', 'speed']", "gap_kinds: not allowed: [style, speed]"),
        ("base_model", "repeat('x', 201)", "base_model: not allowed: xxx"),
        ("requests_per_month", "'many'", "Could not convert string 'many' to DOUBLE"),
    ],
)
def test_a_value_that_a_fact_cannot_take_ends_the_query(fact: str, value: str, says: str) -> None:
    """It is never read as unknown, nor as something that differs from all that rules name."""
    rulebook = load()
    with pytest.raises(duckdb.Error) as refused:
        typed(rulebook, rulebook.facts[fact], value)
    assert says in str(refused.value)


def test_a_fact_that_no_rule_derives_is_unknown() -> None:
    """A rulebook on its way may read what nothing derives yet."""
    texts = write_rulebook(Random(3))
    texts = {name: text for name, text in texts.items() if "rules:" not in text.splitlines()[:1]}
    facts = """
groups: {all: {title: All}}
facts:
  f: {type: boolean, label: f, group: all, question: "?"}
  d: {type: boolean, label: d, origin: derived}
"""
    rules = """
rules:
  r:
    when: {d: {unknown: true}}
    then: {support: {c: a}, strength: weak}
    because: so
    sources: [A1]
    checked: 2026-11-22
"""
    decisions = 'decisions: {c: {label: c, question: "?", options: {a: {label: a}, b: {label: b}}}}'
    named = {"facts.yaml": facts, "m.yaml": rules, "decisions.yaml": decisions}
    rulebook = assemble({**texts, **named}, "random")
    same(rulebook, [{}, {"f": True}])


def test_names_and_texts_cannot_end_the_place_that_they_stand_in() -> None:
    """Quotes are doubled, in names and in texts."""
    with closing(duckdb.connect()) as database:
        for text in ("it's", '"', "'; DROP TABLE facts; --", "née 🙂 \\' {x}", "--", "/*"):
            found = database.execute(f"SELECT {sql_literal(text)} AS {quoted(text)}")
            assert found.description[0][0] == text
            assert found.fetchone() == (text,)


def test_numbers_are_written_so_that_they_are_read_to_the_bit() -> None:
    """Without an exponent DuckDB takes them for decimals."""
    numbers = [0.1 + 0.2, 5e-324, 1e-300, 1234.5678, 1e11 + 0.1, -0.5, 1e12, 0.95]
    with closing(duckdb.connect()) as database:
        for number in numbers:
            (found,) = database.execute(
                f"SELECT typeof({sql_literal(number)}), {sql_literal(number)}"
            ).fetchall()
            assert found == ("DOUBLE", number)


def test_the_command_writes_the_query(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the terminal or into a file, of the shipped rulebook or another, the same bytes each time."""
    rules = str(write(tmp_path / "rules"))
    assert run(["rules", "export", "--sql", "duckdb", "--rules", rules]) == 0
    said = capsys.readouterr().out
    assert said == duckdb_query(book())
    file = tmp_path / "rulebook.sql"
    assert run(["rules", "export", "--sql", "duckdb", "--rules", rules, "-o", str(file)]) == 0
    assert file.read_text("utf-8") == said
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name the database that the query is for: --sql duckdb"),
        (["--sql", "duckdbb"], "'duckdbb' is not 'duckdb'"),
        (["--sql", "duckdb", "-o", "nowhere/x.sql"], "nowhere/x.sql: cannot be written: "),
        (["--sql", "duckdb", "--rules", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and nothing on standard output."""
    assert run(["rules", "export", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


def test_the_title_of_a_rulebook_cannot_end_the_comment(tmp_path: Path) -> None:
    """What stands above the query is a comment, whatever the rulebook calls its version."""
    folder = write(tmp_path / "rules")
    top = folder / "rulebook.yaml"
    top.write_text(
        top.read_text("utf-8").replace('version: "1"', 'version: "1\\nDROP TABLE facts"')
    )
    head = duckdb_query(load(folder)).split("WITH\n")[0]
    assert all(line.startswith("--") for line in head.splitlines())


def test_a_batch_with_costs_is_decided_alike(tmp_path: Path) -> None:
    """The records of the shipped inventory, costs and other computed facts as columns, come to the same verdicts."""
    out, query = tmp_path / "out", tmp_path / "rulebook.sql"
    run(["batch", str(ROOT / "examples" / "inventory.csv"), "-o", str(out), "--quiet"])
    query.write_text(duckdb_query(load()), encoding="utf-8")
    lines = (out / "decisions.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines[:-1]]
    rows = [
        {
            id: tuple(known["value"]) if isinstance(known["value"], list) else known["value"]
            for id, known in record["facts"].items()
            if known["origin"] in ("given", "computed")
        }
        for record in records
    ]
    for record, found in zip(records, queried(load(), rows), strict=True):
        assert record["recommendation"].items() <= found.items()
        assert [firing["rule"] for firing in record["firings"]] == found["fired"]
    program = [sys.executable, ROOT / "examples" / "in_duckdb.py", query, out / "decisions.jsonl"]
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].split()[:3] == ["Ticket", "triage", records[0]["recommendation"]["approach"]]


def test_the_view_of_the_guide_is_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table as the guide makes it of a register, and the query behind it."""
    text = (ROOT / "docs" / "duckdb.md").read_text("utf-8")
    view = text.split("```sql\n")[1].split("```")[0]
    register = "1 AS id, 'A' AS name, 'Pilot' AS phase, 100 AS requests_per_day, 'style' AS gaps, 90 AS accuracy"
    monkeypatch.chdir(tmp_path)
    with closing(duckdb.connect()) as database:
        database.execute(f"COPY (SELECT {register}) TO 'register.parquet'")
        database.execute(view)
        query = duckdb_query(load()).rstrip(";\n")
        found = database.execute(f"SELECT id, name, fired FROM ({query})")
        (row,) = found.fetchall()
    facts = {"stage": "pilot", "requests_per_month": 3000, "gap_kinds": ("style",)}
    with closing(Inference(load())) as inference:
        wanted = reasoned(inference, 1, facts | {"prompt_accuracy": 0.9})
    assert row == (1, "A", wanted["fired"])

"""The rulebook inside a database: decides on a table of DuckDB by the query that `tunewise rules export` writes.

Give it that query, and the records of a batch (or any other decision log), which serve as the table.
"""

import json
import sys
import tempfile
from pathlib import Path

import duckdb

query, log = (Path(path).read_text("utf-8") for path in sys.argv[1:])
stated = ("given", "computed")
rows = []
for record in map(json.loads, log.splitlines()):
    if "facts" not in record:
        continue  # what became of the run, or a person's decision
    facts = {id: f["value"] for id, f in record["facts"].items() if f["origin"] in stated}
    rows.append({"name": record["case"]["name"], **facts})

database = duckdb.connect()
with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
    json.dump(rows, file)
    file.flush()
    database.execute("CREATE TABLE facts AS FROM read_json(?)", [file.name])
database.execute(f"CREATE TABLE decided AS {query}")

first = "SELECT name, approach, points.approach FROM decided LIMIT 5"
for name, approach, points in database.sql(first).fetchall():
    print(f"{name:23}{approach:13}{points}")

counted = """
    SELECT rule, count(*) AS cases FROM (SELECT unnest(fired) AS rule FROM decided)
    WHERE rule LIKE 'need.%' GROUP BY ALL ORDER BY cases DESC, rule LIMIT 3
"""
print("\nWhat was needed, most often")
for rule, cases in database.sql(counted).fetchall():
    print(f"{cases:3} {rule}")

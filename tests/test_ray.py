"""Batches on Ray: the same rows as on one machine, counts that add up, and one line for each mistake."""

import csv
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random

import polars as pl
import pytest

import tunewise
from tunewise.cli import run
from tunewise.loading.assembly import load

pa = pytest.importorskip("pyarrow")
if find_spec("ray") is None:
    pytest.skip("Ray is not installed", allow_module_level=True)


DAY = "2026-11-22"
BOOK = load()
EXAMPLE = Path(__file__).parents[1] / "examples" / "inventory.csv"
ROWS = 240
CHUNK = "70"
QUIET = ("--as-of", DAY, "--output-format", "csv", "--quiet")

# All that needs a Ray, on one of two workers: another process would have to wait for its start each time.
PROGRAM = """
import json, subprocess, sys
from functools import partial
from pathlib import Path

import polars as pl

import tunewise
from tunewise.cluster.onray import Stage, session
from tunewise.errors import EngineError

folder, day, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]

def decided(table):
    return tunewise.evaluate_table(table, as_of=day).to_arrow()

def mistaken(table):
    raise tunewise.UserError("here is a mistake")

def failing(table):
    return 1 / 0

def said(ray, function):
    try:
        list(ray.over([{"file": 0}], [Stage(function, 1)]))
    except (tunewise.UserError, EngineError) as error:
        return [type(error).__name__, str(error)]

with session(None, 2) as ray:
    context = ray.ray.get_runtime_context()
    found = {"place": context.get_temp_dir(), "cores": ray.cores}
    found["mistaken"], found["failing"] = said(ray, mistaken), said(ray, failing)
    command += ["--address", context.gcs_address]
    ran = subprocess.run([sys.executable, "-m", "tunewise", *command], capture_output=True, text=True)
    found["run"] = [ran.returncode, ran.stdout, ran.stderr]
    data = ray.ray.data.from_arrow(pl.read_parquet(folder / "table.parquet").to_arrow())
    data = data.repartition(2).map_batches(decided, batch_format="pyarrow", batch_size=None)
    pl.DataFrame(data.to_pandas()).write_parquet(folder / "mapped.parquet")
(folder / "found.json").write_text(json.dumps(found))
"""


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    program = [sys.executable, "-m", "tunewise", *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)


def cells(*paths: Path) -> list[list[str]]:
    """The rows of files that have one header, which comes first."""
    found: list[list[str]] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert not found or found[0] == header
        found += rows if found else [header, *rows]
    return found


def shuffled() -> list[list[str]]:
    """The example's header and rows, and as many more as are wanted, of cells that never stood together."""
    header, *rows = cells(EXAMPLE)
    whole = [row for row in rows if len(row) == len(header)]
    random = Random(5)
    return [
        header,
        *rows,
        *([random.choice(whole)[i] for i in range(len(header))] for _ in range(ROWS)),
    ]


def typed(rows: list[list[str]]) -> dict[str, list[object]]:
    """The columns of some rows in types: whole numbers, truths and lists, where they can be read as those."""
    header, *rows = rows
    columns: dict[str, list[object]] = {
        name: [row[i] or None for row in rows if len(row) == len(header)]
        for i, name in enumerate(header)
    }
    truths = {"yes": True, "no": False}
    columns["low latency"] = [truths.get(str(cell)) for cell in columns["low latency"]]
    columns["gaps"] = [str(cell).split(";") if cell else None for cell in columns["gaps"]]
    columns["tokens in"] = [int(str(c)) if str(c).isdigit() else -1 for c in columns["tokens in"]]
    return columns


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an inventory in two files, of texts and of types, and a table to map."""
    place = tmp_path_factory.mktemp("ray")
    (place / "inventory").mkdir()
    rows = shuffled()
    with (place / "inventory" / "one.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    pl.DataFrame(typed(rows)).write_parquet(place / "inventory" / "two.parquet")
    (place / "inventory" / "_SUCCESS").touch()
    pl.DataFrame(typed(rows)).drop("name").head(80).write_parquet(place / "table.parquet")
    return place


@pytest.fixture(scope="module")
def found(place: Path) -> dict[str, object]:
    """What came of all that was done on a Ray of two workers."""
    batch = [
        "batch",
        place / "inventory",
        "-o",
        place / "out",
        "--on",
        "ray",
        "--chunk-rows",
        CHUNK,
    ]
    program = [sys.executable, "-c", PROGRAM, place, DAY, *batch, *QUIET]
    ran = subprocess.run(
        list(map(str, program)), capture_output=True, text=True, timeout=300, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    return json.loads((place / "found.json").read_text("utf-8"))


def test_ray_has_the_workers_that_it_is_given_and_says_nothing(found):
    """The command ends as one with rejected rows does, without a word of Ray's."""
    assert found["cores"] == 2
    assert found["run"] == [1, "", ""]


def test_results_and_rejects_are_those_of_this_machine(found, place):
    """Each file's rows have the same columns, values and order as a run without Ray gives them."""
    for name in ("one.csv", "two.parquet"):
        local = place / f"local {name}"
        given = [str(place / "inventory" / name), "-o", str(local), "--workers", "1"]
        assert run(["batch", *given, *QUIET]) == 1
        for kind in ("results", "rejects"):
            header, *rows = cells(*sorted((place / "out" / kind).iterdir()))
            ours = [row[:-1] for row in rows if row[-1] == name]
            assert [header[:-1], *ours] == cells(local / f"{kind}.csv")
            assert header[-1] == "file"
            assert ours


def test_counts_add_up(found, place):
    """run.json counts every row once, by file, by choice, and by reason."""
    summary = json.loads((place / "out" / "run.json").read_text("utf-8"))
    header, *rows = cells(*sorted((place / "out" / "results").iterdir()))
    _, *rejects = cells(*sorted((place / "out" / "rejects").iterdir()))
    wrong = {(row[0], row[-1]) for row in rejects}
    counts = {"accepted": len(rows), "rejected": len(wrong)}
    assert summary["result"]["counts"] == counts
    files = {file["name"]: file["counts"] for file in summary["files"]}
    assert sum(files["one.csv"].values()) == ROWS + 60
    assert [sum(file[kind] for file in files.values()) for kind in counts] == list(counts.values())
    assert list(summary["chosen"]) == list(BOOK.decisions)
    for decision, options in summary["chosen"].items():
        column = [row[header.index(decision)] for row in rows]
        assert options == {option: column.count(option) for option in sorted(set(column))}
    assert sum(
        int(text.split(" times")[0].split(": ")[-1].replace(",", "")) if " times" in text else 1
        for text in summary["result"]["reasons"]
    ) == len(rejects)
    spent = summary["horizon_usd"]["prompting"]
    assert 0 < spent["low"] < spent["expected"] < spent["high"]


def test_a_table_is_evaluated_by_a_function_that_ray_can_map(found, place):
    """tunewise.evaluate_table goes to other processes, and gives there what it gives here."""
    table = pl.read_parquet(place / "table.parquet")
    here = tunewise.evaluate_table(table, as_of=DAY)
    there = pl.read_parquet(place / "mapped.parquet")
    columns = [name for name in here.columns if name not in table.columns]
    assert 0 < here["rejected"].null_count() < here.height
    assert there.select(columns).rows() == here.select(columns).rows()


def test_what_goes_wrong_in_a_worker_is_one_line(found):
    """A user's mistake stays one; anything else is named as a failure of a worker."""
    assert found["mistaken"] == ["UserError", "here is a mistake"]
    kind, said = found["failing"]
    assert kind == "EngineError"
    assert "ZeroDivisionError: division by zero" in said
    assert "\n" not in said


def test_ray_leaves_nothing_behind(found):
    """Its folder is gone, and no process of it is alive."""
    assert not Path(found["place"]).exists()
    if Path("/proc").is_dir():
        lines = [
            path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)
        ]
        assert not [line for line in lines if found["place"].encode() in line]


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True

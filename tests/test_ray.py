"""Batches on Ray: the same rows as on one machine, counts that add up, and one line for each mistake."""

import csv
import json
import pickle
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random

import msgspec
import polars as pl
import pytest

import tunewise
from tunewise.commands.program import run
from tunewise.inventories.mapping import AS_IT_STANDS
from tunewise.loading.assembly import load

pa = pytest.importorskip("pyarrow")
if find_spec("ray") is None:
    pytest.skip("Ray is not installed", allow_module_level=True)

from tunewise.cluster import arrowchunks, inventories, onray, stages  # noqa: E402
from tunewise.cluster.deciding import Work, decide_rows  # noqa: E402
from tunewise.cluster.inventories import Look, Opening  # noqa: E402
from tunewise.errors import UserError  # noqa: E402

DAY = "2026-11-22"
BOOK = load()
EXAMPLE = Path(__file__).parents[1] / "examples" / "inventory.csv"
OPENING = Opening(None, BOOK.facts, AS_IT_STANDS)
KEEPING = replace(OPENING, mapping=AS_IT_STANDS.over(other_columns="extra"))
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
    raise tunewise.UserError("here is a mistake, \\x1b[31mred")

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
    ray.ray.data.DataContext.get_current().execution_options.preserve_order = True  # else as they end
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
    told = summary["result"]["counts"]
    assert {kind: told[kind] for kind in counts} == counts
    assert 0 <= told["too_early"] <= told["accepted"]
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
    assert found["mistaken"] == ["UserError", r"here is a mistake, \x1b[31mred"]
    said = "a worker of the cluster failed: ZeroDivisionError: division by zero"
    assert found["failing"] == ["EngineError", said]


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


@pytest.fixture
def work(place: Path) -> Work:
    """What is done with the rows of the inventory."""
    header = OPENING.open(str(place / "inventory" / "one.csv")).header
    return Work(BOOK, date.fromisoformat(DAY), {"horizon_months": "7"}, (None, None), header)


@pytest.mark.parametrize("name", ["one.csv", "two.parquet"])
def test_rows_come_back_from_arrow_as_they_were(place, name):
    """Texts, numbers, truths, lists, gaps and flaws are the same behind a journey as a table."""
    inventory = OPENING.open(str(place / "inventory" / name))
    for chunk in inventory.chunks(100):
        table = arrowchunks.unpacked(arrowchunks.packed(arrowchunks.as_arrow(chunk, name)))
        back = arrowchunks.as_chunk(table, inventory.header)
        assert (back.rows == chunk.rows).all()
        assert back.flaws == chunk.flaws
        for ours, theirs in zip(back.columns, chunk.columns, strict=True):
            assert ours.cells == theirs.cells
            assert list(map(type, ours.cells)) == list(map(type, theirs.cells))
            assert (ours.codes == theirs.codes).all()


def test_whole_numbers_of_any_size_survive_the_journey(tmp_path):
    """Such as the unsigned digests that other systems number their rows with."""
    path = tmp_path / "hashed.parquet"
    numbers = pl.Series([2**63, 1, None], dtype=pl.UInt64)
    pl.DataFrame({"name": ["a", "b", "c"], "id": numbers}).write_parquet(path)
    inventory = KEEPING.open(str(path))
    (chunk,) = inventory.chunks(10)
    table = arrowchunks.unpacked(arrowchunks.packed(arrowchunks.as_arrow(chunk, path.name)))
    back = arrowchunks.as_chunk(table, inventory.header)
    assert back.columns[1].texts() == chunk.columns[1].texts() == [str(2**63), "1", ""]


def test_deciding_is_a_pure_function_that_can_be_sent(place, work):
    """It and its work go through pickle, and the same rows give the same tables, whatever came before."""
    first, second = _tables(place, 150)
    here = decide_rows(work.packed(), first)
    sent = pickle.loads(pickle.dumps(partial(decide_rows, work.packed())))
    sent(second)
    there = sent(first)
    assert there.results.equals(here.results)
    assert there.rejects.equals(here.rejects)
    assert here.results.num_rows + len({reject.row for reject in here.rejected}) == 150
    assert here.results.column_names == list(work.types)


def test_an_own_column_never_takes_the_place_of_ours(tmp_path, work):
    """A column that is called as one of the results is marked as given."""
    path = tmp_path / "own.csv"
    path.write_text("name,file,approach\nTickets,mine.txt,hope\n", encoding="utf-8")
    inventory = KEEPING.open(str(path))
    work = replace(work, header=inventory.header)
    table = arrowchunks.as_arrow(next(inventory.chunks(5)), "own.csv")
    (row,) = decide_rows(work.packed(), table).results.to_pylist()
    assert (row["file (given)"], row["file"]) == ("mine.txt", "own.csv")
    assert row["approach (given)"] == "hope"
    assert row["approach"] in BOOK.decisions["approach"].options


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_parts_are_written_in_each_form(place, work, tmp_path, form):
    """Results and rejects are parts of one name, with a row for each accepted row and each problem."""
    for folder in ("results", "rejects", "drafts"):
        (tmp_path / folder).mkdir()
    deciding = stages.Deciding(
        work=work.packed(),
        decisions=tuple(BOOK.decisions),
        types=work.types,
        place=tmp_path,
        drafts=tmp_path / "drafts",
        form=form,
    )
    chunk = {"file": 3, "first": 1, "rows": arrowchunks.packed(_tables(place, 20)[0])}
    (raw,) = stages.stage_results([deciding(pa.Table.from_pylist([chunk]))])
    name = f"part-00003-000000000001.{form}"
    parts = [tmp_path / "rejects" / name, tmp_path / "results" / name]
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == parts
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[form]
    rejects, results = map(read, parts)
    assert sorted(results.columns) == sorted(work.types)
    assert sorted(rejects.columns) == ["allowed", "column", "file", "reason", "row", "value"]
    counts = {
        n: count for n, count in json.loads(raw)["counts"].items() if count or n == "too_early"
    }
    early = counts.pop("too_early")
    assert counts == {"accepted": results.height, "rejected": rejects["row"].n_unique()}
    assert early == (results["certainty"] == "too_early").sum()
    assert sum(counts.values()) == 20


def test_files_are_looked_at_before_any_row_is_read(place, work, tmp_path):
    """Another header, a broken file and one that is gone are told apart, one line each."""
    other = tmp_path / "other.csv"
    other.write_text("name,stage,region\nx,pilot,\n", encoding="utf-8")
    torn = tmp_path / "torn.parquet"
    torn.write_bytes((place / "inventory" / "two.parquet").read_bytes()[:500])
    paths = [place / "inventory" / "one.csv", other, torn, tmp_path / "gone.csv"]
    files = pa.Table.from_pylist(stages.items([str(path) for path in paths], ["a", "b", "c", "d"]))
    looking = stages.Looking(KEEPING, work.header)
    good, *bad = (
        msgspec.json.decode(raw, type=Look) for raw in stages.stage_results([looking(files)])
    )
    assert good.problems == ()
    assert good.digest.size == paths[0].stat().st_size
    assert [look.problems for look in bad] == [
        (f"{other}: has other columns than the first file: 'region' is new",),
        (f"{torn}: is not a whole parquet file; was it cut off on its way?",),
        (f"{paths[3]}: is not there on a machine of the cluster; all must see it under this path",),
    ]


def test_an_inventory_is_a_file_a_folder_or_a_pattern(place, tmp_path):
    """What hides is no part of it, and the order is that of the names."""
    folder = place / "inventory"
    both = (str(folder / "one.csv"), str(folder / "two.parquet"))
    assert inventories.find_inventory_files(str(folder), None) == both
    assert inventories.find_inventory_files(str(folder / "t*.parquet"), None) == both[1:]
    assert inventories.find_inventory_files(str(folder / "one.csv"), None) == both[:1]
    (tmp_path / "book.xlsx").touch()
    for wrong, said in [
        ("-", "--on ray reads files, not standard input"),
        (str(tmp_path / "*.csv"), "holds no files; expected some in csv, tsv, parquet"),
        (str(tmp_path), "book.xlsx: is xlsx; --on ray reads csv, tsv, parquet"),
        (str(tmp_path / "none.csv"), "none.csv: cannot be read: No such file or directory"),
    ]:
        with pytest.raises(UserError) as error:
            inventories.find_inventory_files(wrong, None)
        assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--on", "ray", "--log", "l", "--resume"), "--on ray does not go with --log, --resume"),
        (("--on", "ray", "--strict", "--privacy", "p"), "not go with --strict, --privacy"),
        (("--on", "ray", "--output-format", "xlsx"), "not go with --output-format xlsx"),
        (("--address", "auto"), "--address goes with --on ray"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, capsys, given, said):
    """One line names those that a run on Ray does not do, and nothing is written."""
    out = tmp_path / "out"
    assert run(["batch", str(EXAMPLE), "-o", str(out), *given]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("missing", ["ray", "pyarrow"])
def test_without_ray_the_extra_is_named(tmp_path, capsys, monkeypatch, missing):
    """One line says what to install."""
    monkeypatch.setitem(sys.modules, missing, None)
    assert run(["batch", str(EXAMPLE), "-o", str(tmp_path / "out"), "--on", "ray"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("tunewise: --on ray needs the extra: pip install 'tunewise[ray]'")
    assert told.count("\n") == 1


def test_an_address_where_nothing_answers_is_one_line(tmp_path):
    """Nothing waits for a minute, and nothing is left behind."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        given = ["-o", tmp_path / "out", "--on", "ray", "--address", address]
        ran = command("batch", EXAMPLE, *given)
    said = f"tunewise: --address '{address}': no Ray answers there: Connection refused\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nonsense", "ray://head:10001", "head:", ":6379"])
def test_an_address_is_a_host_and_a_port(address):
    """Anything else is refused before it is looked up."""
    with pytest.raises(UserError, match="expected HOST:PORT or auto"):
        onray._check_answers(address)


def test_what_answers_but_is_no_ray_is_one_line(monkeypatch):
    """It is asked for its health, and not for longer than there is patience."""
    monkeypatch.setattr(onray, "CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match="what answers there is no Ray"):
            onray._check_answers(f"127.0.0.1:{port}")


def _tables(place: Path, rows: int) -> list[pa.Table]:
    """The rows of the first file as tables of so many."""
    inventory = OPENING.open(str(place / "inventory" / "one.csv"))
    return [arrowchunks.as_arrow(chunk, "one.csv") for chunk in inventory.chunks(rows)]

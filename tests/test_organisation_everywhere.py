"""One policy in every command: while it counts each shows it, and once every entry has ended none does; logs replay."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from smallbook import write
from smalllog import forged
from test_ask import ENTER, FINISH, asking, ended

from tunewise import evaluate, evaluate_table
from tunewise.commands.program import run

EXAMPLES = Path(__file__).parents[1] / "examples"
INSURER = EXAMPLES / "organisation" / "insurer.yaml"
CASE = str(EXAMPLES / "legal_clauses.yaml")
COUNTS, OVER = "2026-06-30", "2026-07-01"
"""The last day of every entry, and the day after it."""
ENDING = "owner: me, reason: So it is decided., ticket: T-1, until: 2026-06-30"
POLICY = f"""\
set:
  load.low_load.requests_per_month: {{value: 20, {ENDING}}}
  team.deadline_tight.strength: {{value: strong, {ENDING}}}
  work.review: {{value: 77, {ENDING}}}
off:
  team.no_ml_expertise: {{{ENDING}}}
add:
  own:
    {{when: {{stage: {{known: true}}}}, then: {{advise: risk, strength: strong}}, checked: 2026-06-01, {ENDING}}}
forbid:
  cloud: {{when: {{stage: {{known: true}}}}, decision: hosting, options: [public_api], {ENDING}}}
prefer:
  oversight: {{allowed: [human_review], {ENDING}}}
  models: {{allowed: {{frontier: [openai/gpt-6-sol], large: [openai/gpt-4o]}}, {ENDING}}}
"""
SMALL_POLICY = f"""\
set: {{data.enough.examples: {{value: 20, {ENDING}}}}}
forbid: {{cloud: {{when: {{may_train: {{is: false}}}}, decision: hosting, options: [public_api], {ENDING}}}}}
"""
DIGEST = re.compile(r"[0-9a-f]{12,64}")


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """A policy with every kind of entry, each of which ends on one day."""
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    return str(path)


def shown(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What a command prints, without digests: a policy has one while none of it counts."""
    assert run(list(command)) in (0, 1)
    return DIGEST.sub("…", capsys.readouterr().out)


def without_rulebook(text: str) -> Any:
    """The JSON that a command prints, without what it says of the rulebook."""

    def stripped(data: Any) -> Any:
        if isinstance(data, list):
            return [stripped(one) for one in data]
        if isinstance(data, dict):
            return {key: stripped(one) for key, one in data.items() if key != "rulebook"}
        return data

    return stripped(json.loads(text))


PRINTING = [
    ("decide", CASE, "--format", "json"),
    ("decide", CASE, "--full"),
    ("decide", CASE, "--brief"),
    ("decide", CASE, "--set", "stage=production"),
    ("compare", CASE, str(EXAMPLES / "copy_writer.yaml"), "--format", "json"),
    ("prices", "--format", "json"),
    ("facts", "--assumptions", "work.review"),
    ("rules", "list"),
    ("rules", "show", "load"),
    ("rules", "export", "--sql", "duckdb"),
    ("rules", "sources", "--by", "rule", "--format", "json"),
]


@pytest.mark.parametrize(
    "command", PRINTING, ids=lambda command: " ".join(command[:2] + command[-1:])
)
def test_what_a_command_prints_heeds_the_policy_until_its_end(command, policy, capsys):
    alone = {day: shown(capsys, *command, "--as-of", day) for day in (COUNTS, OVER)}
    under = {
        day: shown(capsys, *command, "--as-of", day, "--organisation", policy)
        for day in (COUNTS, OVER)
    }
    assert under[COUNTS] != alone[COUNTS]
    if command[-1] == "json" and command[0] in ("decide", "compare"):
        assert without_rulebook(under[OVER]) == without_rulebook(alone[OVER])
    else:
        assert under[OVER] == alone[OVER]


def test_the_environment_names_a_policy(policy, capsys, monkeypatch):
    named = shown(capsys, "rules", "list", "--as-of", COUNTS, "--organisation", policy)
    monkeypatch.setenv("TUNEWISE_ORGANISATION", policy)
    assert shown(capsys, "rules", "list", "--as-of", COUNTS) == named
    monkeypatch.setenv("TUNEWISE_ORGANISATION", "")
    assert shown(capsys, "rules", "list", "--as-of", COUNTS) != named


def results(place: Path) -> list[dict[str, str]]:
    """The results of a batch; Ray tells file and row in columns of its own."""
    (found,) = [*place.glob("results.csv"), *place.glob("results/*.csv")]
    with found.open(encoding="utf-8", newline="") as file:
        return [
            {k: v for k, v in row.items() if k not in ("file", "row")}
            for row in csv.DictReader(file)
        ]


def inventory(folder: Path) -> Path:
    """A few rows in which every entry matters."""
    path = folder / "inventory.csv"
    path.write_text(
        "name,stage,requests_per_month,data_sensitivity,task_type\n"
        "A,pilot,15,public,extraction\nB,production,5000,internal,translation\n",
        encoding="utf-8",
    )
    return path


def batches(
    folder: Path, policy: str, *options: str
) -> dict[tuple[str, bool], list[dict[str, str]]]:
    """The results of a batch by day, and whether it ran under the policy."""
    rows, found = inventory(folder), {}
    for day in (COUNTS, OVER):
        for under in (False, True):
            out = folder / f"{day}-{under}"
            said = ["--organisation", policy] if under else []
            command = [
                "batch",
                str(rows),
                "-o",
                str(out),
                "--as-of",
                day,
                "--quiet",
                *options,
                *said,
            ]
            assert run(command) == 0
            found[day, under] = results(out)
    return found


def test_a_batch_heeds_the_policy_until_its_end(policy, tmp_path, capsys):
    found = batches(tmp_path, policy, "--workers", "1")
    assert found[COUNTS, True] != found[COUNTS, False]
    assert found[OVER, True] == found[OVER, False]
    for under in (False, True):
        log = str(tmp_path / f"{COUNTS}-{under}" / "decisions.jsonl")
        assert run(["audit", "replay", log]) == 0
        assert run(["audit", "verify", log]) == 0
    again = [
        "batch",
        str(tmp_path / "inventory.csv"),
        "-o",
        str(tmp_path / f"{COUNTS}-False"),
        "--resume",
    ]
    assert run([*again, "--as-of", COUNTS, "--organisation", policy, "--workers", "1"]) == 2
    assert "another rulebook" in capsys.readouterr().err


def test_ray_heeds_the_policy_until_its_end(policy, tmp_path):
    pytest.importorskip("ray")
    rows, found = inventory(tmp_path), {}
    for day in (COUNTS, OVER):
        out = tmp_path / f"ray-{day}"
        command = [
            sys.executable,
            "-m",
            "tunewise",
            "batch",
            str(rows),
            "-o",
            str(out),
            "--on",
            "ray",
        ]
        options = ["--as-of", day, "--output-format", "csv", "--quiet", "--organisation", policy]
        ran = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode == 0, ran.stderr
        found[day] = results(out)
    here = batches(tmp_path, policy, "--workers", "1")
    assert found == {day: here[day, True] for day in (COUNTS, OVER)}


def test_python_heeds_the_policy_until_its_end(policy):
    polars = pytest.importorskip("polars")
    table = polars.DataFrame([{"name": "A", "stage": "pilot", "requests_per_month": 15}])

    def both(day: str, organisation: str | None) -> tuple[Any, Any]:
        decision = evaluate(CASE, as_of=day, organisation=organisation)
        rows = evaluate_table(table, as_of=day, organisation=organisation).rows()
        return {**decision, "rulebook": None}, rows

    for was, now in zip(both(COUNTS, None), both(COUNTS, policy), strict=True):
        assert was != now
    assert both(OVER, None) == both(OVER, policy)


def test_ask_heeds_the_policy_until_its_end(policy, tmp_path):
    reports = []
    for day in (COUNTS, OVER):
        options = ["--organisation", policy, "--as-of", day, "--save", f"{day}.case.yaml"]
        with asking(tmp_path, "--answers", CASE, *options) as child:
            child.expect("save and leave")
            child.send(FINISH)
            child.expect("These are your answers")
            child.send(ENTER)
            status, said = ended(child)
            assert status == 0
            reports.append(said)
    assert "By your organisation (T-1)" in " ".join(reports[0].split())
    assert "By your organisation" not in " ".join(reports[1].split())


def test_docs_heed_the_policy_until_its_end(policy, tmp_path):
    pages = {}
    for day in (COUNTS, OVER):
        folder = tmp_path / day
        assert (
            run(["rules", "docs", "-o", str(folder), "--as-of", day, "--organisation", policy]) == 0
        )
        pages[day] = " ".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.md")))
    assert "By your organisation (T-1)" in pages[COUNTS]
    assert "By your organisation" not in pages[OVER]


def test_check_test_and_diff_heed_the_policy_until_its_end(policy, tmp_path, capsys):
    cases = tmp_path / "cases.yaml"
    cases.write_text(
        "cases:\n  Set: {facts: {requests_per_month: 5000}, expect: {not_fires: [load.low_load]}}\n"
    )
    for day, passes in ((COUNTS, 0), (OVER, 1)):
        options = ["--as-of", day, "--organisation", policy]
        assert run(["rules", "test", str(cases), *options]) == passes
        assert run(["rules", "check", *options]) == 0
        assert run(["rules", "diff", *options, "--fail-on-change"]) == 1 - passes
    said = capsys.readouterr().out
    assert "off team.no_ml_expertise has ended: So it is decided. (me, T-1)" in said


def test_proofs_heed_the_policy_until_its_end(tmp_path, capsys):
    folder, policy = write(tmp_path / "rules"), tmp_path / "small.yaml"
    policy.write_text(SMALL_POLICY, encoding="utf-8")
    command = [
        "rules",
        "prove",
        "--rules",
        str(folder),
        "--organisation",
        str(policy),
        "--format",
        "json",
    ]
    proved = {}
    for day in (COUNTS, OVER):
        run([*command, "--as-of", day])
        claims = json.loads(capsys.readouterr().out)["claims"]
        proved[day] = [one["status"] for one in claims if one["kind"] == "invariant"]
    assert proved == {COUNTS: ["proved"], OVER: []}


@pytest.fixture
def log(policy: str, tmp_path: Path) -> Path:
    """A log of decisions under the policy: on its last day, and after it."""
    path, out = tmp_path / "decisions.jsonl", str(tmp_path / "out.json")
    for day in (COUNTS, OVER):
        decided = ["decide", CASE, "--as-of", day, "--organisation", policy, "-o", out]
        assert run([*decided, "--log", str(path)]) == 0
    Path(policy).unlink()
    return path


def records(log: Path) -> list[dict[str, Any]]:
    """The records of a log."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_a_log_replays_to_the_byte_without_the_file(log, capsys):
    first, second = (record["rulebook"] for record in records(log))
    assert first["organisation"] == second["organisation"]
    assert first["sha256"] != second["sha256"]
    for command in ("verify", "replay"):
        assert run(["audit", command, str(log)]) == 0
    assert "2 the same to the byte" in capsys.readouterr().out
    assert run(["audit", "show", str(log), "1"]) == 0
    assert "By your organisation (T-1)" in " ".join(capsys.readouterr().out.split())
    assert run(["audit", "pack", str(log), "-o", str(log.with_name("pack"))]) == 0


def test_diff_holds_each_record_to_its_own_day(policy, tmp_path, capsys):
    """Against the same policy nothing changes; against one day for all, the policy counts as on that day."""
    other, log = tmp_path / "again.yaml", tmp_path / "writer.jsonl"
    other.write_text(POLICY, encoding="utf-8")
    writer = str(
        EXAMPLES / "copy_writer.yaml"
    )  # public, so that a policy alone keeps it from a public API
    for day in (COUNTS, OVER):
        decided = ["decide", writer, "--as-of", day, "--organisation", policy, "--log", str(log)]
        assert run([*decided, "-o", str(tmp_path / f"{day}.json")]) == 0
    command = ["audit", "diff", str(log), "--format", "json"]
    assert run([*command, "--to-organisation", str(other), "--to-as-of", OVER]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] >= 1
    assert run([*command, "--to-organisation", str(other)]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["rulebook"].pop("organisation"), "the digests of the organisation's policy"),
        (
            lambda r: r["rulebook"]["organisation"].update(sha256="0" * 64),
            "are others than are stored",
        ),
        (
            lambda r: r["rulebook"]["organisation"].update(over="0" * 64),
            "are others than are stored",
        ),
        (lambda r: r.update(as_of=OVER), f"does not count so on {OVER}"),
    ],
)
def test_a_record_that_lies_about_its_policy_is_found(
    change: Callable[[Any], Any], said, log, capsys
):
    forged(log, lambda found: change(found[0]))
    assert run(["audit", "verify", str(log)]) == 1
    assert said in capsys.readouterr().out


def test_a_stored_policy_that_was_altered_is_found(log, capsys):
    for path in Path(f"{log}.rulebooks").glob("*.json"):
        path.write_text(path.read_text("utf-8").replace("value: 77", "value: 78"), encoding="utf-8")
    assert run(["audit", "verify", str(log)]) == 1
    assert "was altered" in capsys.readouterr().out

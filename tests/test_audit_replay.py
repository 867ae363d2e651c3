"""Whether `tunewise audit replay` finds the same answers again, and names what differs where it does not."""

import json
import shutil
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from smallbook import changed, write
from smalllog import BOOK, add_examples, contents, forged, write_log

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.comparing import column_replay as columns
from tunewise.comparing import replaying
from tunewise.comparing.column_replay import ColumnReplay
from tunewise.comparing.differences import differences
from tunewise.comparing.evaluators import Evaluators
from tunewise.comparing.replaying import Replay, Sample
from tunewise.errors import UserError
from tunewise.evaluation.cache import KEPT
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.loading.assembly import assemble, load
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.content import content, encoded
from tunewise.log.privacy import Privacy
from tunewise.log.reading import Log, LogEntry
from tunewise.log.rulebook_store import save
from tunewise.log.selecting import Rulebooks

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of two shipped examples, one with assumptions in another currency."""
    path = tmp_path_factory.mktemp("log") / "decisions.jsonl"
    out, settings = str(path.with_name("out.json")), ["--as-of", "2026-11-22", "--log", str(path)]
    extra = ["--assume", "epochs=4", "--currency", "AUD", "--fx", "1.52"]
    assert run(["decide", str(EXAMPLES / "support_triage.yaml"), "-o", out, *settings]) == 0
    assert run(["decide", str(EXAMPLES / "legal_clauses.yaml"), "-o", out, *settings, *extra]) == 0
    return path


def copied(log, tmp_path):
    """A copy of a log with its rulebooks."""
    path = tmp_path / log.name
    shutil.copy(log, path)
    shutil.copytree(f"{log}.rulebooks", f"{path}.rulebooks")
    return path


def rewritten(path, change):
    """Change the first record of a log and chain it all anew, as somebody would who covers their tracks."""
    previous, lines = None, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        record = json.loads(line)
        written = record.pop("written")
        del record["previous"], record["digest"]
        if number == 0:
            change(record)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        sealed_line, previous = sealed(text, written, previous)
        lines.append(sealed_line)
    path.write_bytes(b"".join(lines))


def replayed(path, capsys, *arguments):
    """The exit status and what `audit replay` prints."""
    status = run(["audit", "replay", str(path), *arguments])
    return status, capsys.readouterr().out


def test_every_record_comes_out_the_same_to_the_byte(log, capsys):
    status, text = replayed(log, capsys)
    assert (status, text) == (0, f"{log}: 2 records: 2 the same to the byte\n")


def test_a_changed_answer_is_shown_as_rule_fact_and_value(log, tmp_path, capsys):
    path = copied(log, tmp_path)

    def change(record):
        record["facts"]["data_quality"]["value"] = "low"

    rewritten(path, change)
    status, text = replayed(path, capsys)
    assert status == 1
    assert f"{path}:1: " in text
    assert "rule data." in text
    assert "1 the same to the byte; 1 different" in text


def test_other_versions_are_told_apart(log, tmp_path, capsys):
    path = copied(log, tmp_path)

    def change(record):
        record["versions"]["genai_prices"] = "0.0.1"
        cost = record["costs"]["prompting"]["monthly"]
        cost["expected"] = cost["expected"] + 1

    rewritten(path, change)
    status, text = replayed(path, capsys)
    assert status == 1
    assert "different, made with other versions (genai_prices 0.0.1, now " in text
    assert "costs prompting.monthly.expected was " in text


def test_another_version_that_gives_the_same_answer_is_no_fault(log, tmp_path, capsys):
    path = copied(log, tmp_path)

    def change(record):
        record["versions"]["genai_prices"] = "0.0.1"

    rewritten(path, change)
    status, text = replayed(path, capsys)
    assert status == 0
    assert "made with other versions: genai_prices 0.0.1, now " in text
    assert "2 records: 2 the same to the byte" in text


def test_a_log_of_an_earlier_rulebook_replays_after_the_rules_changed(tmp_path, capsys):
    rules = write(tmp_path / "rules")
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"name": "A", "facts": {"examples": 600}}), encoding="utf-8")
    log, out = tmp_path / "log.jsonl", str(tmp_path / "out.json")
    arguments = ["decide", str(case), "--rules", str(rules), "--log", str(log), "-o", out]
    assert run(arguments) == 0
    write(rules, changed(("data.yaml", "at_least: 500", "at_least: 700")))
    assert run(arguments) == 0
    status, text = replayed(log, capsys)
    assert (status, text) == (0, f"{log}: 2 records: 2 the same to the byte\n")
    chosen = [json.loads(line)["recommendation"] for line in log.read_text().splitlines()]
    assert [one["approach"] for one in chosen] == ["fine_tuning", "prompting"]


def test_a_rulebook_that_is_gone_is_told_and_the_rest_goes_on(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    shutil.rmtree(f"{path}.rulebooks")
    status, text = replayed(path, capsys)
    assert status == 1
    assert "2 cannot be decided anew, as their rulebook is missing or of another version" in text


@pytest.mark.parametrize(
    ("privacy", "status", "word"),
    [
        ("case.name: mask\ncase.owner: drop\ncosts: drop\n", 0, "1 the same to the byte"),
        ("facts.training_examples: mask\n", 0, "cannot be decided anew, as facts were taken out"),
    ],
)
def test_what_was_taken_out_limits_what_can_be_shown(tmp_path, capsys, privacy, status, word):
    hidden, log = tmp_path / "privacy.yaml", tmp_path / "log.jsonl"
    hidden.write_text(privacy, encoding="utf-8")
    arguments = [str(EXAMPLES / "support_triage.yaml"), "-o", str(tmp_path / "out.json")]
    assert run(["decide", *arguments, "--log", str(log), "--privacy", str(hidden)]) == 0
    found, text = replayed(log, capsys)
    assert found == status
    assert word in text


def test_a_sample_is_as_large_as_asked_for_and_the_same_every_time(log, capsys):
    status, text = replayed(log, capsys, "--sample", "1")
    assert (status, text) == (0, f"{log}: 1 of 2 records: 1 the same to the byte\n")
    assert replayed(log, capsys, "--sample", "1") == (status, text)


def test_json_counts_every_end_and_tells_of_what_is_not_the_same(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    rewritten(path, lambda record: record["facts"]["training_examples"].update(value=100))
    status, text = replayed(path, capsys, "--format", "json")
    told = json.loads(text)
    assert status == 1
    assert told["counts"] == {"differs": 1, "same": 1}
    (one,) = told["records_told"]
    assert one["line"] == 1
    assert {"kind", "name", "recorded", "now"} == set(one["differences"][0])


def test_a_line_that_is_no_record_is_named(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    with path.open("ab") as file:
        file.write(b"nonsense\n")
    status, text = replayed(path, capsys)
    assert status == 1
    assert f"{path}:3: : no record" in text


def test_differences_name_the_leaf_and_both_values():
    old = {"decisions": [{"decision": "approach", "margin": 1}], "facts": {}, "firings": []}
    new = {"decisions": [{"decision": "approach", "margin": None}], "facts": {}, "firings": []}
    (found,) = differences(old, new)
    assert str(found) == "decisions approach.margin was 1, now nothing"


def test_a_rewritten_log_is_whole_in_itself(log, tmp_path):
    path = copied(log, tmp_path)
    rewritten(path, lambda record: None)
    assert sha256(path.read_bytes()).digest() == sha256(log.read_bytes()).digest()


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A log of cases under the small rulebook, decided alike, some of them masked; all are worth a table."""
    monkeypatch.setattr(columns, "WORTH", 1)
    found = contents()
    found += [Privacy({"case.*": "mask", "costs": "drop"}).applied(one) for one in found]
    found += [Privacy({"facts.*": "drop"}).applied(found[0])]
    return write_log(tmp_path, found)


def test_records_that_were_decided_alike_are_decided_by_columns(many, monkeypatch, capsys):
    monkeypatch.setattr(
        replaying.Evaluators, "__call__", only_tables(replaying.Evaluators.__call__)
    )
    status, text = replayed(many, capsys)
    assert status == 0
    assert "9 records: 8 the same to the byte; 1 cannot be decided anew" in text


def only_tables(call):
    """What makes evaluators of tables, and no others."""

    def made(self, *arguments):
        found = call(self, *arguments)
        assert isinstance(found, TableEvaluator)
        return found

    return made


def test_what_columns_find_different_is_told_by_the_engine(many, capsys):
    forged(many, lambda found: found[0]["facts"]["examples"].update(value=499))
    status, text = replayed(many, capsys)
    assert status == 1
    assert "rule data.enough was firing on examples 500, now not firing" in text
    assert "7 the same to the byte; 1 different; 1 cannot be decided anew" in text


def test_every_example_is_the_same_by_columns_as_alone(tmp_path, monkeypatch, capsys):
    path = tmp_path / "log"
    count = add_examples(path)
    alone = [Replay(Log(path)).again(entry) for entry in Log(path).entries()]
    monkeypatch.setattr(columns, "WORTH", 1)
    assert set(ColumnReplay(Rulebooks(str(path))).same(list(Log(path).entries()))) == set(
        range(1, count + 1)
    )
    assert [one for _, one in Replay(Log(path)).all(Log(path).entries())] == alone


def test_a_rulebook_that_this_version_cannot_reckon_with_is_told_so(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    rewritten(path, lambda record: record["assumptions"].update(nonsense="1"))
    status, text = replayed(path, capsys)
    assert status == 1
    assert "1 the same to the byte; 1 cannot be decided anew" in text


def test_evaluators_are_freed_when_others_take_their_place():
    closed = []

    class Closing(Evaluator):
        def close(self):
            closed.append(self.as_of)
            super().close()

    kept = Evaluators(Closing)
    days = [date(2026, 11, day) for day in range(1, KEPT + 2)]
    first = kept(BOOK, days[0], {})
    for day in days[1:-1]:
        kept(BOOK, day, {})
    assert kept(BOOK, days[0], {}) is first
    kept(BOOK, days[-1], {})
    assert closed == [days[1]]
    assert kept(BOOK, days[0], {}) is first


def test_json_tells_the_other_versions(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    rewritten(path, lambda record: record["versions"].update(genai_prices="0.0.1"))
    told = json.loads(replayed(path, capsys, "--format", "json")[1])
    assert told["counts"] == {"same": 2}
    assert [one.partition(",")[0] for one in told["other_versions"]] == ["genai_prices 0.0.1"]
    assert told["records_told"] == []


def test_a_rulebook_of_an_earlier_version_lacks_what_this_one_asks_for_and_replays(
    tmp_path, capsys
):
    """What a later version needs beyond a stored rulebook comes from the shipped one."""
    texts = dict(load().texts)
    name = "costs/assumptions.yaml"
    head, mark, rest = texts[name].partition("  batch_share:\n")
    assert mark
    texts[name] = head + _after(rest)
    earlier = replace(assemble(texts, "earlier"), stored=True)
    evaluation = Evaluator(earlier, date(2026, 11, 22)).evaluate(
        Case("A", {"training_examples": 900})
    )
    log = str(tmp_path / "log.jsonl")
    save(log, earlier)
    append(log, [encoded(content(evaluation, {}))])
    assert replayed(log, capsys) == (0, f"{log}: 1 record: 1 the same to the byte\n")
    with pytest.raises(UserError, match="the assumption 'batch_share' is missing"):
        Evaluator(replace(earlier, stored=False), date(2026, 11, 22))


def _after(rest):
    """The rest of a mapping in YAML behind its first entry."""
    lines = rest.splitlines(keepends=True)
    end = next(i for i, line in enumerate(lines) if line[:2] == "  " and line[2:3].strip())
    return "".join(lines[end:])


def test_a_sample_says_of_how_many_records_it_was_drawn(log, tmp_path, capsys):
    path = copied(log, tmp_path)
    assert "1 of 2 records: 1 the same" in replayed(path, capsys, "--sample", "1")[1]
    told = json.loads(replayed(path, capsys, "--sample", "1", "--format", "json")[1])
    assert (told["records"], told["of"]) == (1, 2)


def test_a_sample_draws_from_the_whole_log_and_each_line_once():
    """Ten runs over ten parts of a log find about as many lines in each."""
    lines = [LogEntry(n, b"", 0, None, None, "", ()) for n in range(1, 1001)]
    drawing = Sample(200)
    drawn = [entry.line for entry in drawing.drawn(lines)]
    assert drawing.total == 1000
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 200
    parts = [sum(part < line <= part + 100 for line in drawn) for part in range(0, 1000, 100)]
    assert min(parts) >= 10
    assert max(parts) <= 32


def test_a_record_that_comes_out_the_same_and_was_altered_is_told(log, tmp_path, capsys):
    """The time of writing is no part of what is decided anew, and yet of what is sealed."""
    path = copied(log, tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"written":"20', '"written":"19', 1), encoding="utf-8")
    assert run(["audit", "replay", str(path)]) == 1
    said = capsys.readouterr()
    assert "2 the same to the byte" in said.out
    assert "record 1 does not hold its digest or its place in the chain" in said.err

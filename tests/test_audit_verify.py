"""`tunewise audit verify`: whatever was altered in a log is found and named."""

import itertools
import json
import os
import random
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from smallbook import changed
from smalllog import BOOK, CASES, add_examples, contents, forged, lines, records, write_log

from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.loading.assembly import assemble
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.content import encoded
from tunewise.log.findings import LogFinding
from tunewise.log.reading import Log
from tunewise.log.rulebook_store import folder, save
from tunewise.log.verify import verify


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of four records."""
    return write_log(tmp_path)


def findings(path: Path) -> tuple[LogFinding, ...]:
    """What is not well with a log."""
    return verify(Log(path)).findings


def told(path: Path) -> list[tuple[int | None, str]]:
    """The line and kind of each finding."""
    return [(finding.line, finding.kind) for finding in findings(path)]


def said(path: Path) -> str:
    """All findings, a line each."""
    return "\n".join(f"{finding.line}: {finding.message}" for finding in findings(path))


def is_found(path: Path, text: bytes) -> bool:
    """Whether a text in the log's place has anything wrong with a line, or is no log at all."""
    path.unlink()  # to cut a file short instead takes some systems a write to the disk
    path.write_bytes(text)
    return has_findings(path)


def has_findings(path: Path) -> bool:
    """Whether a log has anything wrong with a line, or is none at all."""
    try:
        return any(entry.findings for entry in Log(path).entries())
    except UserError:
        return True


def test_a_log_as_it_was_written_is_whole(log: Path) -> None:
    """Nothing is found; the number of records and the digest of the last are given."""
    found = verify(Log(log))
    assert found.findings == ()
    assert (found.lines, found.head) == (4, records(log)[-1]["digest"])
    assert found.rulebooks == (BOOK.sha256,)


def test_every_example_follows_from_its_facts(tmp_path: Path) -> None:
    """Under the shipped rulebook, with costs and an assumption, the interpreter agrees."""
    path = tmp_path / "log"
    count = add_examples(path)
    found = verify(Log(path))
    assert (found.findings, found.masked, found.lines) == ((), (), count)


def test_every_flipped_byte_is_found(log: Path) -> None:
    """Each byte of the log, changed alone, makes a finding, be it in a value, a key, a digest or a line's end."""
    missed = []
    with log.open("r+b", buffering=0) as file:
        for place, byte in enumerate(log.read_bytes()):
            os.pwrite(file.fileno(), bytes([byte ^ 1]), place)
            if not has_findings(log):
                missed.append(place)
            os.pwrite(file.fileno(), bytes([byte]), place)
    assert missed == []
    assert not has_findings(log)


def test_a_flipped_byte_is_named_once_by_its_line(log: Path) -> None:
    """What follows an altered record is not blamed for it."""
    whole = log.read_bytes()
    chance = random.Random(1)
    for number, line in enumerate(lines(log), 1):
        start = sum(map(len, lines(log)[: number - 1]))
        for _ in range(5):
            text = bytearray(whole)
            text[start + chance.randrange(len(line) - 300)] ^= 1
            log.write_bytes(text)
            assert {line for line, _ in told(log)} == {number}
        log.write_bytes(whole)


def test_a_byte_that_is_gone_or_put_in_is_found(log: Path) -> None:
    """A byte that is cut out, a space and a line's end put in: each is found at any place."""
    whole = log.read_bytes()
    for place in range(0, len(whole) - 1, 3):
        assert is_found(log, whole[:place] + whole[place + 1 :])
        assert is_found(log, whole[:place] + b" " + whole[place:])
        assert is_found(log, whole[:place] + b"\n" + whole[place:])


def test_a_log_cut_off_inside_a_record_is_found_at_every_length(log: Path) -> None:
    """Only a log that ends behind a whole record may be whole."""
    ends = {sum(map(len, lines(log)[:n])) for n in range(1, 4)}
    for length in reversed(range(log.stat().st_size)):
        os.truncate(log, length)
        assert has_findings(log) == (length not in ends)


def rearranged(path: Path, order: list[int]) -> str:
    """What is said of a log whose lines are put into another order, some left out, some twice."""
    found = lines(path)
    path.write_bytes(b"".join(found[number - 1] for number in order))
    return said(path)


GONE = "it was removed or replaced, or this is a part of a log"


@pytest.mark.parametrize("gone", [2, 3])
def test_a_removed_record_is_found(log: Path, gone: int) -> None:
    """The record behind the gap names one that is not in the log."""
    missing = records(log)[gone - 1]["digest"]
    rest = [number for number in (1, 2, 3, 4) if number != gone]
    expected = f"{gone}: follows record {missing}, which is not in the log: {GONE}"
    assert rearranged(log, rest) == expected


def test_a_removed_beginning_is_found(log: Path) -> None:
    """A log whose first record names one before it has lost its beginning."""
    missing = records(log)[0]["digest"]
    expected = f"1: follows record {missing}, which is not in the log: {GONE}"
    assert rearranged(log, [2, 3, 4]) == expected


def test_swapped_records_are_found(log: Path) -> None:
    """Each that stands in the wrong place says whom it follows."""
    assert rearranged(log, [1, 3, 2, 4]).splitlines() == [
        "2: follows line 3, which stands behind it: the lines were reordered",
        "3: follows line 1: what stands between was put in or moved",
        "4: follows line 2: what stands between was put in or moved",
    ]


def test_a_moved_record_is_found(log: Path) -> None:
    """The last record put first begins in the wrong place."""
    assert {line.partition(":")[0] for line in rearranged(log, [4, 1, 2, 3]).splitlines()} == {
        "1",
        "2",
    }


def test_a_duplicated_record_is_found(log: Path) -> None:
    """A copy is told from the original by where it stands, both are named."""
    assert rearranged(log, [1, 2, 2, 3, 4]).splitlines()[0] == (
        "3: stands in the log more than once: also on line 2"
    )
    assert told(log) == [(3, "chain")]


def test_every_other_arrangement_of_records_is_found(log: Path) -> None:
    """Left out, repeated or reordered in any way: only a beginning of the log is whole in itself."""
    found = lines(log)
    for length in range(1, 6):
        for order in itertools.product(range(4), repeat=length):
            text = b"".join(found[place] for place in order)
            assert is_found(log, text) == (order != tuple(range(length))), order


def test_a_record_of_another_log_is_found(log: Path, tmp_path: Path) -> None:
    """An honest record put between others does not follow them, wherever it comes from."""
    (tmp_path / "other").mkdir()
    other = lines(write_log(tmp_path / "other", contents(CASES[2:])))
    found = lines(log)
    log.write_bytes(b"".join([*found[:2], other[0], *found[2:]]))
    assert said(log).splitlines() == [
        "3: begins a log of its own: what stands before it was put in, or two logs were joined",
        "4: follows line 2: what stands between was put in or moved",
    ]
    log.write_bytes(b"".join([*found[:2], other[1], *found[2:]]))
    assert [line for line, _ in told(log)] == [3, 4]


def test_a_line_that_is_no_record_is_found(log: Path) -> None:
    """A note between the records is named, and the records around it are read all the same."""
    found = lines(log)
    for note in (
        b"a note\n",
        b"\n",
        b"{}\n",
        b"\xff\xfe\n",
        b"\0" * 50 + b"\n",
        b"[" * 9_000 + b"\n",
    ):
        log.write_bytes(b"".join([*found[:2], note, *found[2:]]))
        assert told(log) == [(3, "form")]


def test_a_lost_end_is_found_by_what_was_noted_down(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log that lost its last records is whole in itself; --head finds it, and allows records added since."""
    found, head = lines(log), records(log)[-1]["digest"]
    first = records(log)[0]["digest"]
    assert run(["audit", "verify", str(log), "--head", head]) == 0
    assert f"the last record is {head}" in capsys.readouterr().out
    log.write_bytes(b"".join(found[:3]))
    assert told(log) == []
    assert run(["audit", "verify", str(log), "--head", head]) == 1
    assert f"the record {head} is not in the log: its end was cut off" in capsys.readouterr().out
    assert run(["audit", "verify", str(log), "--head", first]) == 0
    assert run(["audit", "verify", str(log), "--head", "abc"]) == 2


Change = Callable[[list[dict[str, Any]]], object]

FORGERIES: dict[str, tuple[Change, int, str, str]] = {
    "another chosen option": (
        lambda r: r[0]["decisions"][0].update(chosen="prompting"),
        1, "decision", "decision approach: chosen is prompting, but fine_tuning follows",
    ),
    "another recommendation": (
        lambda r: r[0]["recommendation"].update(approach="prompting"),
        1, "decision", 'the recommendation is {"approach":"prompting","hosting":"self_hosted"}, but {"approach":'
        '"fine_tuning","hosting":"self_hosted"} follows',
    ),
    "another margin": (
        lambda r: r[0]["decisions"][0].update(margin=7),
        1, "decision", "decision approach: margin is 7, but 2 follows",
    ),
    "another score": (
        lambda r: r[0]["decisions"][0]["options"][1].update(score=7),
        1, "decision", "decision approach, option fine_tuning: score is 7, but 2 follows",
    ),
    "a veto lifted": (
        lambda r: r[2]["decisions"][0]["options"][1].update(vetoed_by=[]),
        3, "decision", 'decision approach, option fine_tuning: vetoed_by is [], but ["data.forbidden"] follows',
    ),
    "evidence added": (
        lambda r: r[1]["decisions"][1]["options"][0]["evidence"].append({"rule": "a", "points": 1}),
        2, "decision", 'decision hosting, option public_api: evidence is [{"rule":"a","points":1}], but [] follows',
    ),
    "a decision left out": (
        lambda r: r[1]["decisions"].pop(), 2, "decision", "the decisions are not those of the rulebook",
    ),
    "an option renamed": (
        lambda r: r[1]["decisions"][1]["options"][0].update(option="cloud"),
        2, "decision", "decision hosting: the options are not those of the rulebook",
    ),
    "a firing left out": (
        lambda r: r[0]["firings"].pop(0), 1, "firing", "rule need.shortfall fires by the facts, but did not",
    ),
    "a firing added": (
        lambda r: r[1]["firings"].append({"rule": "data.enough", "facts": {"examples": 500}}),
        2, "firing", "rule data.enough fired, but does not by the facts",
    ),
    "a rule nobody knows": (
        lambda r: r[1]["firings"].append({"rule": "data.any", "facts": {}}),
        2, "firing", "rule data.any is none of the rulebook's",
    ),
    "a firing twice": (
        lambda r: r[0]["firings"].append(r[0]["firings"][-1]),
        1, "firing", "the rules fired in another order, or more than once",
    ),
    "firings in another order": (
        lambda r: r[0]["firings"].reverse(),
        1, "firing", "the rules fired in another order, or more than once",
    ),
    "a firing on another value": (
        lambda r: r[0]["firings"][0]["facts"].update(accuracy=0.6),
        1, "firing", "rule need.shortfall read accuracy as 0.6, but it is 0.5",
    ),
    "a firing on one fact more": (
        lambda r: r[0]["firings"][0]["facts"].update(examples=500),
        1, "firing", "rule need.shortfall read examples as 500, but it is unknown",
    ),
    "another fact": (
        lambda r: r[0]["facts"]["examples"].update(value=499),
        1, "firing", "rule data.enough fired, but does not by the facts",
    ),
    "a truth for a number": (
        lambda r: r[0]["facts"]["examples"].update(value=True),
        1, "fact", "fact examples: expected a whole number from 0 to 1,000,000, found True",
    ),
    "a number written otherwise": (
        lambda r: r[0]["facts"]["examples"].update(value=500.0),
        1, "fact", "fact examples: 500.0 is not how its value is written",
    ),
    "an unknown fact": (
        lambda r: r[1]["facts"].update(mood={"value": "good", "origin": "given"}),
        2, "fact", "fact mood: is none of the rulebook's",
    ),
    "a derived fact given": (
        lambda r: r[1]["facts"].update(falls_short={"value": True, "origin": "given"}),
        2, "fact", "fact falls_short: is derived, not given",
    ),
    "a derived fact of one's own": (
        lambda r: r[1]["facts"].update(falls_short={"value": True, "origin": "derived"}),
        2, "fact", "fact falls_short is True, but unknown follows",
    ),
    "a derived fact left out": (
        lambda r: r[0]["facts"].pop("falls_short"),
        1, "fact", "fact falls_short is unknown, but True follows",
    ),
    "a tuning plan": (
        lambda r: r[1]["tuning_plan"].update(technique="lora"),
        2, "tuning_plan", 'the tuning plan is {"technique":"lora"}, but {} follows',
    ),
    "a member that records have not": (
        lambda r: r[1].update(note="fine"), 2, "form", "has not the form of a record",
    ),
    "a member left out": (
        lambda r: r[1].pop("prices"), 2, "form", "has not the form of a record",
    ),
    "a date that is none": (
        lambda r: r[1].update(as_of="2026-02-30"), 2, "form", "has not the form of a record",
    ),
    "a break-even without a reason": (
        lambda r: r[1]["break_even"].update(months={"low": 1, "expected": 1, "high": 1}),
        2, "form", "months and reason stand together",
    ),
    "another version of the rulebook": (
        lambda r: r[3]["rulebook"].update(version="2"),
        4, "rulebook", "the rulebook: its version is '2', but 1 is stored",
    ),
    "a decision masked": (
        lambda r: r[0]["masked"].append({"path": "facts.approach", "action": "drop"}),
        1, "fact", "fact approach: is listed as taken out, but no case has it",
    ),
    "another rulebook": (
        lambda r: r[3]["rulebook"].update(sha256="0" * 64), 4, "rulebook", "cannot be read: No such file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_record_is_found_though_all_digests_fit(log: Path, name: str) -> None:
    """Who alters a record and seals the log anew is found where the decision does not follow from the facts."""
    change, line, kind, message = FORGERIES[name]
    forged(log, change)
    found = findings(log)
    assert [(one.line, one.kind) for one in found if message in one.message] == [(line, kind)]
    assert {one.line for one in found} == {line}
    assert all(one.kind not in ("altered", "chain") for one in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"tags":["a","b"]', b'"tags": ["a","b"]'),
        (b'"margin":2', b'"margin":2,"margin":2'),
        (b'"name":"Enough"', b'"name":"\\u0045nough"'),
        (b'"owner":"us","tags":["a","b"]', b'"tags":["a","b"],"owner":"us"'),
        (b'"value":500', b'"value":5e2'),
    ],
)
def test_a_record_written_otherwise_is_found(log: Path, old: bytes, new: bytes) -> None:
    """Two texts of one meaning could hide a member that stands twice; there is one way to write a record."""
    content = lines(log)[0].partition(b',"written":')[0] + b"}"
    assert content.count(old) == 1
    log.write_bytes(sealed(content.replace(old, new), None, None)[0])
    assert told(log) == [(1, "form")]


def test_quick_leaves_out_what_follows(log: Path) -> None:
    """The chain, the form and the rulebook alone are checked."""
    forged(log, lambda found: found[0]["decisions"][0].update(margin=7))
    assert [finding.kind for finding in findings(log)] == ["decision"]
    assert verify(Log(log), quick=True).findings == ()


def test_an_altered_rulebook_beside_the_log_is_found(log: Path) -> None:
    """The rulebook that decided is as well guarded as the log: its digest stands in every record."""
    (stored,) = folder(str(log)).iterdir()
    stored.write_text(stored.read_text().replace("at_least: 500", "at_least: 400"))
    (finding,) = findings(log)
    assert (finding.line, finding.kind, finding.name) == (1, "rulebook", BOOK.sha256)
    assert "was altered: its texts have another digest" in finding.message
    stored.unlink()
    assert [finding.kind for finding in findings(log)] == ["rulebook"]


def test_records_of_several_rulebooks_are_each_held_to_their_own(log: Path) -> None:
    """A log goes on after the rules changed, and each decision follows from the rules of its day."""
    later = assemble(changed(("data.yaml", "at_least: 500", "at_least: 900")), "book")
    save(str(log), later)
    (first,) = contents(CASES[:1])
    first["rulebook"]["sha256"] = later.sha256
    append(str(log), [encoded(first)])
    assert "rule data.enough fired, but does not by the facts" in said(log)
    assert {line for line, _ in told(log)} == {5}


def test_the_program_names_each_finding_with_its_line(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text for people, JSON for programs, and exit status 1."""
    forged(
        log, lambda found: found[1]["facts"].update({"\x1b[31m": {"value": 1, "origin": "given"}})
    )
    assert run(["audit", "verify", str(log)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"{log}:2: fact \\x1b[31m: is none of the rulebook's"
    assert out[1] == f"{log}: 4 records, 1 finding"
    assert run(["audit", "verify", str(log), "--format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["lines"]) == ("tunewise.verification/1", 4)
    assert [(one["line"], one["kind"], one["name"]) for one in shown["findings"]] == [
        (2, "fact", "\x1b[31m")
    ]


def test_the_program_says_that_all_is_well(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was checked, how many records, and the digest to note down."""
    assert run(["audit", "verify", str(log)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{log}: 4 records, whole and in order; every decision follows from its facts, its costs too",
        f"decided by the rulebook {BOOK.sha256}",
        f"the last record is {records(log)[-1]['digest']}",
    ]
    assert run(["audit", "verify", str(log), "--quick"]) == 0
    assert "4 records, whole and in order\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty: it holds no record"),
        (b"name: a case\n", "is not a decision log: no line of it is a record"),
        (b"\0" * 9_000, "is not a decision log: no line of it is a record"),
        (b"a note\n" * 5_000, "is not a decision log: no line of it is a record"),
    ],
)
def test_what_is_no_log_cannot_be_verified(
    tmp_path: Path, text: bytes | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing, empty or something else is one line and status 2: nothing was verified."""
    path = tmp_path / "log"
    if text is not None:
        path.write_bytes(text)
    assert run(["audit", "verify", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"tunewise: {path}: {says}\n")


def test_a_folder_is_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is a device, which would never end."""
    assert run(["audit", "verify", str(tmp_path)]) == 2
    assert run(["audit", "verify", "/dev/zero"]) == 2
    assert capsys.readouterr().out == ""


def test_the_nearest_subcommand_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a subcommand's name is answered as one in a command's name."""
    assert run(["audit", "verfy"]) == 2
    assert "no command 'verfy'; did you mean 'verify'?" in capsys.readouterr().err


def test_the_schema_is_shipped_with_the_rules() -> None:
    """Whoever reads logs in another language finds their form."""
    schema = json.loads(files("tunewise.rules").joinpath("schemas/record.schema.json").read_text())
    assert schema["required"][-3:] == ["written", "previous", "digest"]


def test_a_stored_rulebook_is_held_to_every_byte(log: Path) -> None:
    """What stands around its texts is not under their digest, and is held to the form in which logs store it."""
    (path,) = folder(str(log)).iterdir()
    whole = path.read_text()
    for old, new in (
        ('"version": "1"', '"version": "2"'),
        ('"tunewise.rulebook/1"', '"tunewise.rulebook/2"'),
        ('{\n  "schema"', '{\n  "note": "Approved.",\n  "schema"'),
        ('"sha256": "', '"sha256": "0'),
        ("\n}", "\n\n}"),
    ):
        assert old in whole
        path.write_text(whole.replace(old, new, 1))
        assert told(log)[0] == (1, "rulebook"), new
        assert "was altered: it is written otherwise than logs store rulebooks" in said(log)
    path.write_bytes(b"\xef\xbb\xbf" + whole.encode())
    assert told(log)[0] == (1, "rulebook")


def test_a_damaged_rulebook_says_how_many_records_rest_on_it(log: Path) -> None:
    """What could not be checked is not passed over in silence."""
    (path,) = folder(str(log)).iterdir()
    path.unlink()
    (finding,) = findings(log)
    assert finding.message.endswith("4 records rest on it, not checked against it")


def test_records_whose_times_run_backwards_are_remarked_on(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock may be set back, so it is no finding."""
    forged(log, lambda found: found[1].update(written="2020-01-01T00:00:00Z"))
    first = records(log)[0]["written"]
    assert run(["audit", "verify", str(log)]) == 0
    out = capsys.readouterr().out
    assert f"{log}:2: was written before a record above it, of {first} (no fault by itself)" in out
    assert [remark.line for remark in verify(Log(log)).remarks] == [2]


def test_a_digest_that_was_noted_down_in_capitals_is_the_same(log: Path) -> None:
    """Hexadecimal digits have no case."""
    head = records(log)[-1]["digest"]
    assert run(["audit", "verify", str(log), "--head", head.upper()]) == 0


def test_one_line_with_a_carriage_return_is_named(log: Path) -> None:
    """A log of which all lines have one was converted; a single one was tampered with."""
    whole = lines(log)
    log.write_bytes(b"".join([whole[0].replace(b"\n", b"\r\n"), *whole[1:]]))
    assert (1, "form") in told(log)

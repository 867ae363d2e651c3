"""What `tunewise audit show` and `list` tell of the records of a log."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest
from smallbook import changed, write
from smalllog import forged

from tunewise.commands.program import run


@pytest.fixture
def log(tmp_path):
    """A log of three cases under the small rulebook: tuned, forbidden to tune, and one with nothing known."""
    rules = write(tmp_path / "rules")
    cases = {
        "tuned": {"name": "Tuned", "facts": {"examples": 600, "stage": "pilot", "gaps": ["style"]}},
        "forbidden": {
            "name": "Forbidden <b>\u001b[31m",
            "owner": "Legal",
            "tags": ["law"],
            "facts": {"examples": 499, "may_train": False, "accuracy": 0.5, "target": 0.9},
        },
        "empty": {"name": "Empty", "facts": {}},
    }
    paths = []
    for name, case in cases.items():
        paths.append(str(tmp_path / f"{name}.json"))
        (tmp_path / f"{name}.json").write_text(json.dumps(case), encoding="utf-8")
    path = str(tmp_path / "decisions.jsonl")
    out = str(tmp_path / "out.json")
    assert run(["decide", *paths, "--rules", str(rules), "--log", path, "-o", out]) == 0
    return path


def first(log):
    """The first record of a log."""
    return json.loads(Path(log).read_text(encoding="utf-8").splitlines()[0])


def shown(capsys, *arguments):
    """What `audit` prints, its status being 0."""
    assert run(["audit", *arguments]) == 0
    return capsys.readouterr().out


def test_the_last_record_is_shown_where_none_is_named(log, capsys):
    assert shown(capsys, "show", log).startswith("Empty\nRecord 3 of")


@pytest.mark.parametrize("named", ["1", "Tuned", "digest"])
def test_a_record_is_found_by_number_name_or_digest(log, capsys, named):
    if named == "digest":
        named = first(log)["digest"][:12]
    text = shown(capsys, "show", log, named)
    assert text.startswith("Tuned\n")
    assert "data.enough" in text
    assert "There are 600 examples." in text
    assert "on examples: 600 examples" in text
    assert "DOC1" in text


def test_one_screen_leaves_out_what_full_shows(log, capsys):
    short, full = shown(capsys, "show", log, "1"), shown(capsys, "show", log, "1", "--full")
    assert "Rules that fired, in order" not in short
    assert len(short.splitlines()) <= 40
    for part in (
        "How each option stood",
        "Facts",
        "Rules that fired, in order",
        "Many examples help",
    ):
        assert part in full


def test_why_tells_who_spoke_for_an_option_and_what_came_close(log, capsys):
    text = shown(capsys, "show", log, "1", "--why", "fine_tuning")
    assert "Why tuning? It was chosen for approach." in " ".join(text.split())
    spoke = text[text.index("Spoke for it") : text.index("Spoke against it")]
    assert re.search(r"\+2\s+There are 600 examples\.\s+data\.enough DOC1", spoke)


def test_why_not_names_the_veto_and_the_condition_that_was_missing(log, capsys):
    text = shown(capsys, "show", log, "2", "--why-not", "approach=fine_tuning")
    assert "Why not tuning? It was not chosen for approach." in " ".join(text.split())
    against = text[text.index("Spoke against it") : text.index("Came close")]
    assert "Nothing may be trained on. Rules out tuning. data.forbidden" in " ".join(
        against.split()
    )
    close = " ".join(text[text.index("Came close") :].split())
    assert "examples was 499 examples; needed: examples is at least 500 examples" in close


def test_what_is_unknown_comes_close_as_unknown(log, capsys):
    close = " ".join(shown(capsys, "show", log, "3", "--why-not", "fine_tuning").split())
    assert "examples was unknown; needed: examples is at least 500 examples" in close


def test_json_holds_the_record_as_it_stands_and_the_answer(log, capsys):
    told = json.loads(shown(capsys, "show", log, "1", "--why", "fine_tuning", "--format", "json"))
    assert told["record"] == first(log)
    assert told["line"] == 1
    assert told["asked"]["chosen"] is True
    assert "data.enough" in [argument["rule"] for argument in told["asked"]["spoke_for"]]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_names_come_out_harmless_in_every_form(log, capsys, form):
    text = shown(capsys, "show", log, "2", "--full", "--format", form)
    assert "\x1b" not in text
    assert "Forbidden" in text
    if form == "html":
        assert "Forbidden <b>" not in text
        assert "Forbidden &lt;b&gt;" in text
        assert "default-src 'none'" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "LOG", "4"], "LOG: has no record 4; it ends with record 3"),
        (
            ["show", "LOG", "Nobody"],
            "LOG: holds no record called 'Nobody'; give a number, a name or a digest",
        ),
        (
            ["show", "LOG", "--why", "fine_tunin"],
            "--why: unknown option 'fine_tunin'; did you mean 'fine_tuning'?",
        ),
        (
            ["show", "LOG", "--why", "prompting", "--why-not", "prompting"],
            "--why: cannot be asked together",
        ),
        (["show", "nowhere.jsonl"], "nowhere.jsonl: cannot be read: No such file or directory"),
        (
            ["list", "LOG", "--rule", "data.enouh"],
            "--rule: unknown rule 'data.enouh'; did you mean 'data.enough'?",
        ),
        (
            ["list", "LOG", "--fact", "exampels=3"],
            "--fact: unknown fact 'exampels'; did you mean 'examples'?",
        ),
        (["list", "LOG", "--since", "yesterday"], "--since: expected a date such as 2026-11-22"),
    ],
)
def test_a_mistake_is_one_line_with_the_nearest_name(log, capsys, arguments, message):
    assert run(["audit", *(log if word == "LOG" else word for word in arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message.replace("LOG", log) in said.err
    assert len(said.err.splitlines()) == 1


def test_a_record_whose_rulebook_is_gone_says_so(log, capsys, tmp_path):
    for path in (tmp_path / "decisions.jsonl.rulebooks").iterdir():
        path.unlink()
    assert run(["audit", "show", log]) == 2
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("filters", "records"),
    [
        ([], [1, 2, 3]),
        (["--rule", "data.forbidden"], [2]),
        (["--source", "DOC3"], [2]),
        (["--source", "DOC"], [1, 2]),
        (["--recommendation", "fine_tuning"], [1]),
        (["--recommendation", "hosting=public_api"], [2, 3]),
        (["--rulebook", "1"], [1, 2, 3]),
        (["--since", "2999-01-01"], []),
        (["--until", "2999-01-01"], [1, 2, 3]),
        (["--fact", "may_train"], [2]),
        (["--fact", "may_train=no"], [2]),
        (["--fact", "gaps=style"], [1]),
        (["--veto", "data.forbidden"], [2]),
        (["--veto", "approach=fine_tuning"], [2]),
        (["--margin", "0"], [3]),
        (["--recommendation", "prompting", "--fact", "examples"], [2]),
    ],
)
def test_filters_admit_the_records_that_they_ask_for(log, capsys, filters, records):
    rows = json.loads(shown(capsys, "list", log, *filters, "--format", "json"))
    assert [row["record"] for row in rows] == records


def test_filters_take_the_day_itself_and_a_digest(log, capsys):
    record = first(log)
    day, digest = record["written"][:10], record["rulebook"]["sha256"]
    for filters in (["--since", day], ["--until", day], ["--rulebook", digest[:8]]):
        rows = json.loads(shown(capsys, "list", log, *filters, "--format", "json"))
        assert [row["record"] for row in rows] == [1, 2, 3]


def test_a_filter_may_name_what_a_later_rulebook_added(log, tmp_path, capsys):
    rules = write(tmp_path / "later", changed(("data.yaml", "  enough:", "  plenty:")))
    case = str(tmp_path / "tuned.json")
    out = str(tmp_path / "out.json")
    assert run(["decide", case, "--rules", str(rules), "--log", log, "-o", out]) == 0
    for rule, records in (("data.plenty", [4]), ("data.enough", [1])):
        rows = json.loads(shown(capsys, "list", log, "--rule", rule, "--format", "json"))
        assert [row["record"] for row in rows] == records


def test_a_list_without_records_is_json_too(log, capsys):
    assert (
        json.loads(
            shown(capsys, "list", log, "--margin", "0", "--until", "2000-01-01", "--format", "json")
        )
        == []
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda r: r[0]["firings"].append({"rule": "x\x1b[31m", "facts": {}}),
            "there is no rule 'x\\x1b[31m'",
        ),
        (lambda r: r[0]["firings"][0]["facts"].update(mood=1), "there is no fact 'mood'"),
        (
            lambda r: r[0]["facts"].update(mood={"value": 1, "origin": "given"}),
            "there is no fact 'mood'",
        ),
        (lambda r: r[0]["facts"]["examples"].update(value="many"), "fact examples: expected"),
        (lambda r: r[0]["decisions"][0].update(decision="mood"), "its decisions are others"),
    ],
)
def test_a_record_that_does_not_fit_its_rulebook_is_one_line(log, capsys, change, says):
    forged(Path(log), change)
    assert run(["audit", "show", log, "1", "--full"]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "see 'tunewise audit verify'" in said
    assert len(said.splitlines()) == 1
    assert run(["audit", "list", log, "--source", "DOC1"]) == 0


def test_the_list_in_text_counts_what_it_shows(log, capsys):
    lines = shown(capsys, "list", log).splitlines()
    assert lines[-1] == "3 records"
    assert len(lines) == 4
    assert "\x1b" not in "".join(lines)


def test_a_cell_of_the_csv_is_no_formula(tmp_path, capsys):
    rules = write(tmp_path / "rules")
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"name": "=1+1", "facts": {}}), encoding="utf-8")
    path = str(tmp_path / "log.jsonl")
    assert run(["decide", str(case), "--rules", str(rules), "--log", path]) == 0
    capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(shown(capsys, "list", path, "--format", "csv"))))
    assert [row["name"] for row in rows] == ["'=1+1"]


def answered(capsys, *arguments):
    """The exit status of a command, and what it prints and says."""
    status = run(["audit", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def altered(log, line, old, new):
    """Change one line of a log, its digest left as it was."""
    lines = Path(log).read_bytes().splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    Path(log).write_bytes(b"".join(lines))


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_an_altered_record_is_not_shown_as_a_genuine_one(log, capsys, form):
    """The page says so, standard error says so, and the exit status is 1."""
    altered(log, 1, b'"examples":{"value":600', b'"examples":{"value":900')
    status, out, err = answered(capsys, "show", log, "1", "--format", form)
    assert status == 1
    assert "Do not rely on this record: it was altered" in " ".join(out.split())
    says = "record 1 does not hold its digest or its place in the chain"
    assert err == f"tunewise: {log}: {says}; see 'tunewise audit verify'\n"
    assert answered(capsys, "show", log, "2")[0] == 0


def test_the_json_of_an_altered_record_says_that_it_was_altered(log, capsys):
    """Programs find what does not hold under `doubts`."""
    altered(log, 1, b'"examples":{"value":600', b'"examples":{"value":900')
    told = json.loads(answered(capsys, "show", log, "1", "--format", "json")[1])
    assert told["doubts"] == ["was altered: its digest is not that of what stands there"]
    assert json.loads(answered(capsys, "show", log, "2", "--format", "json")[1])["doubts"] == []


def test_a_list_says_which_records_do_not_hold_and_which_lines_are_none(log, capsys):
    """Both are named in one line, and the exit status is 1."""
    altered(log, 1, b'"examples":{"value":600', b'"examples":{"value":900')
    Path(log).write_bytes(Path(log).read_bytes() + b"nonsense\n")
    status, out, err = answered(capsys, "list", log)
    assert (status, out.splitlines()[-1]) == (1, "3 records")
    assert "record 1 does not hold its digest or its place in the chain; line 4 is no record" in err
    assert len(err.splitlines()) == 1


def test_records_that_were_swapped_do_not_hold_their_place(log, capsys):
    """Each digest holds, and the chain does not."""
    lines = Path(log).read_bytes().splitlines(keepends=True)
    Path(log).write_bytes(b"".join([lines[1], lines[0], lines[2]]))
    status, _, err = answered(capsys, "list", log)
    assert status == 1
    assert "records 1, 2 and 3 do not hold their digests or their place in the chain" in err


def test_a_line_that_is_no_record_is_told_to_whoever_looks_for_one(log, capsys):
    """It could be the record that is asked for."""
    Path(log).write_bytes(b"\xef\xbb\xbf" + Path(log).read_bytes())
    status, out, err = answered(capsys, "show", log)
    assert status == 1
    assert out.startswith("Empty\n")
    assert "line 1 is no record" in err


@pytest.mark.parametrize("command", ["list", "show", "verify", "replay", "diff"])
def test_a_log_with_the_lines_of_windows_is_refused_in_one_line(log, capsys, command):
    """It was converted on its way, which is one thing to say and not one for each record."""
    Path(log).write_bytes(Path(log).read_bytes().replace(b"\n", b"\r\n"))
    status, out, err = answered(capsys, command, log)
    assert (status, out) == (2, "")
    assert "was converted: its lines end as on Windows" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["list", "show", "verify", "replay", "diff", "sign"])
def test_a_pipe_is_refused_and_not_waited_on(log, tmp_path, capsys, command):
    """A log is a file; nobody waits for a writer."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    key = ["--key", str(pipe)] if command == "sign" else []
    status, _, err = answered(capsys, command, str(pipe), *key)
    assert status == 2
    assert "not a file" in err or "is the key" in err


@pytest.mark.parametrize("command", ["list", "show", "verify", "replay", "diff"])
def test_an_empty_path_is_no_file(capsys, command):
    """The error says what is expected."""
    assert answered(capsys, command, "") == (
        2,
        "",
        "tunewise: expected the path of a file, found ''\n",
    )


@pytest.mark.parametrize("part", ["", ".sig", ".rulebooks", "rulebook", "link"])
@pytest.mark.parametrize("command", [("show",), ("diff", "--to-as-of", "2026-11-21")])
def test_no_output_replaces_evidence(log, tmp_path, capsys, command, part):
    """The log, its signature and its rulebooks stay as they are, by whatever name they are meant."""
    (rulebook,) = Path(f"{log}.rulebooks").iterdir()
    link = tmp_path / "link"
    link.symlink_to(log)
    target = {"rulebook": str(rulebook), "link": str(link)}.get(part, f"{log}{part}")
    before = Path(log).read_bytes(), rulebook.read_bytes()
    status, _, err = answered(
        capsys, command[0], log, *command[1:], "--format", "text", "-o", target
    )
    assert status == 2
    assert re.search("is (the|a).* log.*, which the report would replace; name another file", err)
    assert (Path(log).read_bytes(), rulebook.read_bytes()) == before
    assert not Path(f"{log}.sig").exists()


def test_decide_replaces_no_evidence_either(log, tmp_path, capsys):
    """A report may not stand in the place of a stored rulebook of the log that it appends to."""
    (rulebook,) = Path(f"{log}.rulebooks").iterdir()
    case = str(tmp_path / "tuned.json")
    assert run(["decide", case, "--log", log, "-o", str(rulebook)]) == 2
    assert "is a rulebook of the log" in capsys.readouterr().err


def test_the_ending_of_the_output_names_its_form(log, tmp_path, capsys):
    """A page is a page without --format, a dash is the terminal, and any other ending is refused."""
    page = tmp_path / "page.html"
    assert answered(capsys, "show", log, "-o", str(page))[0] == 0
    assert page.read_text().startswith("<!")
    assert answered(capsys, "show", log, "-o", "-")[1].startswith("Empty\n")
    status, _, err = answered(capsys, "show", log, "-o", str(tmp_path / "page.pdf"))
    assert status == 2
    assert "no form of report ends in '.pdf'" in err


@pytest.mark.parametrize(
    ("filters", "records"),
    [
        (["--fact", "accuracy=50%"], [2]),
        (["--fact", "accuracy=0.5"], [2]),
        (["--fact", "examples=0.6k"], [1]),
        (["--fact", "examples=unknown"], [3]),
        (["--fact", "stage=Pilot"], [1]),
        (["--recommendation", "tuning"], [1]),
        (["--recommendation", "Hosting = Public API"], [2, 3]),
        (["--veto", "Tuning"], [2]),
        (["--owner", "legal"], [2]),
        (["--fact", "examples", "--fact", "accuracy"], [2]),
        (["--rule", "data.enough", "--rule", "data.forbidden"], []),
    ],
)
def test_filters_read_values_as_they_are_shown_and_all_must_hold(log, capsys, filters, records):
    """Percent, thousands, words: what a person writes means what it means in the questionnaire."""
    rows = json.loads(shown(capsys, "list", log, *filters, "--format", "json"))
    assert [row["record"] for row in rows] == records


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (["--fact", "stage=pilt"], "--fact: stage: unknown value 'pilt'; did you mean 'pilot'?"),
        (["--fact", "examples=abc"], "--fact: examples: expected"),
        (["--fact", "examples="], "--fact: examples: expected a value behind ="),
        (["--fact", "approach=prompting"], "'approach' is decided; ask for it with"),
        (["--rulebook", ""], "--rulebook: unknown rulebook ''"),
        (["--rulebook", "00000000"], "--rulebook: unknown rulebook '00000000'"),
        (["--since", "2026-11-23", "--until", "2026-11-22"], "--since: 2026-11-23 is later than"),
        (["--margin", "1", "--margin", "2"], "--margin: is given 2 times, and has one value"),
    ],
)
def test_a_filter_that_no_record_can_pass_is_a_mistake(log, capsys, filters, message):
    """Nothing is listed, and one line says what is wrong."""
    status, out, err = answered(capsys, "list", log, *filters)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_filters_that_name_something_need_the_rulebooks(log, capsys):
    """Without them nobody can say what a name means."""
    for path in Path(f"{log}.rulebooks").iterdir():
        path.unlink()
    status, _, err = answered(capsys, "list", log, "--rule", "data.enough")
    assert status == 2
    assert "holds no rulebook that can be read" in err
    assert answered(capsys, "list", log, "--margin", "0")[0] == 0


def test_a_name_that_several_records_have_is_said_to_be_theirs(log, tmp_path, capsys):
    """The last one is shown, and standard error says how many there are."""
    case, rules = str(tmp_path / "tuned.json"), str(tmp_path / "rules")
    assert run(["decide", case, "--rules", rules, "--log", log, "-o", "-"]) == 0
    capsys.readouterr()
    status, out, err = answered(capsys, "show", log, "Tuned")
    assert status == 0
    assert "Record 4 of" in out
    assert err == f"tunewise: {log}: 2 records are called 'Tuned'; this is the last, number 4\n"


def test_a_part_of_a_name_is_enough_where_one_record_has_it(log, capsys):
    """Where several have it, their numbers are named; a whole name comes before a part, and before a digest."""
    assert shown(capsys, "show", log, "forbid").startswith("Forbidden")
    digest = first(log)["digest"]
    forged(Path(log), lambda found: found[1]["case"].update(name="Tuned twice"))
    assert shown(capsys, "show", log, "tuned tw").startswith("Tuned twice")
    status, _, err = answered(capsys, "show", log, "tune")
    assert status == 2
    assert "'tune' is a part of several names: records 1, 2; give a number" in err
    forged(Path(log), lambda found: found[2]["case"].update(name=digest[:8]))
    assert shown(capsys, "show", log, digest[:8]).startswith(digest[:8])


def test_why_takes_an_option_as_it_is_shown_and_nothing_without_a_decision(log, capsys):
    """'=tuning' names no decision."""
    assert "Why tuning?" in shown(capsys, "show", log, "1", "--why", "Tuning")
    status, _, err = answered(capsys, "show", log, "1", "--why", "=fine_tuning")
    assert status == 2
    assert "--why: unknown option '=fine_tuning'; did you mean 'fine_tuning'?" in err


def test_why_not_shows_how_both_options_stood(log, capsys):
    """The one asked for and the chosen one, with their points."""
    told = json.loads(shown(capsys, "show", log, "1", "--why-not", "prompting", "--format", "json"))
    asked, chosen = told["asked"]["standings"]
    assert (asked["label"], chosen["label"]) == ("prompting", "tuning")
    assert (asked["chosen"], chosen["chosen"]) == (False, True)
    assert chosen["score"] > asked["score"]


def test_the_csv_holds_no_raw_escape_and_names_the_owner(log, capsys):
    """What a name holds comes out harmless in every form of a list."""
    text = shown(capsys, "list", log, "--format", "csv")
    assert "\x1b" not in text
    assert [row["owner"] for row in csv.DictReader(io.StringIO(text))] == ["", "Legal", ""]


def test_a_list_fits_a_narrow_terminal(log, capsys, monkeypatch):
    """No line is longer than the terminal is wide."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "70")
    lines = shown(capsys, "list", log).splitlines()
    assert max(map(len, lines)) == 70
    assert lines[0].endswith("…")


@pytest.fixture
def triage(tmp_path):
    """A log of a shipped example, in whose decision many rules had a say."""
    log = str(tmp_path / "triage.jsonl")
    example = str(Path(__file__).parents[1] / "examples" / "support_triage.yaml")
    out = str(tmp_path / "out.json")
    assert run(["decide", example, "--as-of", "2026-11-22", "--log", log, "-o", out]) == 0
    return log


def test_the_weightiest_rules_carry_a_page_and_the_others_are_counted(triage, capsys, monkeypatch):
    monkeypatch.setattr("tunewise.asking.explaining.CARRIED", 3)
    told = json.loads(shown(capsys, "show", triage, "--format", "json"))
    strong = 4  # what a veto counts as
    points = [abs(one["points"]) or strong for one in told["carried"]]
    assert len(points) == 3
    assert points == sorted(points, reverse=True)
    assert told["carrying"] > 3
    says = f"the weightiest 3 of {told['carrying']} rules"
    for form in ("text", "markdown", "html"):
        assert says in shown(capsys, "show", triage, "--format", form).casefold()
    assert "the weightiest" not in shown(capsys, "show", triage, "--why", "fine_tuning")


def test_of_what_came_close_the_most_telling_is_shown(triage, capsys, monkeypatch):
    """What is shown are the first of all, by what they would have changed."""
    arguments = ("show", triage, "--why-not", "hybrid", "--format", "json")
    near = json.loads(shown(capsys, *arguments))["asked"]["near"]
    assert len(near) == 6
    monkeypatch.setattr("tunewise.asking.arguments.SHOWN", 100)
    every = json.loads(shown(capsys, *arguments))["asked"]["near"]
    assert every[:6] == near
    assert len(every) > 6


def test_what_is_masked_never_comes_close(tmp_path, capsys):
    """Nobody can say which value stood there."""
    log, hidden = str(tmp_path / "log"), tmp_path / "privacy.yaml"
    hidden.write_text("facts.examples: mask\n", encoding="utf-8")
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"name": "A", "facts": {"examples": 499}}), encoding="utf-8")
    rules = str(write(tmp_path / "rules"))
    arguments = ["--rules", rules, "--log", log, "-o", "-"]
    assert run(["decide", str(case), *arguments]) == 0
    assert run(["decide", str(case), *arguments, "--privacy", str(hidden)]) == 0
    capsys.readouterr()
    asked = ("--why-not", "fine_tuning", "--format", "json")
    seen, masked = (
        [
            miss["fact"]
            for miss in json.loads(shown(capsys, "show", log, n, *asked))["asked"]["near"]
        ]
        for n in "12"
    )
    assert "examples" in seen
    assert "examples" not in masked


def test_full_shows_what_the_costs_are_made_up_of(triage, capsys):
    """Each part with its id, what is expected, and its range."""
    record = first(triage)
    parts = {line["id"] for estimate in record["costs"].values() for line in estimate["lines"]}
    assert parts
    for form in ("text", "markdown", "html"):
        text = shown(capsys, "show", triage, "--full", "--format", form).replace("\\", "")
        assert all(part in text for part in parts)
    assert not any(part in shown(capsys, "show", triage) for part in parts)


def test_the_addresses_of_sources_are_not_broken(triage, capsys):
    """Each that fits a line stands on a line of its own."""
    lines = [line.strip() for line in shown(capsys, "show", triage, "--full").splitlines()]
    book = json.loads(next(Path(f"{triage}.rulebooks").iterdir()).read_text(encoding="utf-8"))
    links = [line for line in lines if line.startswith("http")]
    assert links
    assert all(
        any(link in text for text in book["files"].values()) for link in links if len(link) < 70
    )

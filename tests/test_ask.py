"""`tunewise ask` as a person meets it: through a real pseudo-terminal.

After the kind of work, which is the first question, the chooser asks where data may be (test_choosing.py).
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tunewise.cases.case import read_case
from tunewise.interview.casefile import UNFINISHED_ANSWERS, read_answers
from tunewise.loading.assembly import load

ENTER, BACK, FORWARD, TAB, FINISH, INTERRUPT = "\r", "\x1b[D", "\x1b[C", "\t", "\x04", "\x03"
CLEAR = "\x15"
UP, DOWN, SPACE = "\x1b[A", "\x1b[B", " "
FACTS = load().facts
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


@contextmanager
def asking(
    folder: Path, *options: str, lines: int = 24, columns: int = 80
) -> Iterator[pexpect.spawn]:
    """Start `tunewise ask` in a folder; the terminal does not answer where its cursor is."""
    environment = {**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tunewise", "ask", *options],
        cwd=folder,
        env=environment,
        dimensions=(lines, columns),
        encoding="utf-8",
        timeout=30,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def ended(child: pexpect.spawn) -> tuple[int, str]:
    """Return the exit status and what was shown at the end."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before.replace("\r\n", "\n")


def started(child: pexpect.spawn, name: str = "Triage") -> None:
    """Give the case a name and wait for the first question."""
    child.expect("call this use case")
    child.send(name + ENTER)
    child.expect("What should the model do")
    child.expect("save and leave")


def pointed(choice: str) -> str:
    """Return the pattern of a choice that is pointed at, colours between."""
    return rf"»\s*(?:\x1b\[[\d;]*m|\s)*{choice}"


def whole_case(folder: Path) -> Path:
    """Write a case in which every question is answered, none of them known."""
    facts = "\n".join(f"  {id}: unknown" for id in FACTS.given)
    path = folder / "whole.yaml"
    path.write_text(f"# by hand\nname: Whole\nfacts:\n{facts}\n", "utf-8")
    return path


def test_without_a_terminal_one_line_says_what_to_use(tmp_path) -> None:
    """A pipe is refused before anything else, and `decide` is named."""
    command = [sys.executable, "-m", "tunewise", "ask"]
    done = subprocess.run(command, cwd=tmp_path, input="", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "tunewise decide" in done.stderr


SECOND = "Must data and model stay"


def answered(child: pexpect.spawn, keys: str, said: str) -> None:
    """Answer the question that stands there, and wait until it is understood and the next one stands."""
    child.send(keys + ENTER)
    child.expect(said)
    child.expect("open:|settled:|firm:")
    child.expect("save and leave")


def test_from_the_first_question_to_the_report(tmp_path) -> None:
    """Choices by arrow and by number, a verdict asked for early, and a saved case."""
    with asking(tmp_path) as child:
        started(child, "Support triage")
        child.send(DOWN + DOWN + ENTER)
        child.expect("task type: classification")
        child.expect("open: approach")
        child.expect(SECOND)
        child.expect("save and leave")
        answered(child, "5", "sovereignty: air-gapped")
        child.send(FINISH)
        child.expect("These are your answers")
        child.send(ENTER)
        status, shown = ended(child)
    assert status == 0
    assert "Saved in support-triage.case.yaml" in shown
    assert "tunewise decide support-triage.case.yaml" in shown
    assert "--brief -o support-triage.html" in shown
    case = read_case(tmp_path / "support-triage.case.yaml", FACTS)
    assert case.name == "Support triage"
    assert case.facts == {"task_type": "classification", "sovereignty": "air_gapped"}
    assert "hosting: settled" in (tmp_path / "support-triage.case.yaml").read_text("utf-8")


def test_nothing_is_answered_by_accident(tmp_path) -> None:
    """Enter alone, letters, a paste and keys typed ahead answer nothing; a digit only points."""
    with asking(tmp_path) as child:
        started(child)
        child.send(ENTER + "dnq" + ENTER)
        child.send("\x1b[200~2\r3\r4\r\x1b[201~" + ENTER)
        child.send("3")
        child.expect(pointed("3 extraction"))
        child.send(ENTER + "1" + ENTER + "1" + ENTER + "1" + ENTER)
        child.expect("task type: extraction")
        child.expect(SECOND)
        child.expect("save and leave")
        child.send(INTERRUPT)
        ended(child)
    saved = read_answers(str(tmp_path / "triage.case.yaml"), FACTS).answers
    assert saved.given == {"task_type": "extraction"}


def test_the_verdict_so_far_at_one_key(tmp_path) -> None:
    """A sentence and the certainty of each decision; the question stays."""
    with asking(tmp_path) as child:
        started(child)
        child.send("=")
        child.expect("So far: Use")
        child.expect("approach: prompt engineering .open")
        child.expect("What should the model do")
        child.expect("save and leave")
        answered(child, "3", "task type: extraction")


@pytest.mark.parametrize(("lines", "columns"), [(24, 80), (15, 40), (40, 120)])
def test_a_question_is_answered_in_terminals_of_all_sizes(tmp_path, lines, columns) -> None:
    """The pointer and what it points at are shown, with help open and closed."""
    with asking(tmp_path, lines=lines, columns=columns) as child:
        child.expect("call this use case")
        child.send("Triage" + ENTER)
        child.expect(pointed("· no answer yet"))
        child.send("3")
        child.expect(pointed("3 extraction"))
        child.send("?")
        child.expect("What should the model do")
        child.expect(pointed("3 extraction"))
        child.send(ENTER)
        child.expect("task type: extraction")
        child.expect(pointed("· no answer yet"))
        child.send("-")
        child.expect(pointed("- don't know"))
        child.send(ENTER)
        child.expect("sovereignty: don't know")
        child.expect("open: approach")
        child.send(INTERRUPT)
        status, _ = ended(child)
    assert status == 130


def test_a_report_is_written_by_its_ending(tmp_path) -> None:
    """-o is the report, --save the answers; neither replaces the other."""
    with asking(tmp_path, "--save", "mine.yaml", "-o", "page.html") as child:
        started(child)
        answered(child, "3", "task type: extraction")
        child.send(FINISH)
        child.expect("These are your answers")
        child.send(ENTER)
        status, shown = ended(child)
    assert status == 0
    assert "The report is in page.html" in shown
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    assert read_case(tmp_path / "mine.yaml", FACTS).facts == {"task_type": "extraction"}


def test_an_interruption_saves_and_says_how_to_go_on(tmp_path) -> None:
    """Ctrl-C leaves a case file behind; with it, what was answered is not asked again."""
    with asking(tmp_path) as child:
        started(child)
        answered(child, "3", "task type: extraction")
        answered(child, "-", "sovereignty: don't know")
        child.send(INTERRUPT)
        status, shown = ended(child)
    assert status == 130
    assert "tunewise ask --answers triage.case.yaml" in shown
    assert UNFINISHED_ANSWERS in (tmp_path / "triage.case.yaml").read_text("utf-8")
    with asking(tmp_path, "--answers", "triage.case.yaml") as child:
        child.expect("Going on with Triage: 2 answered")
        child.expect("save and leave|done")
        child.send(BACK)
        child.expect(SECOND)
        child.expect("save and leave")
        answered(child, "1", "sovereignty: none")
        child.send(INTERRUPT)
        status, shown = ended(child)
    assert status == 130
    saved = read_answers(str(tmp_path / "triage.case.yaml"), FACTS).answers
    assert saved.given == {"task_type": "extraction", "sovereignty": "none"}
    assert [path.name for path in tmp_path.iterdir()] == ["triage.case.yaml"]


def test_an_interruption_before_the_first_answer_saves_nothing(tmp_path) -> None:
    """No file is made of nothing."""
    with asking(tmp_path) as child:
        child.expect("call this use case")
        child.send(INTERRUPT)
        status, shown = ended(child)
    assert status == 130
    assert "nothing is saved" in shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closing_terminal_saves_too(tmp_path, number) -> None:
    """A window that is closed, and a polite kill, lose no answer."""
    with asking(tmp_path) as child:
        started(child)
        answered(child, "3", "task type: extraction")
        child.kill(number)
        status, _ = ended(child)
    assert status == 130
    saved = read_answers(str(tmp_path / "triage.case.yaml"), FACTS)
    assert saved.answers.given == {"task_type": "extraction"}


def test_going_back_shows_the_answer_and_keeps_the_others(tmp_path) -> None:
    """The earlier answer is pointed at, and forward leads on; another takes its place and nothing else changes."""
    with asking(tmp_path) as child:
        started(child)
        answered(child, "3", "task type: extraction")
        answered(child, "2", "sovereignty: preferred")
        child.send(BACK)
        child.expect(pointed("2 preferred"))
        child.send(BACK)
        child.expect(pointed("3 extraction"))
        child.send(FORWARD)
        child.expect(pointed("2 preferred"))
        child.send(BACK)
        child.expect(pointed("3 extraction"))
        answered(child, "2", "task type: classification")
        child.send(INTERRUPT)
        ended(child)
    saved = read_answers(str(tmp_path / "triage.case.yaml"), FACTS).answers
    assert saved.given == {"task_type": "classification", "sovereignty": "preferred"}


def test_a_question_says_why_it_is_asked(tmp_path) -> None:
    """The question mark adds the reason and the documents, and leaves the pointer where it was."""
    with asking(tmp_path) as child:
        started(child)
        child.send(DOWN + DOWN + DOWN + "?")
        child.expect("Why we ask")
        child.expect("The question comes from")
        child.expect(pointed("3 extraction"))
        child.send("?")
        child.expect("save and leave")
        assert "Why we ask" not in child.before


def test_a_whole_file_runs_straight_to_the_summary(tmp_path) -> None:
    """Nothing is asked again, and a file that was not changed is not written again."""
    path = whole_case(tmp_path)
    before = path.read_text("utf-8")
    with asking(tmp_path, "--answers", path.name) as child:
        child.expect("These are your answers")
        child.send(ENTER)
        status, shown = ended(child)
    assert status == 0
    assert "tunewise decide whole.yaml" in shown
    assert path.read_text("utf-8") == before


def test_an_answer_is_changed_at_the_summary(tmp_path) -> None:
    """Enter on an answer asks it again; another's file is not replaced without a choice."""
    path = whole_case(tmp_path)
    with asking(tmp_path, "--answers", path.name) as child:
        child.expect("These are your answers")
        child.send(DOWN + DOWN + ENTER)
        child.expect("What should the model do")
        child.send("4" + ENTER)
        child.expect("task type: question answering")
        child.expect("These are your answers")
        child.send(FINISH)
        child.expect("whole.yaml exists already")
        child.send(ENTER)
        status, shown = ended(child)
    assert status == 0
    assert "Saved in whole-2.yaml" in shown
    assert read_case(path, FACTS).facts == {}
    assert read_case(tmp_path / "whole-2.yaml", FACTS).facts == {"task_type": "question_answering"}


def test_several_values_are_marked(tmp_path) -> None:
    """Space marks, Enter confirms; none and don't know are rows of their own, so that Enter alone claims nothing."""
    path = tmp_path / "part.yaml"
    rest = (id for id in FACTS.given if id not in ("gap_kinds", "prompt_testing"))
    facts = "\n".join(["  prompt_testing: informal", *(f"  {id}: unknown" for id in rest)])
    path.write_text(f"name: Part\nfacts:\n{facts}\n", "utf-8")
    with asking(tmp_path, "--answers", path.name, "--save", "out.yaml") as child:
        child.expect("Where do prompts fall short")
        child.send(ENTER)
        child.expect("Nothing is marked yet")
        child.send(SPACE + DOWN + DOWN + SPACE + "?")
        child.expect("Why we ask")
        child.send(UP + UP + UP + SPACE + ENTER)
        child.expect("stand alone")
        child.send(UP + SPACE + ENTER)
        child.expect("what prompts lack: accuracy, format")
        child.expect("These are your answers")
        child.send(ENTER)
        status, _ = ended(child)
    assert status == 0
    assert read_case(tmp_path / "out.yaml", FACTS).facts == {
        "prompt_testing": "informal",
        "gap_kinds": ("accuracy", "format"),
    }


def test_a_model_without_a_price_is_refused_where_it_is_typed(tmp_path) -> None:
    """The mistake is said at the question, with the nearest name; a name as vendors have it is understood."""
    path = tmp_path / "part.yaml"
    facts = "\n".join(f"  {id}: unknown" for id in FACTS.given if id != "base_model")
    path.write_text(f"name: Part\nfacts:\n{facts}\n", "utf-8")
    with asking(tmp_path, "--answers", path.name) as child:
        child.expect("Which model would you prompt")
        child.send("openai/gpt-fife" + ENTER)
        child.expect("did you")
        child.send(CLEAR + "GPT-5" + ENTER)
        child.expect("base model: openai/gpt-5")
        child.expect("These are your answers")


def test_what_keeps_the_verdict_from_being_found_is_shown_with_the_answers(tmp_path) -> None:
    """A file with a model that has no price leads back to the summary, where it can be mended."""
    path = whole_case(tmp_path)
    text = path.read_text("utf-8").replace("base_model: unknown", "base_model: openai/gpt-five")
    path.write_text(text, "utf-8")
    with asking(tmp_path, "--answers", path.name) as child:
        child.expect("These are your answers")
        child.send(ENTER)
        child.expect("openai/gpt-five")
        child.expect("Show the verdict")
        child.send(INTERRUPT)
        status, shown = ended(child)
    assert status == 130
    assert "tunewise ask --answers whole.yaml" in shown


def test_odd_names_come_out_harmless(tmp_path) -> None:
    """A pasted name with escape sequences, a line break and an emoji is kept, and shown escaped."""
    odd = "A\x1b]0;title\x07\nnew 🎫 <b>"
    with asking(tmp_path) as child:
        started(child, f"\x1b[200~{odd}\x1b[201~")
        assert "\x1b]0;" not in child.before
        child.send("3" + ENTER)
        child.expect(SECOND)
        child.expect("save and leave")
        child.send(INTERRUPT)
        status, shown = ended(child)
    assert status == 130
    assert "\x1b]0;" not in shown
    (saved,) = tmp_path.iterdir()
    assert read_case(saved, FACTS).name == odd


def test_without_colours_where_none_are_wanted(tmp_path, monkeypatch) -> None:
    """NO_COLOR leaves bold and the pointer, and not one colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    with asking(tmp_path) as child:
        child.logfile_read = (tmp_path / "screen").open("w", encoding="utf-8")
        started(child)
        child.send("3" + TAB)
        child.expect("These are your answers")
        child.send(INTERRUPT)
        ended(child)
        child.logfile_read.close()
    assert not COLOURS.search((tmp_path / "screen").read_text("utf-8"))


def test_a_small_terminal_will_do(tmp_path) -> None:
    """In 40 columns and 12 lines each choice can be reached."""
    with asking(tmp_path, lines=12, columns=40) as child:
        child.expect("call this use case")
        child.send("Triage" + ENTER)
        child.expect(pointed("· no answer yet"))
        child.send(UP + UP + ENTER)
        child.expect("another kind of task")
        child.expect("Must data")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--save", "no/such/a.yaml"], "no/such/a.yaml: cannot be written"),
        (["-o", "report.yaml"], "no form of report ends in"),
        (["--answers", "none.yaml"], "none.yaml: cannot be read"),
        (["--as-of", "soon"], "--as-of: expected a date"),
        (["--templates", "none"], "none: is not a folder"),
        (["--log", "."], ".: cannot be written"),
    ],
)
def test_what_would_fail_at_the_end_fails_at_the_start(tmp_path, options, says) -> None:
    """A mistake in the options costs no answers."""
    with asking(tmp_path, *options) as child:
        status, shown = ended(child)
    assert status == 2
    assert says in shown
    assert "Traceback" not in shown

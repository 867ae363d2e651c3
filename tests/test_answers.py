"""Answers: what typed text means, which question comes next, and what a saved file says."""

import contextlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tunewise.cases.case import parse_case, read_case
from tunewise.cases.written import UNITS, read_typed
from tunewise.errors import UserError
from tunewise.interview.answers import Answers, Questions
from tunewise.interview.casefile import (
    UNFINISHED_ANSWERS,
    Saved,
    case_file_slug,
    case_text,
    free_path,
    read_answers,
)
from tunewise.interview.choosing import Standing
from tunewise.interview.course import Interview
from tunewise.interview.pages import CASE_NAME, AnswersSummary, Move, Page, Said, Settling
from tunewise.interview.saving import Store, free
from tunewise.inventories.values import quick_reader, value_of
from tunewise.knowledge.conditions import facts_read
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import load
from tunewise.reading import parse_json, parse_yaml
from tunewise.whatif.versions import read_changes

BOOK = load()
QUESTIONS = Questions(BOOK)
COUNT = Fact(id="count", type="integer", label="count")
AMOUNT = Fact(id="amount", type="number", label="amount", unit="USD")
SPEED = Fact(id="speed", type="number", label="speed", unit="ms", minimum=1)
TIME = Fact(id="time", type="number", label="time", unit="weeks")
LIFE = Fact(id="life", type="integer", label="life", unit="months", maximum=600)
SIZE = Fact(id="size", type="integer", label="size", unit="tokens")
SHARE = Fact(id="share", type="share", label="share")
YES_NO = Fact(id="yes_no", type="boolean", label="yes or no")
TEXT = Fact(id="text", type="text", label="text")
LEVEL = Fact(
    id="level", type="choice", label="level", values={"low": "low", "very_high": "very high"}
)
GAPS = Fact(id="gaps", type="set", label="gaps", values={"cost": "cost", "speed": "slow answers"})


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        (COUNT, "0", 0),
        (COUNT, " 1,000 ", 1000),
        (COUNT, "1 000", 1000),
        (COUNT, "1'000'000", 1_000_000),
        (COUNT, "1’000", 1000),
        (COUNT, "1_000", 1000),
        (COUNT, "1.000.000", 1_000_000),
        (COUNT, "1.500", 1500),
        (COUNT, "12k", 12_000),
        (COUNT, "12.5 K", 12_500),
        (COUNT, "1,5k", 1500),
        (COUNT, "1.5M", 1_500_000),
        (COUNT, "2 bn", 2_000_000_000),
        (COUNT, "3 million", 3_000_000),
        (COUNT, "1e6", 1_000_000),
        (COUNT, "~500", 500),
        (COUNT, "about 5k", 5000),
        (COUNT, "１２", 12),
        (SIZE, "100k tokens", 100_000),
        (SIZE, "500 Tokens", 500),
        (AMOUNT, "$5,000", 5000),
        (AMOUNT, "5k USD", 5000),
        (AMOUNT, "12.50", 12.5),
        (AMOUNT, "12,5 $", 12.5),
        (SPEED, "300", 300),
        (SPEED, "300 ms", 300),
        (SPEED, "2 s", 2000),
        (SPEED, "2.5s", 2500),
        (SPEED, "1 min", 60_000),
        (TIME, "6 weeks", 6),
        (TIME, "3 months", 13),
        (TIME, "14 days", 2),
        (LIFE, "3 years", 36),
        (SHARE, "85%", 0.85),
        (SHARE, "85 percent", 0.85),
        (SHARE, "85", 0.85),
        (SHARE, "0.85", 0.85),
        (SHARE, "0,855", 0.855),
        (SHARE, ".9", 0.9),
        (SHARE, "99.9 %", 0.999),
        (SHARE, "100", 1),
        (SHARE, "1%", 0.01),
        (SHARE, "0", 0),
        (YES_NO, "Yes", True),
        (YES_NO, "n", False),
        (LEVEL, "very high", "very_high"),
        (LEVEL, "LOW", "low"),
        (LEVEL, "v", "very_high"),
        (GAPS, "slow answers, cost", ("cost", "speed")),
        (TEXT, " openai/gpt-4.1 ", "openai/gpt-4.1"),
    ],
)
def test_typed_text_means_what_a_person_means(fact: Fact, text: str, value: object) -> None:
    """Separators, scales, units and percent signs are read as people write them."""
    read = read_typed(fact, text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("fact", [COUNT, AMOUNT, SPEED, SHARE, YES_NO, LEVEL, GAPS, TEXT])
@pytest.mark.parametrize("text", ["unknown", "don't know", "Don’t know", "-", "?", " n/a ", "nan"])
def test_not_knowing_can_be_typed(fact: Fact, text: str) -> None:
    """Every kind of fact takes the words for not knowing, and none reads them as a value."""
    assert read_typed(fact, text) is None


@pytest.mark.parametrize(
    ("fact", "text", "says"),
    [
        (COUNT, "many", "expected a whole number"),
        (COUNT, "-5", "out of range"),
        (COUNT, "2.5", "expected a whole number"),
        (COUNT, "1e400", "out of range"),
        (COUNT, "-nan", "expected a whole number"),
        (COUNT, "inf", "expected a whole number"),
        (COUNT, "1,00,0", "expected a whole number"),
        (COUNT, "1.2.3", "expected a whole number"),
        (COUNT, "9" * 5000, "expected a whole number"),
        (COUNT, "5 apples", "'apples' in '5 apples' is not understood"),
        (COUNT, "", "expected a whole number"),
        (AMOUNT, "1.500", "two ways"),
        (SPEED, "0", "out of range"),
        (SPEED, "2M", "is not understood"),
        (TIME, "2m", "is not understood"),
        (LIFE, "51 years", "out of range"),
        (SHARE, "1", "1% or 100%"),
        (SHARE, "150%", "is above 100%"),
        (SHARE, "85k", "is not understood"),
        (YES_NO, "maybe", "expected yes, no or unknown"),
        (LEVEL, "hgih", "unknown value 'hgih'"),
        (LEVEL, "", "unknown value"),
        (GAPS, "cost, colour", "unknown value 'colour'"),
        (TEXT, "x" * 201, "at most 200 characters"),
    ],
)
def test_typed_nonsense_is_refused_in_a_sentence(fact: Fact, text: str, says: str) -> None:
    """What cannot be read, or only in two ways, is said so instead of guessed."""
    with pytest.raises(ValueError, match=re.escape(says)) as refused:
        read_typed(fact, text)
    assert len(str(refused.value)) < 250


@example("0:\n:", COUNT)
@given(st.text(max_size=80), st.sampled_from([COUNT, AMOUNT, SPEED, TIME, SHARE, YES_NO, GAPS]))
def test_any_text_is_read_or_refused(text: str, fact: Fact) -> None:
    """No text whatever brings anything but a value that the fact allows, or a sentence."""
    with contextlib.suppress(ValueError):
        value = read_typed(fact, text)
        assert value is None or fact.check(value) == value


@given(st.integers(0, 10**12), st.sampled_from([COUNT, AMOUNT, SIZE, TIME]))
def test_a_number_can_be_typed_as_it_is_shown(number: int, fact: Fact) -> None:
    """What the summary shows is understood when it is typed back."""
    assert read_typed(fact, fact.say(number)) == number


@given(st.integers(0, 1000))
def test_a_share_can_be_typed_as_it_is_shown(thousandths: int) -> None:
    """A share comes back exactly, without an error of rounding."""
    assert read_typed(SHARE, SHARE.say(thousandths / 1000)) == thousandths / 1000


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("corpus_tokens", "200 pages", 100_000),
        ("corpus_tokens", "about 80k words", 104_000),
        ("input_tokens", "1 page", 500),
        ("requests_per_month", "2,000 a day", 60_000),
        ("requests_per_month", "roughly 500", 500),
        ("review_minutes", "30 s", 0.5),
    ],
)
def test_answers_are_taken_as_people_have_them(fact: str, text: str, value: float) -> None:
    """Pages and words for tokens, requests a day, about so many."""
    assert read_typed(BOOK.facts[fact], text) == value


def test_the_units_of_the_vocabulary_are_understood() -> None:
    """A unit that a question shows may be typed after the number."""
    assert {fact.unit for fact in asked()} - {""} <= set(UNITS)


def asked() -> list[Fact]:
    return [BOOK.facts[id] for id in QUESTIONS.order]


def test_every_question_says_what_it_asks_and_why() -> None:
    """A question has a help line, a reason, and words for each value."""
    for fact in asked():
        assert fact.question.endswith("?"), fact.id
        assert fact.help, fact.id
        assert fact.why, fact.id
        assert set(fact.means) == set(fact.values), fact.id
        assert len(fact.label) <= 32, fact.id


def test_questions_name_items_that_exist() -> None:
    """What a question refers to stands among the sources."""
    for fact in asked():
        assert fact.sources, fact.id
        assert set(fact.sources) <= set(BOOK.items), fact.id


def test_the_documents_own_questions_are_asked() -> None:
    """The steps 'define success' and 'assess data', and the decision factors, each have a question."""
    used = {item for fact in asked() for item in fact.sources}
    assert {f"C{n}" for n in range(60, 69)} | {f"E{n}" for n in range(32, 38)} <= used


def test_aliases_are_unambiguous() -> None:
    """A header names one fact at most."""
    names = [name.casefold() for fact in asked() for name in (fact.id, *fact.aliases)]
    assert len(names) == len(set(names))


def test_a_condition_reads_questions_asked_earlier() -> None:
    """Whether a question matters is known by the time it would be asked."""
    for id, condition in BOOK.questions.items():
        earlier = QUESTIONS.order[: QUESTIONS.order.index(id)]
        assert set(facts_read(condition)) <= set(earlier), id


def said(**facts: object) -> Answers:
    return Answers("A case", facts)  # type: ignore[arg-type]


def test_questions_that_cannot_matter_are_left_out() -> None:
    """Nobody without documents is asked how often they change."""
    knowledge = {"knowledge_change", "corpus_tokens", "access_controlled", "citations_required"}
    assert not knowledge & set(QUESTIONS.mattering(said(external_knowledge="none")))
    assert knowledge <= set(QUESTIONS.mattering(said(external_knowledge="helpful")))


def test_what_is_not_known_leaves_questions_in() -> None:
    """Not knowing is never read as no: a question is left out only where its condition is false."""
    assert "knowledge_change" in QUESTIONS.mattering(said())
    assert "knowledge_change" in QUESTIONS.mattering(said(external_knowledge=None))


def test_answers_that_no_longer_matter_are_kept_apart() -> None:
    """They are left out of the case, and come back where they matter again."""
    answers = said(external_knowledge="essential", knowledge_change="daily")
    assert QUESTIONS.case(answers).facts["knowledge_change"] == "daily"
    without = answers.answered("external_knowledge", "none")
    assert "knowledge_change" not in QUESTIONS.case(without).facts
    again = without.answered("external_knowledge", "helpful")
    assert QUESTIONS.case(again).facts["knowledge_change"] == "daily"


def test_an_answer_that_does_not_matter_decides_nothing() -> None:
    """A pilot that is said to have been run without any example opens no further question."""
    answers = said(training_examples=0, tuning_pilot="promising")
    assert "tuning_accuracy" not in QUESTIONS.mattering(answers)


def test_not_known_is_an_answer_but_no_fact() -> None:
    """'Don't know' is not asked again, and is not in the case."""
    answers = said(task_type=None)
    assert QUESTIONS.open(answers)[0] == QUESTIONS.order[1]
    assert dict(QUESTIONS.case(answers).facts) == {}
    assert QUESTIONS.facts(answers) == {"task_type": None}


class Script:
    """A person who follows a script: answers by fact, moves by number of the question asked."""

    def __init__(self, replies: Iterable[object]) -> None:
        self.replies = iter(replies)
        self.pages: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self.summaries: list[AnswersSummary] = []
        self.told: list[tuple[str, ...]] = []

    def greet(self, name: str, answered: int) -> None: ...

    def stands(self, progress: Settling) -> None: ...

    def tell(self, lines: tuple[str, ...]) -> None:
        self.told.append(lines)

    def choose(
        self, lines: tuple[str, ...], choices: tuple[tuple[str, str | Move], ...]
    ) -> str | Move:
        self.told.append(lines)
        reply = self.next()
        assert reply in dict(choices).values()
        return reply

    def ask_name(self, current: str) -> str | Move:
        self.pages.append(CASE_NAME)
        return self.next()

    def ask(self, page: Page) -> Said | Move:
        self.pages.append(page.fact.id)
        reply = self.next()
        return reply if isinstance(reply, Move) else Said(page.fact.check(reply))

    def review(self, summary: AnswersSummary) -> str | Move:
        self.summaries.append(summary)
        return self.next()

    def note(self, label: str, said: str) -> None:
        self.notes.append((label, said))

    def next(self) -> object:
        reply = next(self.replies)
        if reply is KeyboardInterrupt:
            raise KeyboardInterrupt
        return reply


def in_order(answers: Answers) -> Standing:
    """Ask what can be asked in the vocabulary's order, everything being open as long as there is any."""
    left = QUESTIONS.askable(answers)
    options = {id: next(iter(decision.options)) for id, decision in BOOK.decisions.items()}
    return Standing(
        options, dict.fromkeys(options, "open" if left else "settled"), next(iter(left), None)
    )


def settled_after(count: int) -> Callable[[Answers], Standing]:
    """Say that nothing would turn a decision any more after so many answers."""

    def stands(answers: Answers) -> Standing:
        found = in_order(answers)
        done = len(answers.given) >= count
        return replace(found, certainty=dict.fromkeys(found.certainty, "firm")) if done else found

    return stands


def interview(*replies: object, answers: Answers | None = None) -> tuple[Interview, Script]:
    script = Script(replies)
    talk = Interview(QUESTIONS, script, answers or Answers(), in_order)
    talk.run()
    return talk, script


def test_going_back_keeps_the_rest() -> None:
    """Back twice, another answer, and the next question is the first one without an answer."""
    talk, script = interview(
        "Name", "extraction", "pilot", "low", Move.BACK, Move.BACK, "production", Move.FINISH
    )
    assert script.pages[1:] == [
        "task_type", "stage", "error_impact", "task_breadth",
        "error_impact", "stage", "task_breadth",
    ]  # fmt: skip
    assert talk.answers.given == {
        "task_type": "extraction",
        "stage": "production",
        "error_impact": "low",
    }


def test_back_from_the_first_question_is_the_name() -> None:
    """The name can be changed like any answer, and nothing stands before it."""
    talk, script = interview("Nmae", Move.BACK, Move.BACK, "Name", Move.FINISH)
    assert script.pages == [CASE_NAME, "task_type", CASE_NAME, CASE_NAME, "task_type"]
    assert talk.answers.name == "Name"


def test_what_was_said_survives_an_interruption() -> None:
    """Answers given before Ctrl-C are there after it."""
    script = Script(["Name", "extraction", None, KeyboardInterrupt])
    talk = Interview(QUESTIONS, script, Answers(), in_order)
    with pytest.raises(KeyboardInterrupt):
        talk.run()
    assert talk.answers.given == {"task_type": "extraction", "stage": None}


def test_editing_asks_what_comes_to_matter() -> None:
    """A changed answer at the summary is followed by the questions that it opens, and by no others."""
    everything = dict.fromkeys(QUESTIONS.order)
    everything |= {"latency_critical": False, "prompt_testing": "systematic"}
    del everything["target_latency_ms"], everything["prompt_latency_ms"]
    talk, script = interview(answers=Answers("Name", everything))
    assert script.pages == []
    script.replies = iter(["latency_critical", True, 300, 2000, Move.FINISH])
    talk.review()
    assert script.pages == ["latency_critical", "target_latency_ms", "prompt_latency_ms"]
    assert talk.answers.given["prompt_latency_ms"] == 2000
    assert [summary.left for summary in script.summaries] == [False, False]


def test_finishing_early_shows_what_is_open() -> None:
    """The summary lists what was not asked, and from there one may go on."""
    talk, script = interview("Name", "extraction", Move.FINISH)
    script.replies = iter([Move.BACK, "pilot", Move.REVIEW, Move.FINISH])
    talk.review()
    first, second = script.summaries
    assert (first.at, second.at) == (Move.FINISH, Move.BACK)
    assert [row.said for row in first.rows[:2]] == ["extraction", None]
    assert second.rows[1].said == "pilot"
    assert talk.answers.given == {"task_type": "extraction", "stage": "pilot"}


def test_every_way_out_of_an_edit_leads_back_to_the_summary() -> None:
    """A move made instead of a new answer changes nothing."""
    talk, script = interview("Name", "extraction", Move.FINISH)
    script.replies = iter(["task_type", Move.BACK, "task_type", Move.FINISH, Move.FINISH])
    talk.review()
    assert talk.answers.given == {"task_type": "extraction"}


ODD_NAMES = (
    "plain", "two words", "Yes", "null", "12", "1e5", "0o7", "2026-01-01", "a: b", "# no", "'", '"',
    "\\", "- x", "<b>&amp;", "emoji 👩‍🚀", "\x1b[31mred", "a\nb\r\nc", "\ud83d", "\ufeff", " pad ", "~", "!t",
)  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_odd_names_survive_saving(name: str, ending: str, tmp_path) -> None:
    """Whatever a name holds, the saved file is valid and says the same."""
    path = str(tmp_path / f"case.{ending}")
    answers = Answers(name, {"stage": "pilot"}, "about " + name, name, (name, "tag"))
    (tmp_path / f"case.{ending}").write_text(
        case_text(answers, QUESTIONS.facts(answers), path, finished=True), encoding="utf-8"
    )
    again = read_answers(path, BOOK.facts)
    whole = name.replace("\ud83d", "\ufffd")
    assert again == Saved(
        Answers(whole, {"stage": "pilot"}, "about " + whole, whole, (whole, "tag")), False
    )


@given(st.text(min_size=1))
def test_any_name_is_read_back(name: str) -> None:
    """Each text comes back as it was, and the file holds no control character."""
    text = case_text(Answers(name), {}, "x.yaml", finished=True)
    assert parse_yaml(text, "x").data["name"] == name
    assert all(c.isprintable() for c in text.replace("\n", ""))
    json_text = case_text(Answers(name), {}, "x.json", finished=True)
    assert parse_json(json_text, "x").data["name"] == name


def test_a_saved_file_tells_not_known_from_not_asked(tmp_path) -> None:
    """'unknown' stands where the person did not know; what was not asked is not there."""
    path = tmp_path / "a.case.yaml"
    answers = Answers("A", {"task_type": None, "gap_kinds": (), "prompt_accuracy": 0.82})
    path.write_text(case_text(answers, answers.given, str(path), finished=False), "utf-8")
    assert "task_type: unknown" in path.read_text("utf-8")
    assert read_answers(str(path), BOOK.facts) == Saved(answers, unfinished=True)
    assert dict(read_case(path, BOOK.facts).facts) == {"prompt_accuracy": 0.82, "gap_kinds": ()}


def test_an_empty_template_is_a_fresh_start(tmp_path) -> None:
    """A fact without a value was not asked yet."""
    path = tmp_path / "a.yaml"
    path.write_text("name: A\nfacts:\n  stage:\n  task_type: unknown\n", "utf-8")
    assert read_answers(str(path), BOOK.facts).answers.given == {"task_type": None}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Support triage", "support-triage"),
        ("  ../../etc/passwd  ", "etc-passwd"),
        ("Größe & Co.", "grösse-co"),
        ("日本語", "日本語"),
        ("🎫🎫", "use-case"),
        ("\x1b[31m", "31m"),
        ("_-_", "use-case"),
        ("a" * 300, "a" * 40),
    ],
)
def test_a_file_is_named_after_the_case(name: str, expected: str) -> None:
    """The file name holds letters, digits and hyphens, and never a path."""
    assert case_file_slug(name) == expected


def store(tmp_path, source: str | None = None, output: str | None = None) -> Store:
    start = read_answers(source, BOOK.facts) if source else Saved(Answers(), False)
    return Store(QUESTIONS, source, start, output)


def refuse(path: str, other: str) -> str | None:
    raise AssertionError("asked about replacing a file of its own")


def test_nothing_is_replaced_unasked(tmp_path, monkeypatch) -> None:
    """Where the file exists, the person chooses; where nobody can be asked, another name is taken."""
    monkeypatch.chdir(tmp_path)
    taken = tmp_path / "a.case.yaml"
    taken.write_text("mine", "utf-8")
    answers = Answers("A", {"stage": "pilot"})
    assert store(tmp_path).save(answers, True, lambda path, other: None) is None
    assert store(tmp_path).save(answers, False, free) == "a-2.case.yaml"
    assert free_path("a.case.yaml") == "a-3.case.yaml"
    assert taken.read_text("utf-8") == "mine"
    assert store(tmp_path).save(answers, True, lambda path, other: path) == "a.case.yaml"
    assert taken.read_text("utf-8") != "mine"


def test_an_unfinished_file_is_its_own(tmp_path) -> None:
    """What an interruption saved is gone on with in the same file, which then says so no longer."""
    path = str(tmp_path / "a.case.yaml")
    first = store(tmp_path, output=path)
    assert first.save(Answers("A", {"stage": "pilot"}), False, refuse) == path
    assert UNFINISHED_ANSWERS in (tmp_path / "a.case.yaml").read_text("utf-8")
    second = store(tmp_path, source=path)
    assert second.save(Answers("A", {"stage": "pilot"}), True, refuse) == path
    assert UNFINISHED_ANSWERS not in (tmp_path / "a.case.yaml").read_text("utf-8")


def test_a_saved_file_names_nothing_of_the_machine(tmp_path) -> None:
    """No path stands in it, and how certain each decision was does, which is read back by whatever reads cases."""
    path = tmp_path / "a.case.yaml"
    stop = in_order(Answers("A"))
    store(tmp_path, output=str(path)).save(Answers("A"), True, refuse, stop)
    text = path.read_text("utf-8")
    assert str(tmp_path) not in text
    assert "schema" not in text
    assert parse_yaml(text, "x").data["interview"] == stop.certificate(BOOK.sha256)
    assert read_case(path, BOOK.facts).name == "A"


def test_going_forward_again_keeps_what_was_said() -> None:
    """Forward leads through what was answered, and from the last of it to the open question."""
    talk, script = interview(
        "Name", "extraction", "pilot", Move.BACK, Move.BACK, Move.FORWARD, Move.FORWARD, Move.FINISH
    )
    assert script.pages[3:] == ["error_impact", "stage", "task_type", "stage", "error_impact"]
    assert talk.answers.given == {"task_type": "extraction", "stage": "pilot"}


def test_the_verdict_so_far_is_shown_and_the_question_stays() -> None:
    """A sentence, and each decision with its certainty."""
    _, script = interview("Name", Move.SO_FAR, "extraction", Move.FINISH)
    assert script.pages[1:] == ["task_type", "task_type", "stage"]
    (lines,) = script.told
    assert lines[0].startswith("So far: Use ")
    assert len(lines) == 1 + len(BOOK.decisions)


def test_it_stops_where_nothing_would_turn_a_decision() -> None:
    """It says so and names what would be sharper, and goes on where that is wanted."""
    script = Script(["Name", "extraction", Move.FINISH])
    Interview(QUESTIONS, script, Answers(), settled_after(1)).run()
    assert script.told[0][0].startswith("Done: no further answer by itself")
    assert "project stage" in script.told[0][1]
    further = Script(["Name", "extraction", Move.BACK, "pilot", Move.FINISH])
    Interview(QUESTIONS, further, Answers(), settled_after(1)).run()
    assert further.pages[1:] == ["task_type", "stage", "error_impact"]
    assert len(further.told) == 1


def test_a_contradiction_is_asked_about_once() -> None:
    """As it arises, in one sentence; what is changed is asked again, what is right is left alone."""
    before = {"prompt_testing": "systematic", "accuracy_target": 0.9, "prompt_accuracy": 0.97}
    said_before = Answers("Name", before)
    for reply, value in (("", False), ("base_model_adequate", True)):
        script = Script([])
        talk = Interview(QUESTIONS, script, said_before, in_order)
        replies = ["base_model_adequate", False, reply, *([True] if reply else [])]
        script.replies = iter([*replies, Move.FINISH])
        talk.review()
        assert "97%" in script.told[0][0]
        assert len(script.told) == 1
        assert talk.answers.given["base_model_adequate"] is value


def test_a_replay_leaves_its_file_alone(tmp_path) -> None:
    """Answers that were not changed are not written again, comments and all."""
    path = tmp_path / "a.yaml"
    path.write_text("# mine\nname: A\nfacts: {stage: pilot}\n", "utf-8")
    replay = store(tmp_path, source=str(path))
    assert replay.save(Answers("A", {"stage": "pilot"}), True, refuse) == str(path)
    assert path.read_text("utf-8").startswith("# mine")
    changed = replay.save(Answers("A", {"stage": "production"}), False, free)
    assert changed == str(tmp_path / "a-2.yaml")


@pytest.mark.parametrize(
    ("output", "says"),
    [(".", "folder"), ("no/such/folder/a.yaml", "folder"), ("/dev/null", "is no file")],
)
def test_a_place_that_cannot_be_written_is_refused_at_once(
    tmp_path, monkeypatch, output, says
) -> None:
    """Nobody answers forty questions to learn that the last cannot be saved, or is saved in /dev."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=says):
        store(tmp_path, output=output)


def test_json_is_saved_as_json(tmp_path) -> None:
    """The ending of the file decides."""
    path = tmp_path / "a.json"
    assert store(tmp_path, output=str(path)).save(Answers("A", {"stage": None}), True, free)
    assert json.loads(path.read_text("utf-8")) == {"name": "A", "facts": {"stage": "unknown"}}


WRITTEN = [
    *(("accuracy_target", text, 0.95) for text in ("95", "95%", "95 %", "0.95", "0,95", ".95")),
    *(
        ("training_examples", text, 24_000)
        for text in ("24000", "24,000", "24 000", "24k", "24.000")
    ),
    *(("monthly_budget_usd", text, 6_000) for text in ("6000", "$6,000", "6k", "6,000 USD")),
    *(("target_latency_ms", text, 2_000) for text in ("2000", "2 s", "2000 ms")),
    *(("latency_critical", text, value) for text, value in (("yes", True), ("No", False))),
    ("task_type", "Question answering", "question_answering"),
    ("gap_kinds", "cost; latency", ("cost", "latency")),
    ("accuracy_target", "unknown", None),
    ("task_type", "n/a", None),
]
"""What people write of a fact, and what it means wherever they write it."""


@pytest.mark.parametrize(("fact", "text", "value"), WRITTEN)
def test_what_is_written_means_the_same_wherever_it_is_written(
    fact: str, text: str, value: object
) -> None:
    """In a case file of YAML or JSON, with --set, in a cell of an inventory, and typed into the questionnaire."""
    held = {"name": "x", "facts": {fact: text}}
    cases = [
        parse_case(parse_json(json.dumps(held), "case.json"), BOOK.facts),
        parse_case(parse_yaml(json.dumps(held), "case.yaml"), BOOK.facts),
    ]
    found = [case.facts.get(fact) for case in cases]
    found.append(read_changes([f"{fact}={text}"], BOOK.facts)[fact])
    found += [value_of(BOOK.facts[fact], text), read_typed(BOOK.facts[fact], text)]
    assert found == [value] * len(found)
    assert quick_reader(BOOK.facts[fact])(text) in (value, None)


@pytest.mark.parametrize("number", [95, 0.95, 95.0])
def test_a_number_of_a_share_means_the_same_as_its_text(number: float) -> None:
    """Percent above two, a share up to one: in a case file as in a workbook's cell."""
    held = json.dumps({"name": "x", "facts": {"accuracy_target": number}})
    case = parse_case(parse_json(held, "case.json"), BOOK.facts)
    cell = value_of(BOOK.facts["accuracy_target"], number)
    assert (case.facts["accuracy_target"], cell) == (0.95, 0.95)

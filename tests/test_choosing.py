"""The chooser: which question comes next, when it stops, and that the verdict is the one of all answers."""

import time
from datetime import date
from random import Random
from statistics import median

import pytest
from interviewing import play, told

from tunewise.cases.case import Case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED
from tunewise.inference.deciding import BLOCKED
from tunewise.interview.answers import Answers, Questions
from tunewise.interview.choosing import Chooser
from tunewise.loading.assembly import load
from tunewise.whatif.answers import answers as worth_trying

BOOK = load()
QUESTIONS = Questions(BOOK)
EVERY = 13
MANY = {"prompting": 21, "hybrid": 30, "fine_tuning": 30}
"""The most questions, in the middle, until no single answer turns the verdict."""


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(BOOK, date(2026, 11, 28))
    yield found
    found.close()


@pytest.fixture(scope="module")
def chooser(evaluator):
    found = Chooser(QUESTIONS, evaluator)
    yield found
    found.close()


@pytest.fixture(scope="module")
def played(evaluator, chooser):
    """What each case is asked, and what all its facts come to."""
    found = []
    for facts in told(EVERY):
        all_told = evaluator.evaluate(Case("All", facts)).conclusions.recommendation
        found.append((all_told, play(chooser, QUESTIONS, facts)))
    return found


def test_the_verdict_is_the_one_of_all_facts(played):
    """What is not asked any more does not turn a decision of the case."""
    for all_told, one in played:
        assert one.end.recommendation == all_told


def test_few_questions_are_asked(played):
    """Fewer where prompts do; never most of them."""
    for approach, most in MANY.items():
        counts = [len(one.asked) for told_, one in played if told_["approach"] == approach]
        assert not counts or median(counts) <= most
    assert all(len(one.asked) < 40 for _, one in played)


def test_nothing_is_asked_twice_and_nothing_that_is_ruled_out(played):
    """Each question once, and only where its condition holds of what was said before it."""
    for _, one in played:
        assert len(set(one.asked)) == len(one.asked)
        said = Answers("A case")
        for id in one.asked:
            assert id in QUESTIONS.askable(said)
            said = said.answered(id, one.given.given[id])


def test_firm_means_that_no_single_answer_turns_a_decision(evaluator, chooser, played):
    """Decided again by the engine with its own costs, value by value, for some questions that were left."""
    random = Random(3)
    for _, one in played[:3]:
        known = QUESTIONS.known(one.given)
        firm = {id for id, status in one.end.certainty.items() if status in (FIRM, SETTLED)}
        left = random.sample(QUESTIONS.askable(one.given), 6)
        for id in left:
            for value in worth_trying(BOOK.facts[id], ()):
                then = evaluator.evaluate(Case("One more", {**known, id: value}))
                for decision in firm:
                    assert (
                        then.conclusions.recommendation[decision]
                        == one.end.recommendation[decision]
                    )


def test_who_knows_nothing_is_asked_no_more_than_who_knows_all(chooser):
    """Follow-up questions of what is not known are not asked."""
    nothing = Answers("Nothing")
    while (stands := chooser.standing(nothing)).next is not None and len(nothing.given) < 70:
        nothing = nothing.answered(stands.next, None)
    assert stands.certainty == dict.fromkeys(BOOK.decisions, SETTLED)
    assert not {"data_quality", "base_model_adequate", "knowledge_change"} & set(nothing.given)


def test_without_an_open_question_all_is_settled(chooser):
    """Nothing is left to ask."""
    stands = chooser.standing(Answers("All", dict.fromkeys(QUESTIONS.order)))
    assert (stands.next, stands.open) == (None, ())
    assert set(stands.certainty.values()) == {SETTLED}


def test_it_begins_with_what_the_work_is(chooser):
    """The first question is the vocabulary's first, and everything is open."""
    stands = chooser.standing(Answers("New"))
    assert stands.next == QUESTIONS.order[0]
    assert set(stands.certainty.values()) == {OPEN_STATUS}


def test_a_limit_that_leaves_one_place_settles_it(chooser):
    """An air gap settles the hosting by proof, whatever else is answered."""
    stands = chooser.standing(
        Answers("Air", {"task_type": "extraction", "sovereignty": "air_gapped"})
    )
    assert stands.certainty["hosting"] == SETTLED
    assert stands.recommendation["hosting"] in ("self_hosted", BLOCKED)


def test_a_question_says_what_it_decides_between(chooser):
    """A decision and two of its options."""
    stands = chooser.standing(Answers("New", {"task_type": "extraction"}))
    decision, options = stands.between
    assert len(options) == 2
    assert set(options) <= set(BOOK.decisions[decision].options)


def test_a_question_is_chosen_in_time(chooser):
    """In processor time, as others may be at work; the wall has three times as long."""
    said = Answers("Timed", {"task_type": "classification", "prompt_testing": "informal"})
    chooser.standing(said)
    began = time.process_time()
    for value in ("high", "low"):
        chooser.standing(said.answered("error_impact", value))
    assert (time.process_time() - began) / 2 < 0.9

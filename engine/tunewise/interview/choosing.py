"""Chooses the next question: the one whose answer can change most, until no answer would turn a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED, CertaintyStatus
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.single import Conclusions
from tunewise.inference.table_deciding import TableOutcome
from tunewise.interview.answers import Answers, Questions
from tunewise.interview.completions import Completed, Completions, with_constants
from tunewise.interview.gains import DecidedCodes, Gain, SingleTurns, gains, single_turns
from tunewise.knowledge.conditions import facts_read
from tunewise.proving.of_a_case import CaseProof, CaseProofs

TOGETHER = 2
"""Answers that are looked for to turn a decision together, where none does alone."""
FIRST_WEIGHT = 2.0
"""What the first decision weighs, from which others follow; each of those weighs 1."""
WAYS_WEIGHT = 0.5
"""What a question weighs that turns a decision alone, as the solver found, beside what it tells of completions."""
SINGLES_WEIGHT = 0.3
"""What it weighs that answers which were tried turn a decision."""

DIGEST_SHOWN = 16
"""Characters of a rulebook's digest that tell it apart."""

Ways = Mapping[str, list[tuple[str, ...]]]
"""For each decision that is not settled, the questions whose answers turn it: alone, or else together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an interview stands: what would be recommended now, how certain, and what to ask next.

    A decision is settled where it is proved that no answers change it, whatever anything costs; firm where no single
    answer turns it; else open. `next` is None where nothing can be asked. `between` are the decision that `next`
    tells most about and options of it. `tried` counts the single answers that were priced and decided.
    """

    recommendation: Mapping[str, str]
    certainty: Mapping[str, CertaintyStatus]
    next: str | None = None
    between: tuple[str, tuple[str, ...]] | None = None
    tried: int = 0

    def certificate(self, sha256: str) -> dict[str, str]:
        """Return how certain each decision was at the end, and under which rulebook, as a saved case holds it."""
        return {"rulebook": sha256[:DIGEST_SHOWN], **self.certainty}

    @property
    def open(self) -> tuple[str, ...]:
        """The decisions that a single answer may still turn."""
        return tuple(id for id, status in self.certainty.items() if status == OPEN_STATUS)


class Chooser:
    """Chooses questions under one rulebook, date and set of assumptions; one serves a whole interview."""

    def __init__(self, questions: Questions, evaluator: Evaluator) -> None:
        self._questions, self._book = questions, evaluator.rulebook
        self._trials = evaluator.trials()
        self._tables = TableEvaluator(evaluator.rulebook, evaluator.as_of, evaluator.overrides)
        self._completions = Completions(questions, self._tables.inference.encoding)
        self._proofs = CaseProofs(evaluator.rulebook)
        self._interpreter = Interpreter(evaluator.rulebook.scales)
        self._first = next(iter(evaluator.rulebook.decisions))

    def close(self) -> None:
        """Free the engine."""
        self._tables.close()

    def standing(self, answers: Answers) -> Standing:
        """Return where the interview stands; raise UserError where a stated model has no price."""
        now = self._trials.conclude(self._questions.known(answers))
        if not self._questions.open(answers):
            return Standing(now.recommendation, dict.fromkeys(now.recommendation, SETTLED))
        completed = self._completions.of(answers, now.memory)
        proof = self._proof(answers, now)
        ways = alone = proof.turning(now.recommendation, 1)
        if not any(alone.values()):
            ways = proof.turning(now.recommendation, TOGETHER)
        certainty = self._certainty(answers, now, proof, alone)
        if OPEN_STATUS not in certainty.values() and FIRM in certainty.values():
            decided = self._priced(completed)
            turns = single_turns(completed, decided, now.recommendation)
            certainty = {
                id: OPEN_STATUS if status == FIRM and turns[id] else status
                for id, status in certainty.items()
            }
        else:
            decided = self._unpriced(completed, now)
            turns = single_turns(completed, decided, now.recommendation)
        return self._standing(answers, now, certainty, _Tried(completed, decided, turns, ways))

    def _proof(self, answers: Answers, now: Conclusions) -> CaseProof:
        known, open_ = self._questions.known(answers), self._questions.open(answers)
        closed = set(self._questions.order) - known.keys() - set(open_)
        return self._proofs.of(known, now.memory, closed)

    def _certainty(
        self, answers: Answers, now: Conclusions, proof: CaseProof, alone: Ways
    ) -> dict[str, CertaintyStatus]:
        least, known = self._book.least_known, self._questions.known(answers)
        early = least is not None and self._interpreter.holds(least, known) is not True
        found: dict[str, CertaintyStatus] = {}
        for id, chosen in now.recommendation.items():
            settled = not alone[id] and proof.settled(id, chosen)
            found[id] = SETTLED if settled else OPEN_STATUS if early or alone[id] else FIRM
        return found

    def _unpriced(self, completed: Completed, now: Conclusions) -> DecidedCodes:
        """Decide the completions with costs as they are now."""
        facts = self._book.facts
        costs = {id: v for id, v in now.memory.items() if facts[id].origin == "computed"}
        reasoning = self._tables.inference.on(with_constants(completed.table, costs))
        return _codes(reasoning.conclude().outcomes)

    def _priced(self, completed: Completed) -> DecidedCodes:
        """Decide the completions, each with its own costs."""
        return _codes(self._tables.evaluate(completed.table).conclusions.outcomes)

    def _standing(
        self,
        answers: Answers,
        now: Conclusions,
        certainty: Mapping[str, CertaintyStatus],
        tried: _Tried,
    ) -> Standing:
        wanted = OPEN_STATUS if OPEN_STATUS in certainty.values() else FIRM
        weights = {
            id: FIRST_WEIGHT if id == self._first else 1.0
            for id, status in certainty.items()
            if status == wanted
        }
        found = gains(tried.completed, tried.decided, weights)
        asked = self._best(answers, _worth(found, tried, weights))
        between = tried.between(asked, found[asked], weights) if asked else None
        return Standing(now.recommendation, certainty, asked, between, len(tried.completed.singles))

    def _best(self, answers: Answers, worth: dict[str, float]) -> str | None:
        """Return the question to ask: the first of all, then the one whose answer is worth most.

        What a question is worth that cannot be asked yet counts for those that it rests on.
        """
        askable = self._questions.askable(answers)
        if not self._questions.known(answers) and askable[:1] == self._questions.order[:1]:
            return askable[0]
        for fact in set(worth) - set(askable):
            for gate in facts_read(self._book.questions[fact]):
                worth[gate] = max(worth.get(gate, 0.0), worth[fact])
        return max(askable, key=lambda fact: worth.get(fact, 0.0), default=None)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of trying answers: the completions decided, single answers that turn, and what the solver found."""

    completed: Completed
    decided: DecidedCodes
    turns: SingleTurns
    ways: Ways

    def between(
        self, fact: str, found: list[Gain], weights: Mapping[str, float]
    ) -> tuple[str, tuple[str, ...]] | None:
        """Return the decision that an answer tells most about, and the two options chosen most often in it."""
        alone = [id for id in weights if fact in self.turns[id] or (fact,) in self.ways[id]]
        decision = next(iter(alone or [gain.decision for gain in found if gain.worth > 0]), None)
        if decision is None:
            return None
        options, codes = self.decided[decision]
        often = Counter(code for code in codes.tolist() if code >= 0).most_common(2)
        return decision, tuple(options[code] for code in sorted(code for code, _ in often))


def _worth(
    found: Mapping[str, list[Gain]], tried: _Tried, weights: Mapping[str, float]
) -> dict[str, float]:
    worth = {fact: sum(gain.worth for gain in each) for fact, each in found.items()}
    for decision, weight in weights.items():
        for fact, share in tried.turns[decision].items():
            worth[fact] += SINGLES_WEIGHT * weight * share
        for way in tried.ways[decision]:
            for fact in way:
                part = WAYS_WEIGHT * weight / len(way) ** 2 / len(tried.ways[decision])
                worth[fact] = worth.get(fact, 0.0) + part
    return worth


def _codes(outcomes: Mapping[str, TableOutcome]) -> DecidedCodes:
    return {id: ((*one.options, BLOCKED), one.chosen.codes) for id, one in outcomes.items()}

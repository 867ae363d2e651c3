"""What is proved of the rulebook and of a case, and that the engine has the last word."""

import dataclasses
import json
from datetime import date
from pathlib import Path
from random import Random

import msgspec
import pytest
import yaml
from click.testing import CliRunner
from proof_agreement import drawn, first_difference
from strategies import Cases

from tunewise.authoring.coverage import measure
from tunewise.cases.case import Case, read_case
from tunewise.commands.program import app
from tunewise.commands.suggesting import suggested_text
from tunewise.costs.laws import cost_laws
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.inference.bounds import OpenCase
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import Comparison
from tunewise.loading.assembly import load
from tunewise.log.consistency import compare
from tunewise.log.form import Record
from tunewise.log.hidden_claims import HiddenClaims
from tunewise.log.rederivation import Follower
from tunewise.proving import holding, search, solver
from tunewise.proving.certificate import claims
from tunewise.proving.claims import Claim
from tunewise.proving.of_a_case import CaseProofs
from tunewise.proving.properties import Declared, Invariant, Property, read_properties
from tunewise.proving.search import Encoded, encode
from tunewise.proving.suggesting import WANTED, MissingOutcome, suggest
from tunewise.whatif.single_answers import with_single_answers

BOOK = load()
PROPERTIES = Path(__file__).with_name("properties.yaml")
EXAMPLES = sorted(Path(__file__).parents[1].glob("examples/*.yaml"))


@pytest.fixture(scope="module")
def evaluator():
    made = Evaluator(BOOK, date(2026, 11, 28))
    yield made
    made.close()


@pytest.fixture(scope="module")
def constraints(evaluator) -> Encoded:
    return encode(
        BOOK, evaluator.trials().conclude, evaluator.costs.laws.and_also(declared().costs)
    )


def declared() -> Declared:
    return read_properties(str(PROPERTIES), BOOK)


def test_the_constraints_say_what_the_engine_says() -> None:
    """On cases of the shipped rulebook; tests/proof_agreement.py compares 10,000."""
    assert first_difference(BOOK, Random(11), 40) is None


@pytest.mark.parametrize("seed", range(25))
def test_the_constraints_of_a_random_rulebook_say_what_the_engine_says(seed: int) -> None:
    assert first_difference(drawn(Random(f"proof {seed}")), Random(seed), 12) is None


@pytest.fixture(scope="session")
def certified() -> dict[str, Claim]:
    """What became of every claim on the shipped rulebook, by its subject; proved once for all tests."""
    evaluator = Evaluator(BOOK, date(2026, 11, 28))
    laws = evaluator.costs.laws.and_also(declared().costs)
    found = {
        f"{claim.kind} {claim.subject}": claim
        for claim in claims(encode(BOOK, evaluator.trials().conclude, laws), declared())
    }
    evaluator.close()
    return found


@pytest.mark.parametrize("prop", declared().properties, ids=lambda prop: prop.id)
def test_every_property_is_proved(prop: Property, certified: dict[str, Claim]) -> None:
    claim = certified[f"property {prop.id}"]
    assert (claim.status, claim.cases) == ("proved", ())


@pytest.mark.parametrize("invariant", declared().invariants, ids=lambda one: one.id)
def test_every_invariant_is_proved(invariant: Invariant, certified: dict[str, Claim]) -> None:
    claim = certified[f"invariant {invariant.id}"]
    assert (claim.status, claim.cases) == ("proved", ())


def test_nothing_is_left_undecided(certified: dict[str, Claim]) -> None:
    """Rules that decide and numbers without a cliff, too: proved, or accepted with a reason."""
    assert [name for name, claim in certified.items() if claim.fails] == []
    assert all(claim.reason for claim in certified.values() if claim.status == "accepted")


def broken_property() -> Property:
    return Property(
        "fewer_examples",
        "More examples make tuning less likely.",
        "training_examples",
        (100000, 0),
        "approach",
        ("hybrid", "fine_tuning"),
        None,
        but_for_limits=False,
        costs={},
    )


def test_a_property_that_does_not_hold_is_shown_by_a_case_that_the_engine_decides_so(
    constraints: Encoded, evaluator: Evaluator
) -> None:
    claim = holding.prove_property(constraints, broken_property())
    before, after = claim.cases
    assert claim.status == "broken"
    assert before.facts["training_examples"] > after.facts["training_examples"]
    for case in (before, after):
        evaluation = evaluator.evaluate(Case("x", case.facts))
        assert evaluation.conclusions.recommendation["approach"] == case.chosen
    assert before.chosen != "prompting"
    assert after.chosen not in ("hybrid", "fine_tuning")


def test_what_a_wrong_encoding_finds_is_never_shown(
    evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A solver that swaps two options finds cases enough; the engine confirms none of them."""
    monkeypatch.setattr(search, "ATTEMPTS", 6)
    tampered = encode(BOOK, evaluator.trials().conclude, evaluator.costs.laws)
    chosen = tampered.world.verdicts["hosting"].chosen
    chosen["public_api"], chosen["self_hosted"] = chosen["self_hosted"], chosen["public_api"]
    when = next(i for i in declared().invariants if i.id == "air_gapped_on_own_machines")
    claim = holding.prove_invariant(tampered, when)
    assert (claim.status, claim.cases) == ("undecided", ())
    assert claim.fails


def test_flips_of_a_wrong_encoding_are_never_shown(
    evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CaseProofs, "of", lambda *_: _Liar())
    case = Case("x", {"task_type": "translation", "organisation": "mid_size"})
    found = with_single_answers(evaluator, evaluator.evaluate(case))
    assert found.flips == ()


class _Liar:
    """Proves nothing, and names changes that turn nothing."""

    def settled(self, *_: str) -> bool:
        return False

    def changes(self, *_: object) -> list[tuple[str, ...]]:
        return [("organisation",)]

    def sufficient(self, *_: str) -> None:
        return None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_flip_turns_its_decision_and_no_part_of_it_does(
    path: Path, evaluator: Evaluator
) -> None:
    case = read_case(path, BOOK.facts)
    evaluation = with_single_answers(evaluator, evaluator.evaluate(case))
    now = evaluation.conclusions.recommendation
    assert evaluation.flips
    for flip in evaluation.flips:
        changed = Case("x", {**case.facts, **flip.facts})
        then = evaluator.evaluate(changed).conclusions.recommendation
        assert then[flip.decision] == flip.to != now[flip.decision]
        assert flip.yours is all(BOOK.facts[id].yours for id in flip.facts)


def test_a_decision_that_is_settled_is_the_same_whatever_is_answered(evaluator: Evaluator) -> None:
    """Random answers to what is open never change what was proved; more is proved than bounds tell."""
    random, proofs, settled = Random(5), CaseProofs(BOOK), 0
    for path in EXAMPLES:
        stated = dict(read_case(path, BOOK.facts).facts)
        facts = {id: v for id, v in stated.items() if random.random() < 0.8}
        now = evaluator.evaluate(Case("x", facts)).conclusions
        proof = proofs.of(facts, now.memory)
        held = [d for d, o in now.recommendation.items() if proof.settled(d, o)]
        settled += len(held)
        for _ in range(25):
            answers = {id: _answer(id, random) for id in OpenCase(BOOK, facts).asked}
            more = {id: v for id, v in answers.items() if v is not None and random.random() < 0.5}
            try:
                answered = evaluator.evaluate(Case("x", {**facts, **more}))
            except UserError:
                continue  # its costs are beyond all measure
            then = answered.conclusions.recommendation
            assert {d: then[d] for d in held} == {d: now.recommendation[d] for d in held}
    assert settled > 0


def _answer(id: str, random: Random):
    fact = BOOK.facts[id]
    if fact.type == "boolean":
        return random.random() < 0.5
    if fact.type == "choice":
        return random.choice(fact.options)
    if fact.type == "set":
        return tuple(o for o in fact.options if random.random() < 0.3)
    if fact.type == "text":
        return None
    return min(max(random.choice((1, 40, 600, 20000, 10**6)), fact.minimum), fact.upper)


def test_two_numbers_that_only_a_derived_one_tells_apart_are_decided_apart(
    evaluator: Evaluator,
) -> None:
    """What-if once took them for one case: the difference that matters is derived, not stated."""
    facts = {"accuracy_target": 0.5402, "retrieval_accuracy": 0.5202}
    trials = evaluator.trials()
    for accuracy in (0.5002, 0.5):
        found = trials.conclude({**facts, "prompt_accuracy": accuracy}).recommendation
        alone = evaluator.trials().conclude({**facts, "prompt_accuracy": accuracy}).recommendation
        again = evaluator.evaluate(Case("x", {**facts, "prompt_accuracy": accuracy}))
        assert found == alone == again.conclusions.recommendation


def test_every_option_wins_in_some_case(certified: dict[str, Claim]) -> None:
    found = [claim for claim in certified.values() if claim.kind == "option_reachable"]
    assert [claim.subject for claim in found if claim.status != "proved"] == []
    assert len(found) == sum(len(one.options) for one in BOOK.decisions.values())


def test_the_solver_says_when_it_gives_up() -> None:
    numbers = [solver.named_number(f"n{i}") for i in range(3)]
    asked = solver.Solver(effort=1)
    cubes = solver.sum_of(n * n * n for n in numbers)
    asked.require([solver.related("is", cubes, 114)])
    with pytest.raises(solver.Undecided):
        asked.solve(afresh=False)


def test_mistakes_in_a_file_of_properties_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "properties:\n"
        "  one: {says: so, vary: training_exampels, along: [0, 1], decision: approach, keeps: [hybrid]}\n"
        "  two: {says: so, vary: labelling, along: [easy, soft], decision: approach, keeps: [hybird]}\n"
        "  three: {says: so, vary: labelling, along: [easy, soft], decision: approach, keeps: [hybrid]}\n"
        "invariants:\n"
        "  four: {says: so, when: {labelling: {is: easy}}, decision: aproach, never: [hybrid]}\n"
    )
    said = CliRunner().invoke(app, ["rules", "prove", "--properties", str(path)])
    text = str(said.exception)
    for part in ("training_examples", "hybrid", "unknown value 'soft'", "'approach'"):
        assert part in text
    assert "p.yaml:2" in text


def test_what_fails_is_written_as_cases_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, text and JSON, and case files that decide as the certificate says."""
    properties = {
        "invariants": {
            "never_tuned": {
                "says": "Nothing is ever tuned.",
                "when": {"task_type": {"is": "translation"}},
                "decision": "approach",
                "never": ["fine_tuning"],
            }
        }
    }
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(properties))
    for name in ("options_reachable", "rules_decisive", "no_cliffs"):
        monkeypatch.setattr(f"tunewise.proving.certificate.{name}", lambda *_: iter(()))
    arguments = ["rules", "prove", "--properties", str(path), "--witness", str(tmp_path / "w")]
    text = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert text.return_value == 1
    assert "broken: never_tuned: Nothing is ever tuned." in text.output
    assert BOOK.sha256 in text.output
    shown = CliRunner().invoke(app, [*arguments, "--format", "json"], standalone_mode=False)
    record = json.loads(shown.output)
    assert (record["holds"], record["rulebook"]["sha256"]) == (False, BOOK.sha256)
    (written,) = (tmp_path / "w").iterdir()
    case = read_case(written, BOOK.facts)
    assert {id: list(v) if isinstance(v, tuple) else v for id, v in case.facts.items()} == record[
        "claims"
    ][0]["cases"][0]["facts"]


def test_a_claim_that_is_accepted_does_not_fail() -> None:
    assert not Claim("rule_decisive", "a.b", "says", "accepted", (), "so it is").fails


def test_verify_derives_every_change_of_a_record_again(tmp_path: Path) -> None:
    """A change that turns the decision to something else than its record says is found."""
    log = tmp_path / "log.jsonl"
    CliRunner().invoke(app, ["decide", str(EXAMPLES[0]), "--format", "json", "--log", str(log)])
    record = msgspec.json.decode(log.read_bytes().splitlines()[0], type=Record)
    assert record.flips
    follower = Follower(BOOK)
    hidden = HiddenClaims(follower)
    assert compare(1, record, follower, hidden)[0] == []
    first = record.flips[0]
    for change in (
        {"to": "fine_tuning" if first.to != "fine_tuning" else "hybrid"},
        {"facts": {id: value.value for id, value in record.facts.items() if id in first.facts}},
        {"facts": {"no_such_fact": 1}},
    ):
        altered = msgspec.structs.replace(first, **change)
        lie = msgspec.structs.replace(record, flips=[altered])
        findings, _ = compare(1, lie, follower, hidden)
        assert len(findings) == 1


def test_what_is_hidden_in_a_log_is_not_told_by_a_change(tmp_path: Path) -> None:
    log, privacy = tmp_path / "log.jsonl", tmp_path / "privacy.yaml"
    privacy.write_text("facts.training_examples: mask\n")
    arguments = ["--format", "json", "--log", str(log), "--privacy", str(privacy)]
    CliRunner().invoke(app, ["decide", str(EXAMPLES[0]), *arguments])
    assert "flips" not in json.loads(log.read_text("utf-8").splitlines()[0])


def changed_rulebook(folder: Path, old: str, new: str) -> Path:
    """A copy of the rulebook in which one text of data.yaml is another."""
    CliRunner().invoke(app, ["rules", "copy", str(folder)])
    path = folder / "data.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return folder


def test_two_rulebooks_are_told_apart_by_a_case_or_proved_equal(tmp_path: Path) -> None:
    """For each decision: one that both engines decide so, or none at all."""
    other = changed_rulebook(
        tmp_path / "a", "training_examples: {at_most: 50}", "training_examples: {at_most: 51}"
    )
    found = CliRunner().invoke(
        app,
        ["rules", "diff", "--prove", str(other), "--format", "json", "--as-of", "2026-11-28"],
    )
    told = {one["decision"]: one for one in json.loads(found.output)}
    assert told["retrieval"] == {"decision": "retrieval", "equal": True, "case": None}
    approach = told["approach"]["case"]
    assert approach["old"] != approach["new"]
    for folder, chosen in ((other, approach["old"]), (None, approach["new"])):
        evaluator = Evaluator(load(folder), date(2026, 11, 28))
        facts = {id: BOOK.facts[id].check(value) for id, value in approach["facts"].items()}
        assert evaluator.evaluate(Case("x", facts)).conclusions.recommendation["approach"] == chosen
        evaluator.close()


def test_a_rulebook_is_equal_to_one_with_other_sentences(tmp_path: Path) -> None:
    other = changed_rulebook(tmp_path / "b", "are too few to learn from", "teach too little")
    arguments = ["rules", "diff", "--prove", str(other), "--fail-on-change"]
    found = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert found.return_value == 0
    assert found.output.count("the same in all cases") == len(BOOK.decisions)


def test_a_case_is_suggested_for_what_no_case_brings_about(constraints: Encoded) -> None:
    """True, false and unknown, each decided by the engine, and run as a case of its own."""
    comparison = Comparison("tuning_result", "is", "adequate")
    wanted = [MissingOutcome("data.few", comparison, outcome) for outcome in WANTED]
    for one in suggest(constraints, wanted):
        assert one.facts is not None
        memory = constraints.conclude(one.facts).memory
        held = Interpreter(BOOK.scales).holds(comparison, memory)
        assert held is WANTED[one.missing.outcome]


def test_suggested_cases_run(tmp_path: Path) -> None:
    """What is printed is a file of cases that passes as it is."""
    cases = tmp_path / "cases.yaml"
    cases.write_text("cases: []\n")
    book = dataclasses.replace(BOOK, rules={"data.few": BOOK.rules["data.few"]})
    coverage = measure([], book)
    assert coverage.missing
    cases.write_text(suggested_text(coverage, BOOK, "2026-11-28"))
    arguments = ["rules", "test", str(cases), "--as-of", "2026-11-28"]
    found = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert found.return_value == 0, found.output


def test_laws_of_costs_hold_whatever_is_priced(evaluator: Evaluator) -> None:
    """What the solver is told of costs is true of random cases, with budgets near to what they cost."""
    random, cases, held = Random(7), Cases(BOOK), Interpreter(BOOK.scales).holds
    for _ in range(60):
        drawn_facts = {id: v for id, v in cases.draw(random).items() if id in BOOK.facts.given}
        drawn_facts["upfront_budget_usd"] = round(10 ** random.uniform(2, 6))
        try:
            memory = evaluator.trials().conclude(drawn_facts).memory
        except UserError:
            continue
        laws = evaluator.costs.laws.always
        assert [law for law in laws if held(law, memory) is not True] == []


def test_budgets_are_all_that_laws_let_move() -> None:
    laws = cost_laws(BOOK.facts, priced=True)
    assert laws.shares.keys() == {"upfront_budget_usd", "monthly_budget_usd"}
    assert all(BOOK.facts[id].origin == "computed" for ids in laws.shares.values() for id in ids)
    silent = cost_laws(BOOK.facts, priced=False).always
    assert {law.op for law in silent} == {"unknown"}

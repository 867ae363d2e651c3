"""Proves what any rulebook should be: each option can win, each rule can decide, and no unit of a fact is a cliff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import combinations

from tunewise.errors import UserError
from tunewise.inference.deciding import decide
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.proof_findings import CLIFF, NEVER_DECIDES, NEVER_WINS
from tunewise.knowledge.rule import Option, Rule
from tunewise.knowledge.vocabulary import Fact
from tunewise.proving import solver
from tunewise.proving.claims import Claim, ClaimCase, ClaimKind, ClaimStatus
from tunewise.proving.search import Encoded
from tunewise.proving.solver import Solution, Truth, Undecided
from tunewise.proving.world import World, WorldVerdict

UNIT_OF: Mapping[str, Fraction] = {
    "integer": Fraction(1),
    "number": Fraction(1),
    "share": Fraction(1, 100),
}
"""What one unit of a fact is."""


def _missing(
    kind: ClaimKind, subject: str, says: str, accepted: str, status: ClaimStatus = "broken"
) -> Claim:
    """Return a claim that is not proved, accepted where the rulebook gives a reason."""
    return Claim(kind, subject, says, "accepted" if accepted else status, (), accepted)


def options_reachable(encoded: Encoded) -> Iterator[Claim]:
    """Yield for each option whether some case chooses it."""
    for decision in encoded.rulebook.decisions.values():
        for option in decision.options.values():
            yield _reachable(encoded.about(decision.id), decision.id, option)


def _reachable(encoded: Encoded, decision: str, option: Option) -> Claim:
    def confirm(solution: Solution) -> ClaimCase | None:
        facts = encoded.facts.read(solution)
        chosen = encoded.chosen(facts, decision)
        return ClaimCase(facts, decision, chosen) if chosen == option.id else None

    subject, says = f"{decision}: {option.id}", f"Some case comes to {option.label}."
    try:
        case = encoded.some([encoded.world.verdicts[decision].chosen[option.id]], confirm)
    except Undecided:
        return Claim("option_reachable", subject, says, "undecided")
    accepted = option.accepts.get(NEVER_WINS, "")
    if case is None:
        return _missing("option_reachable", subject, says, accepted)
    return Claim("option_reachable", subject, says, "proved", (case,))


def rules_decisive(encoded: Encoded) -> Iterator[Claim]:
    """Yield for each rule on an option, priors apart, whether some case would be decided otherwise without it."""
    priors = {f"prior.{id}" for id in encoded.rulebook.decisions}
    for rule in encoded.rulebook.rules.values():
        if rule.then.options and rule.id not in priors:
            yield _decisive(encoded.about(str(rule.target)), rule)


def _decisive(encoded: Encoded, rule: Rule) -> Claim:
    says = "Without it, some case would be decided otherwise."
    accepted = rule.accepts.get(NEVER_DECIDES, "")
    if accepted:  # what costs make possible or not can take long to find out
        return Claim("rule_decisive", rule.id, says, "accepted", (), accepted)
    try:
        case = encoded.some(_would_differ(encoded.world, rule), partial(_decides, encoded, rule))
    except Undecided:
        return Claim("rule_decisive", rule.id, says, "undecided")
    status: ClaimStatus = "proved" if case else "broken"
    return Claim("rule_decisive", rule.id, says, status, (case,) if case else ())


def _decides(encoded: Encoded, rule: Rule, solution: Solution) -> ClaimCase | None:
    """Return a case that the engine decides otherwise without a rule."""
    facts, decision = encoded.facts.read(solution), encoded.rulebook.decisions[str(rule.target)]
    try:
        real = encoded.conclude(facts)
    except UserError:
        return None
    rest = decide(decision, [f.rule for f in real.firings if f.rule.id != rule.id])
    chosen = real.recommendation[decision.id]
    return ClaimCase(facts, decision.id, chosen) if rest.chosen != chosen else None


def _would_differ(world: World, rule: Rule) -> list[Truth]:
    with_it, without = world.verdicts[str(rule.target)], world.without(rule)
    return [world.fires[rule.id], solver.no(_same_choice(with_it, without))]


def _same_choice(one: WorldVerdict, other: WorldVerdict) -> Truth:
    """Return where two verdicts choose the same, or are both blocked."""
    chosen = [solver.conjunction((one.chosen[o], other.chosen[o])) for o in one.chosen]
    return solver.disjunction([*chosen, solver.conjunction((one.blocked, other.blocked))])


def no_cliffs(encoded: Encoded, most: int) -> Iterator[Claim]:
    """Yield for each number whether one unit of it moves an option's lead by at most so many points."""
    for id in encoded.given:
        fact = encoded.rulebook.facts[id]
        if fact.numeric:
            yield _no_cliff(encoded, fact, most)


def _no_cliff(encoded: Encoded, fact: Fact, most: int) -> Claim:
    shares = encoded.laws.shares.get(fact.id, ())
    two = encoded.facts.varied([fact.id, *shares], "step:")
    beside, required = encoded.beside(two)
    unit = int(UNIT_OF[fact.type] * two.steps[fact.id])
    step = solver.same(two.numbers[fact.id], encoded.facts.numbers[fact.id] + unit)
    required += [step, encoded.facts.known[fact.id], two.known[fact.id]]
    required.append(solver.disjunction(_leaps(encoded.world, beside, most)))

    def confirm(solution: Solution) -> tuple[ClaimCase, ...] | None:
        return _leapt(encoded, encoded.facts.read(solution), two.read(solution), most)

    accepted = fact.accepts.get(CLIFF, "")
    says = f"One unit of it moves no option by more than {most} points."
    try:
        cases = encoded.smallest(required, confirm) if not accepted else None
        if accepted and encoded.possible(required):
            return _missing("no_cliff", fact.id, says, accepted)
    except Undecided:
        return Claim(
            "no_cliff", fact.id, says, "accepted" if accepted else "undecided", (), accepted
        )
    if not cases:
        return Claim("no_cliff", fact.id, says, "proved")
    return replace(_missing("no_cliff", fact.id, says, accepted), cases=cases)


def _leaps(one: World, two: World, most: int) -> Iterator[Truth]:
    """Yield where a decision's leads differ by more, the decisions before it being the same."""
    before: list[Truth] = []
    for id, decision in one.rulebook.decisions.items():
        here, there = one.verdicts[id], two.verdicts[id]
        for option, other in combinations(decision.options, 2) if here is not there else ():
            was = one.lead(id, option, other, here.spoken)
            now = two.lead(id, option, other, there.spoken)
            leaps = (solver.related("above", leap, most) for leap in (now - was, was - now))
            yield solver.conjunction((*before, solver.disjunction(leaps)))
        before.append(_same_choice(here, there))


def _leapt(
    encoded: Encoded, before: Mapping[str, Value], after: Mapping[str, Value], most: int
) -> tuple[ClaimCase, ...] | None:
    """Return the two cases with the first decision whose points leap, where the engine finds it so."""
    one, two = encoded.conclude(before), encoded.conclude(after)
    for id, here in one.outcomes.items():
        there = two.outcomes[id]
        moved = [there.standing(s.option).score - s.score for s in here.standings]
        if max(moved) - min(moved) > most:
            found = ((before, here.chosen), (after, there.chosen))
            return tuple(ClaimCase(facts, id, chosen) for facts, chosen in found)
        if here.chosen != there.chosen:
            return None
    return None

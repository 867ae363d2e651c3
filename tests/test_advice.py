"""The order of advice: the strongest first, and of one strength by kind."""

from datetime import date
from typing import get_args

from smallbook import TEXTS

from tunewise.cases.case import Case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.conclusions import AdviceKind
from tunewise.loading.assembly import assemble

KINDS = get_args(AdviceKind)


def test_advice_comes_by_strength_then_kind_then_rule() -> None:
    """Whatever their names, risks stand before pitfalls, these before next steps, and so on."""
    pieces = [(kind, strength) for kind in KINDS for strength in ("weak", "strong")]
    rules = "".join(
        f"  {name}{99 - i}: {{when: {{examples: {{known: true}}}}, then: {{advise: {kind}, strength: {strength}}}, "
        f'because: So., sources: [DOC1], checked: "2026-11-22"}}\n'
        for i, (kind, strength) in enumerate(pieces)
        for name in "ba"
    )
    rulebook = assemble({**TEXTS, "advice.yaml": f"rules:\n{rules}"}, "book")
    evaluator = Evaluator(rulebook, date(2026, 11, 22))
    advice = [firing.rule for firing in evaluator.evaluate(Case("x", {"examples": 1})).advice]
    evaluator.close()
    found = [(rule.then.strength, rule.then.kind) for rule in advice if rule.then.kind]
    wanted = [(strength, kind) for strength in ("strong", "weak") for kind in KINDS for _ in "ab"]
    assert found == wanted
    assert [rule.id[7] for rule in advice] == ["a", "b"] * len(pieces)
    assert KINDS == ("contradiction", "risk", "pitfall", "next_step", "guardrail", "hidden_cost")

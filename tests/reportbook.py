"""A rulebook made for reports: ties, vetoes, disputes, much advice, near misses and a link that is none."""

from datetime import date

from tunewise.cases.case import Case
from tunewise.costs.breakeven import BreakEven, Crossings, Spread
from tunewise.costs.lines import Line
from tunewise.costs.model import Costs, Estimate
from tunewise.costs.ranges import Range
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble
from tunewise.record.evaluation import Evaluation

DAY = date(2026, 11, 22)

DECISIONS = """\
decisions:
  approach:
    label: approach
    question: How should it be done?
    options:
      prompting: {label: prompting, says: Ask well.}
      hybrid: {label: a mix, says: Some of both.}
      fine_tuning: {label: tuning, says: Train it.}
  hosting:
    label: hosting
    question: Where should it run?
    options:
      public_api: {label: a public service}
      self_hosted: {label: own machines}
"""

FACTS = """\
groups:
  task: {title: The task}
  team: {title: The team}
facts:
  stage:
    type: choice
    group: task
    label: stage
    question: How far along is it?
    why: Early on, little is settled.
    ordered: true
    values: {exploration: first trials, pilot: a pilot, production: in production}
  examples:
    type: integer
    group: task
    label: examples
    question: How many examples are there?
  quality:
    type: choice
    group: task
    label: quality
    question: How good are they?
    ordered: true
    values: {low: poor, high: good}
    ask_when: {examples: {above: 0}}
  may_train:
    type: boolean
    group: task
    label: permission to train
    question: May it be trained on?
  secret:
    type: boolean
    group: team
    label: secrecy
    question: Is it secret?
  staff:
    type: integer
    group: team
    label: staff
    question: How many people are there?
  colour:
    type: text
    group: team
    label: colour
    question: Which colour is it?
  base_model:
    type: text
    group: team
    label: base model
    question: Which model?
  enough:
    type: boolean
    origin: derived
    label: enough data
"""

SOURCES = """\
documents:
  DOC: {title: The guide, publisher: A house, link: "https://example.org/a?b=1&c=<d>", published: 2025-05-19}
  BAD: {title: A trap, link: "javascript:alert(1)"}
  PAPER: {title: A paper, kind: paper}
items:
  DOC1: {section: Data, says: Many examples help, note: Nobody says how many}
  DOC2: {says: Secrets stay at home}
  DOC3: {says: Begin with prompts}
  DOC4: {says: Look twice}
  DOC5: {says: Ask first}
  BAD1: {says: Click here}
  PAPER.1: {says: Few examples will do}
"""

RULES = """\
title: Rules
rules:
  data:
    when: {examples: {at_least: 500}}
    then: {derive: {enough: true}}
    because: "{examples} examples will do."
    sources: [DOC1]
    checked: "2026-11-22"
  enough:
    when: {enough: {is: true}}
    then: {support: {approach: fine_tuning}, strength: strong}
    because: There is enough data.
    sources: [DOC1, DOC2, DOC3, DOC4, DOC5]
    checked: "2026-11-22"
    disputed_by: [PAPER.1]
  good:
    when: {quality: {is: high}}
    then: {support: {approach: [hybrid, fine_tuning]}, strength: moderate}
    because: The data are {quality}.
    sources: [BAD1]
    checked: "2026-11-22"
  early:
    when: {stage: {is: exploration}}
    then: {oppose: {approach: fine_tuning}, strength: weak}
    because: It is too early.
    sources: [DOC3]
    checked: "2026-11-22"
  pilot:
    when: {stage: {is: pilot}}
    then: {support: {approach: hybrid}, strength: weak}
    because: A pilot may try both.
    sources: [DOC3]
    checked: "2026-11-22"
  late:
    when: {stage: {is: production}}
    then: {support: {approach: fine_tuning}, strength: moderate}
    because: It will stay.
    sources: [DOC3]
    checked: "2026-11-22"
  forbidden:
    when: {may_train: {is: false}}
    then: {exclude: {approach: [hybrid, fine_tuning]}}
    because: Nothing may be trained on.
    sources: [DOC5]
    checked: "2026-11-22"
  few:
    when: {examples: {below: 10}}
    then: {exclude: {approach: fine_tuning}}
    because: "{examples} examples are too few."
    sources: [DOC1]
    checked: "2026-11-22"
  secret:
    when: {secret: {is: true}}
    then: {exclude: {hosting: public_api}}
    because: Secrets stay at home.
    sources: [DOC2]
    checked: "2026-11-22"
  nobody:
    when: {staff: {is: 0}}
    then: {exclude: {hosting: self_hosted}}
    because: Nobody could look after a machine.
    sources: [DOC4]
    checked: "2026-11-22"
"""

ADVICE = "rules:\n" + "".join(
    f"""\
  step_{number}:
    when: {{examples: {{known: true}}}}
    then: {{advise: {kind}, strength: {strength}}}
    because: Advice number {number}.
    sources: [DOC4]
    checked: "2026-11-22"
"""
    for number, (kind, strength) in enumerate(
        [("next_step", "weak")] * 4
        + [("hidden_cost", "strong")]
        + [("pitfall", "moderate"), ("risk", "moderate"), ("guardrail", "moderate")]
        + [("pitfall", "weak")]
    )
)

TEXTS = {
    "advice.yaml": ADVICE,
    "decisions.yaml": DECISIONS,
    "facts.yaml": FACTS,
    "rulebook.yaml": 'title: A book\nversion: "7"\nstrengths: {weak: 1, moderate: 2, strong: 4}\n',
    "rules.yaml": RULES,
    "sources.yaml": SOURCES,
}


def book(**texts: str) -> Rulebook:
    """The rulebook, with some files' texts replaced."""
    return assemble({**TEXTS, **{f"{name}.yaml": text for name, text in texts.items()}}, "book")


def evaluated(
    name: str = "A case", description: str = "", rules: Rulebook | None = None, **facts: Value
) -> Evaluation:
    """A case with these facts, evaluated."""
    evaluator = Evaluator(rules or book(), DAY)
    try:
        return evaluator.evaluate(Case(name, facts, description))
    finally:
        evaluator.close()


def span(low: float, expected: float, high: float) -> Range:
    """A range of three numbers."""
    return Range(float(low), float(expected), float(high))


def line(item: str, period: str, amount: Range, *assumes: str) -> Line:
    """A line of an estimate."""
    return Line(
        id=item,
        item=item,
        period=period,
        quantity=span(1, 1.5, 2),
        unit="hours",
        rate=span(10, 10, 10),
        amount=amount,
        basis="price_list",
        sources=("DOC1",),
        checked="2026-11-22",
        note="As printed",
        assumes=assumes,
    )


def priced(months: tuple[float | None, ...] = (1, 3.123, None)) -> Costs:
    """Costs of two approaches, with these months to break-even."""
    first, monthly = span(0, 0.004, 99.5), span(100, 2000.4, 12345.6)
    reach = Spread(*(None if month is None else month for month in months))
    lines = (line("Prompts", "initial", first), line("Tokens", "monthly", monthly, "secret"))
    cheap = Estimate("prompting", lines, first, monthly, span(10, 50, 100), span(1, 2, 3))
    dear = Estimate("fine_tuning", (), span(7, 7, 7), span(0, 0, 0), span(100, 150, 200), None)
    return Costs(
        estimates={"prompting": cheap, "fine_tuning": dear},
        break_even=BreakEven(reach, "pays_back", "It pays back.", lambda: Crossings(reach, None)),
        horizon_months=24,
        assumptions={
            "card_speed": {"value": 0.5, "default": 0.5, "unit": "factor", "overridden": False},
            "hours": {
                "value": {"low": 1, "expected": 2, "high": 3000},
                "default": 1,
                "unit": "hours",
                "overridden": True,
            },
            "kind": {
                "value": {"a": 1, "b": "two"},
                "default": None,
                "unit": "",
                "overridden": False,
            },
        },
        gaps=("Review has no price\n",),
        notes=("The model ends soon",),
    )

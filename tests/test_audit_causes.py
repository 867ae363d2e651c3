"""Which rules `tunewise audit diff` makes answerable for what turned."""

from typing import Any

import pytest
from smallbook import book
from smalllog import contents

from tunewise.cases.case import Case
from tunewise.comparing.answers import DecidedCase
from tunewise.comparing.causes import causes
from tunewise.comparing.rulebooks import changes
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble, load

Change = tuple[str, str, str]

END = '\n    because: So.\n    sources: [DOC3]\n    checked: "2026-11-22"\n  '
HYBRID = ("decisions.yaml", "      fine_tuning:", "      hybrid: {label: both}\n      fine_tuning:")
NO_PERMISSION = ("data.yaml", "{may_train: {is: false}}", "{examples: {at_least: 1}}")
DATA = {"examples": 600}
SHORT = {**DATA, "stage": "pilot", "accuracy": 0.5, "target": 0.9}


def rule(name: str, when: str, then: str) -> Change:
    """The change that adds a rule to the file data.yaml."""
    text = f"rules:\n  {name}:\n    when: {when}\n    then: {then}{END}"
    return ("data.yaml", "rules:\n  ", text)


def rules(*texts: Change) -> Change:
    """The change that adds several rules to that file."""
    added = "".join(text.removeprefix("rules:\n  ") for _, _, text in texts)
    return ("data.yaml", "rules:\n  ", f"rules:\n  {added}")


def answer(facts: dict[str, Any], rulebook: Rulebook) -> DecidedCase:
    """How a case comes out under a rulebook."""
    (content,) = contents([Case("A", facts)], rulebook)
    return DecidedCase(content, rulebook)


def turned(facts: dict[str, Any], old: list[Change], new: list[Change]) -> list[str]:
    """The rules that turned a case between two versions of the small rulebook, which it must have turned."""
    before, after = answer(facts, book(*old)), answer(facts, book(*new))
    assert before.recommendation != after.recommendation
    return [cause.rule for cause in causes(before, after)]


def test_a_derived_fact_that_turned_nothing_is_not_followed_back() -> None:
    """The shortfall is gone, too, but the veto turned the decision without it."""
    weak = (
        "need.yaml",
        "strength: strong}\n    because: Prompts",
        "strength: weak}\n    because: Prompts",
    )
    gone = ("need.yaml", "{below: {fact: target}}", "{above: {fact: target}}")
    assert turned(SHORT, [weak], [weak, gone, NO_PERMISSION]) == ["data.forbidden"]


def test_a_derived_fact_that_turned_a_decision_is_followed_back_to_its_rule() -> None:
    """The rule that reads it did not change by itself."""
    gone = ("need.yaml", "{below: {fact: target}}", "{above: {fact: target}}")
    few = {**SHORT, "examples": 1}
    assert turned(few, [], [gone]) == ["need.shortfall"]


def test_a_veto_on_a_third_option_is_a_cause_where_that_would_have_won() -> None:
    """Tuning was forbidden, and without the other veto a hybrid had come in its place."""
    best = rule(
        "best", "{examples: {at_least: 1}}", "{support: {approach: hybrid}, strength: weak}"
    )
    none = rule("none", "{examples: {at_least: 2}}", "{exclude: {approach: hybrid}}")
    found = turned(DATA, [HYBRID, best], [HYBRID, rules(best, none), NO_PERMISSION])
    assert found == ["data.forbidden", "data.none"]


def test_a_rule_for_a_third_option_that_did_not_win_is_no_cause() -> None:
    """It would have turned the decision alone, but not to what is chosen now."""
    third = rule(
        "third", "{examples: {at_least: 1}}", "{support: {approach: hybrid}, strength: strong}"
    )
    first = rule(
        "first", "{examples: {at_least: 2}}", "{support: {approach: prompting}, strength: strong}"
    )
    more = rule(
        "more", "{examples: {at_least: 3}}", "{support: {approach: prompting}, strength: weak}"
    )
    found = turned(DATA, [HYBRID], [HYBRID, rules(third, first, more)])
    assert found == ["data.first"]


def test_each_of_two_rules_that_would_do_alone_is_a_cause() -> None:
    """To take either back would change nothing."""
    veto = rule("veto", "{examples: {at_least: 1}}", "{exclude: {approach: fine_tuning}}")
    assert turned(DATA, [], [veto, NO_PERMISSION]) == ["data.forbidden", "data.veto"]


def test_rules_that_make_up_for_each_other_are_all_causes() -> None:
    """Two of three would do, so none is needed, and none is enough."""
    against = "{oppose: {approach: fine_tuning}, strength: weak}"
    three = [rule(f"n{n}", f"{{examples: {{at_least: {n}}}}}", against) for n in (1, 2, 3)]
    assert turned(DATA, [], [rules(*three)]) == ["data.n1", "data.n2", "data.n3"]


def test_what_the_order_of_options_turned_is_no_rules_doing() -> None:
    """A tie is taken by the order, and none is blamed for that."""
    swapped = (
        "decisions.yaml",
        "prompting: {label: prompting}\n      fine_tuning: {label: tuning}",
        "fine_tuning: {label: tuning}\n      prompting: {label: prompting}",
    )
    assert turned({}, [], [swapped]) == []


def test_a_rule_that_now_speaks_of_another_decision_is_a_cause_there() -> None:
    """What it says of the decision that turned counts, not what it said of another one."""
    old = rule(
        "mine", "{examples: {at_least: 1}}", "{support: {approach: fine_tuning}, strength: weak}"
    )
    then = "{support: {hosting: public_api}, strength: strong}"
    new = rule("mine", "{examples: {at_least: 1}}", then)
    assert turned(DATA, [old], [new]) == ["data.mine"]


def test_a_rule_that_changed_is_a_cause_though_what_it_reads_changed_too() -> None:
    """The approach turned, and the rule on hosting would have let it stay where it was."""
    style = {**DATA, "gaps": ("style",)}
    never = (
        "need.yaml",
        "{any: [{approach: {is: fine_tuning}}, {gaps",
        "{all: [{approach: {is: fine_tuning}}, {gaps",
    )
    assert turned(style, [], [NO_PERMISSION, never]) == ["data.forbidden", "need.own_machines"]


def test_other_points_for_a_strength_speak_otherwise() -> None:
    """The rules are the same, but what they weigh is not."""
    against = rule(
        "no", "{examples: {at_least: 1}}", "{oppose: {approach: fine_tuning}, strength: weak}"
    )
    heavy = ("rulebook.yaml", "weak: 1, moderate: 2", "weak: 2, moderate: 2")
    before, after = (answer(DATA, book(*c)) for c in ([against], [against, heavy]))
    assert [(c.rule, c.how) for c in causes(before, after)] == [("data.no", "speaks otherwise")]


def test_a_decision_whose_every_option_is_vetoed_names_the_last_veto() -> None:
    """Blocked is what all vetoes together make of it."""
    first = rule("first", "{examples: {at_least: 1}}", "{exclude: {approach: prompting}}")
    assert turned(DATA, [first], [first, NO_PERMISSION]) == ["data.forbidden"]


PLANNING = [
    (
        "decisions.yaml",
        "  hosting:\n",
        "  technique:\n    label: technique\n    question: How?\n    options:\n      lora: {label: LoRA}\n"
        "      full: {label: full}\n  hosting:\n",
    ),
    (
        "facts.yaml",
        "  falls_short:",
        "  tuning_monthly_usd: {type: number, origin: computed, label: costs of tuning}\n  falls_short:",
    ),
    rules(
        rule("dear", "{tuning_monthly_usd: {above: 100}}", "{exclude: {approach: fine_tuning}}"),
        rule(
            "large", "{examples: {at_least: 900}}", "{support: {technique: full}, strength: weak}"
        ),
    ),
]


@pytest.mark.parametrize(
    ("as_of", "rules"), [("2026-11-22", ["data.large"]), ("2026-12-24", ["data.dear"])]
)
def test_costs_that_rest_on_another_plan_are_followed_back_to_it(
    as_of: str, rules: list[str]
) -> None:
    """A rule on the technique made tuning dear, unless the prices are others."""
    dear = ("data.yaml", "at_least: 900", "at_least: 90")
    old = book(*PLANNING)
    texts = {**old.texts, "data.yaml": old.texts["data.yaml"].replace(*dear[1:])}
    new = assemble(texts, "book")
    (content,) = contents([Case("A", DATA)], old)
    cost = {"value": 10, "origin": "computed"}
    before = {**content, "facts": {**content["facts"], "tuning_monthly_usd": cost}}
    (content,) = contents([Case("A", {**DATA, "may_train": False})], new)
    after = {
        **content,
        "as_of": as_of,
        "facts": {**before["facts"], "tuning_monthly_usd": {**cost, "value": 1000}},
        "firings": [{"rule": "data.dear", "facts": {}}],
    }
    assert before["tuning_plan"] != after["tuning_plan"]
    found = causes(DecidedCase(before, old), DecidedCase(after, new))
    assert [cause.rule for cause in found if cause.rule != "data.enough"] == rules


def test_the_day_on_which_models_end_can_move_a_decision() -> None:
    """So can which providers' models can then no longer be tuned; the day on which it was checked cannot."""
    shipped = load()
    name, day, checked = "costs/endings.yaml", '    ends: "2027-01-06"\n', 'checked: "'
    tuned = "    tuning: [openai]\n"
    head, found, rest = shipped.texts[name].partition(f"{tuned}{day}")
    assert found
    for old, new, weighs in (
        (day, '    ends: "2027-01-07"\n', True),
        (tuned, "    tuning: [openai, mistral]\n", True),
        (checked, f'{checked}2020-01-01" # "', False),
    ):
        text = head + f"{found}{rest}".replace(old, new, 1)
        (change,) = changes(shipped, assemble({**shipped.texts, name: text}, "changed"))
        assert (change.kind, change.how, change.weighs) == ("ending", "changed", weighs)

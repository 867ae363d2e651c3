"""Loading a rulebook: every mistake is named in one line, all of them at once, and nothing else happens."""

import contextlib
import random
import re
from pathlib import Path

import pytest
import yaml
from smallbook import DECISIONS, TEXTS, book, changed, write

from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.loading.assembly import assemble, load
from tunewise.reading import parse_json, parse_yaml

TEN_FACTS = (
    "stage, examples, accuracy, target, gaps, may_train, base_model, falls_short, approach, hosting"
)


def with_prior(
    option: str = "prompting",
    because: str = "It is the least.",
    source: str = "DOC2",
    checked: str = "'2026-11-22'",
) -> tuple[str, str, str]:
    """Give the first decision a prior."""
    said = f"option: {option}, strength: weak, because: {because}, sources: [{source}], checked: {checked}"
    question = "    question: How?\n"
    return "decisions.yaml", question, f"{question}    prior: {{{said}}}\n"


# file, what stands there, what stands there instead, the one line that it earns
BROKEN = {
    "no decision": (
        "decisions.yaml", DECISIONS, "decisions: {}",
        "book/decisions.yaml:1: decisions: a rulebook needs at least one decision",
    ),
    "an option whose name says that none is open": (
        "decisions.yaml", "public_api:", "blocked:",
        "book/decisions.yaml:12: decisions.hosting.options.blocked: 'blocked' has a meaning of its own "
        "and cannot be a name here",
    ),
    "an option whose name no condition can hold": (
        "decisions.yaml", "public_api:", '"a b":',
        "book/decisions.yaml:12: decisions.hosting.options.a b: a name may hold letters, digits, _ and . "
        "only",
    ),
    "unknown fact": (
        "data.yaml", "{examples: {at_least", "{exampels: {at_least",
        "book/data.yaml:4: rule data.enough: unknown fact 'exampels'; did you mean 'examples'?",
    ),
    "unknown fact, none like it": (
        "data.yaml", "{examples: {at_least", "{zzz: {at_least",
        f"book/data.yaml:4: rule data.enough: unknown fact 'zzz'; allowed: {TEN_FACTS}, all, any, …",
    ),
    "unknown comparison": (
        "data.yaml", "{at_least: 500}", "{at_leest: 500}",
        "book/data.yaml:4: rule data.enough: unknown comparison for the integer 'examples' 'at_leest'; "
        "did you mean 'at_least'?",
    ),
    "comparison that the type does not have": (
        "data.yaml", "{may_train: {is: false}}", "{may_train: {at_least: false}}",
        "book/data.yaml:11: rule data.forbidden: unknown comparison for the boolean 'may_train' "
        "'at_least'; allowed: is, is_not, known, unknown",
    ),
    "literal of another type": (
        "data.yaml", "{at_least: 500}", "{at_least: many}",
        "book/data.yaml:4: rule data.enough: examples: expected a whole number from 0 to 1,000,000, "
        "found 'many'",
    ),
    "literal out of bounds": (
        "data.yaml", "{at_least: 500}", "{at_least: 1000001}",
        "book/data.yaml:4: rule data.enough: examples: 1000001 is out of range: expected a whole "
        "number from 0 to 1,000,000",
    ),
    "literal that is not a number": (
        "data.yaml", "{at_least: 500}", "{at_least: .nan}",
        "book/data.yaml:4: rule data.enough: examples: expected a whole number from 0 to 1,000,000, "
        "found nan",
    ),
    "unknown as a literal": (
        "data.yaml", "{at_least: 500}", "{at_least: unknown}",
        "book/data.yaml:4: rule data.enough: examples: unknown is not a value; write 'unknown: true'",
    ),
    "a value instead of a comparison": (
        "data.yaml", "{examples: {at_least: 500}}", "{examples: 500}",
        "book/data.yaml:4: rule data.enough: expected one of at_least, below, at_most, above, is, "
        "is_not, one_of, known, unknown under 'examples', found 500",
    ),
    "presence that is not true": (
        "data.yaml", "{at_least: 500}", "{known: false}",
        "book/data.yaml:4: rule data.enough: 'known' takes true alone, found False",
    ),
    "two things that are no numbers": (
        "need.yaml", "{below: {fact: target}}", "{below: {fact: stage}}",
        "book/need.yaml:3: rule need.shortfall: 'accuracy' below 'stage': only numbers are compared "
        "with each other",
    ),
    "unknown other fact": (
        "need.yaml", "{below: {fact: target}}", "{below: {fact: tarjet}}",
        "book/need.yaml:3: rule need.shortfall: unknown fact 'tarjet'; did you mean 'target'?",
    ),
    "other fact that is a list": (
        "need.yaml", "{below: {fact: target}}", "{below: {fact: [target]}}",
        "book/need.yaml:3: rule need.shortfall: unknown fact ['target']; did you mean 'target'?",
    ),
    "factor below 0": (
        "need.yaml", "{fact: target}", "{fact: target, times: -1}",
        "book/need.yaml:3: rule need.shortfall: 'times' must be a number above 0 and at most "
        "1,000,000,000,000, found -1",
    ),
    "less of what is no number": (
        "need.yaml", "{fact: target}", "{fact: target, less: stage}",
        "book/need.yaml:3: rule need.shortfall: 'less' must be a number between -1,000,000,000,000 and "
        "1,000,000,000,000, or a fact that is one, found 'stage'",
    ),
    "less of a misspelt fact": (
        "need.yaml", "{fact: target}", "{fact: target, less: tarket}",
        "book/need.yaml:3: rule need.shortfall: 'less' is a number, or a fact: unknown fact 'tarket'; did you "
        "mean 'target'?",
    ),
    "less that is not a number": (
        "need.yaml", "{fact: target}", "{fact: target, less: .nan}",
        "book/need.yaml:3: rule need.shortfall: 'less' must be a number between -1,000,000,000,000 and "
        "1,000,000,000,000, or a fact that is one, found nan",
    ),
    "other fact that is missing": (
        "need.yaml", "{below: {fact: target}}", "{below: {times: 2}}",
        "book/need.yaml:3: rule need.shortfall: 'fact' is missing; write the fact to compare with",
    ),
    "empty exception": (
        "data.yaml", "{examples: {at_least: 500}}", "{examples: {at_least: 500}}\n    unless: {}",
        "book/data.yaml:5: rule data.enough: expected a condition, found nothing",
    ),
    "end that is no date": (
        "data.yaml", "    disputed_by:", "    until: soon\n    disputed_by:",
        "book/data.yaml:9: rule data.enough: expected a date such as 2026-11-22, found 'soon'",
    ),
    "prior of another decision": (
        *with_prior("self_hosted"),
        "book/decisions.yaml:5: decisions.approach.prior.option: unknown option 'self_hosted'; allowed: prompting, "
        "fine_tuning",
    ),
    "prior of an unknown source": (
        *with_prior(source="DOC9"),
        "book/decisions.yaml:5: decisions.approach.prior.sources: unknown source item 'DOC9'; did you mean 'DOC4'?",
    ),
    "prior that speaks of a fact": (
        *with_prior(because="'With {examples}.'"),
        "book/decisions.yaml:5: decisions.approach.prior.because: expected a sentence without facts: a prior "
        "reads none",
    ),
    "prior checked on no date": (
        *with_prior(checked="lately"),
        "book/decisions.yaml:5: decisions.approach.prior.checked: expected a date such as 2026-11-22, found 'lately'",
    ),
    "empty condition": (
        "data.yaml", "{examples: {at_least: 500}}", "{}",
        "book/data.yaml:4: rule data.enough: expected a condition, found nothing",
    ),
    "join of no list": (
        "data.yaml", "{examples: {at_least: 500}}", "{all: {examples: {at_least: 500}}}",
        "book/data.yaml:4: rule data.enough: expected a list of conditions, found a mapping",
    ),
    "unknown choice": (
        "need.yaml", "{stage: {is: exploration}}", "{stage: {is: explore}}",
        "book/need.yaml:11: rule need.gap: stage: unknown value 'explore'; did you mean 'exploration'?",
    ),
    "unknown option": (
        "data.yaml", "{support: {approach: fine_tuning}", "{support: {approach: fine_tunning}",
        "book/data.yaml:5: rule data.enough: unknown option of 'approach' 'fine_tunning'; did you mean "
        "'fine_tuning'?",
    ),
    "option that is a list of lists": (
        "data.yaml", "{support: {approach: fine_tuning}", "{support: {approach: [[fine_tuning]]}",
        "book/data.yaml:5: rule data.enough: unknown option of 'approach' ['fine_tuning']; did you mean "
        "'fine_tuning'?",
    ),
    "unknown decision": (
        "data.yaml", "{support: {approach: fine_tuning}", "{support: {aproach: fine_tuning}",
        "book/data.yaml:5: rule data.enough: unknown decision 'aproach'; did you mean 'approach'?",
    ),
    "two conclusions": (
        "data.yaml", "then: {support: {approach: fine_tuning}",
        "then: {exclude: {hosting: public_api}, support: {approach: fine_tuning}",
        "book/data.yaml:5: rule data.enough: expected exactly one of derive, support, oppose, exclude, "
        "advise, found a mapping",
    ),
    "unknown strength": (
        "data.yaml", "strength: moderate", "strength: medium",
        "book/data.yaml:5: rule data.enough: unknown strength 'medium'; allowed: weak, moderate, strong",
    ),
    "strength that is a list": (
        "data.yaml", "strength: moderate", "strength: [moderate]",
        "book/data.yaml:5: rule data.enough: unknown strength ['moderate']; did you mean 'moderate'?",
    ),
    "strength where there is none": (
        "data.yaml", "{exclude: {approach: fine_tuning}}", "{exclude: {approach: fine_tuning}, strength: weak}",
        "book/data.yaml:12: rule data.forbidden: unknown key 'strength'; allowed: exclude",
    ),
    "unknown kind of advice": (
        "need.yaml", "advise: pitfall", "advise: pitfal",
        "book/need.yaml:24: rule need.watch: unknown kind of advice 'pitfal'; did you mean 'pitfall'?",
    ),
    "kind of advice that is a mapping": (
        "need.yaml", "advise: pitfall", "advise: {pitfall: 1}",
        "book/need.yaml:24: rule need.watch: unknown kind of advice {'pitfall': 1}; did you mean "
        "'pitfall'?",
    ),
    "deriving what is given": (
        "need.yaml", "{derive: {falls_short: true}}", "{derive: {may_train: true}}",
        "book/need.yaml:4: rule need.shortfall: unknown derived fact 'may_train'; allowed: falls_short",
    ),
    "deriving a value of another type": (
        "need.yaml", "{derive: {falls_short: true}}", "{derive: {falls_short: 3}}",
        "book/need.yaml:4: rule need.shortfall: falls_short: expected yes, no or unknown, found 3",
    ),
    "unknown source": (
        "data.yaml", "[DOC1]", "[DOC1, DOC9]",
        "book/data.yaml:7: rule data.enough: unknown source item 'DOC9'; did you mean 'DOC4'?",
    ),
    "unknown disputant": (
        "data.yaml", "[PAPER.1]", "[PAPER.2]",
        "book/data.yaml:3: rule data.enough: unknown rule or source item in disputed_by 'PAPER.2'; "
        "did you mean 'PAPER.1'?",
    ),
    "no date": (
        "data.yaml", "  enough:\n    when: {examples: {at_least: 500}}\n",
        "  enough:\n    when: {examples: {at_least: 500}}\n    title: 3\n",
        "book/data.yaml:5: rule data.enough: expected text, got a whole number (3)",
    ),
    "unquoted text that is no date": (
        "need.yaml", "advise: pitfall, strength: strong}\n    because: Tuned models go stale.\n"
        '    sources: [DOC2]\n    checked: "2026-11-22"',
        "advise: pitfall, strength: strong}\n    because: Tuned models go stale.\n"
        "    sources: [DOC2]\n    checked: last week",
        "book/need.yaml:27: rule need.watch: expected a date such as 2026-11-22, found 'last week'",
    ),
    "sentence about an unread fact": (
        "data.yaml", "There are {examples}.", "There are {stage}.",
        "book/data.yaml:6: rule data.enough: unknown fact in the sentence (its condition reads) "
        "'stage'; allowed: examples",
    ),
    "missing key": (
        "data.yaml", "    because: Nothing may be trained on.\n", "",
        "book/data.yaml:10: rule data.forbidden: the key 'because' is missing",
    ),
    "unknown key": (
        "data.yaml", "    disputed_by:", "    disputedby:",
        "book/data.yaml:9: rule data.enough: unknown key 'disputedby'; did you mean 'disputed_by'?",
    ),
    "unknown key of a file": (
        "data.yaml", "title: Data", "titel: Data",
        "book/data.yaml:1: titel: unknown key 'titel'; did you mean 'title'?",
    ),
    "rule that is a list": (
        "need.yaml", "\n    when: {approach: {is: fine_tuning}}\n", " [1]\n  watched:\n"
        "    when: {approach: {is: fine_tuning}}\n",
        "book/need.yaml:22: rule need.watch: expected a mapping, found a list",
    ),
    "rules that are a list": (
        "data.yaml", TEXTS["data.yaml"], "rules: [1, 2]\n",
        "book/data.yaml:1: rules: expected a mapping of rules by name",
    ),
    "file that is a list": (
        "data.yaml", TEXTS["data.yaml"], "- 1\n",
        "book/data.yaml:1: expected a mapping with the key 'rules'",
    ),
    "duplicate key": (
        "data.yaml", "  forbidden:", "  enough:",
        "book/data.yaml:10: rules: the key 'enough' stands here a second time",
    ),
    "decisions that are a list": (
        "decisions.yaml", TEXTS["decisions.yaml"], "decisions: [1]\n",
        "book/decisions.yaml:1: decisions: expected a mapping of names, found a list",
    ),
    "one option": (
        "decisions.yaml", "      self_hosted: {label: own machines}\n", "",
        "book/decisions.yaml:8: decisions.hosting: a decision needs at least two options",
    ),
    "options that are a list": (
        "decisions.yaml", "    options:\n      public_api: {label: a public API}\n"
        "      self_hosted: {label: own machines}\n", "    options: [public_api, self_hosted]\n",
        "book/decisions.yaml:11: decisions.hosting.options: expected a mapping of names, found a list",
    ),
    "items that are a list": (
        "sources.yaml", TEXTS["sources.yaml"], "documents: {}\nitems: [1]\n",
        "book/sources.yaml:2: items: expected a mapping of names, found a list",
    ),
    "item of no document": (
        "sources.yaml", "  DOC4: {", "  DOCS4: {",
        "book/sources.yaml:8: items.DOCS4: unknown document of the item 'DOCS4'; did you mean 'DOC'?",
    ),
    "choice without values": (
        "facts.yaml", "    values: {style: style, format: format}\n", "",
        "book/facts.yaml:30: facts.gaps: a choice or set needs 'values'",
    ),
    "number with values": (
        "facts.yaml", "    unit: examples\n", "    values: {a: b}\n",
        "book/facts.yaml:11: facts.examples: only a choice or set has 'values'",
    ),
    "unknown type": (
        "facts.yaml", "    type: boolean\n    group: task\n", "    type: bool\n    group: task\n",
        "book/facts.yaml:37: facts.may_train.type: unknown value 'bool'; did you mean 'boolean'?",
    ),
    "type that is a list": (
        "facts.yaml", "    type: boolean\n    group: task\n", "    type: [boolean]\n    group: task\n",
        "book/facts.yaml:37: facts.may_train.type: unknown value ['boolean']; did you mean 'boolean'?",
    ),
    "unknown group": (
        "facts.yaml", "    type: boolean\n    group: task\n", "    type: boolean\n    group: tsk\n",
        "book/facts.yaml:36: facts.may_train: unknown group 'tsk'; did you mean 'task'?",
    ),
    "fact without a question": (
        "facts.yaml", "    question: Which?\n", "",
        "book/facts.yaml:42: facts.base_model: a given fact needs a 'question'",
    ),
    "fact named as a decision": (
        "facts.yaml", "  base_model:\n", "  hosting:\n",
        "book/facts.yaml:42: facts.hosting: a decision has this name already",
    ),
    "fact named as a join": (
        "facts.yaml", "  base_model:\n", "  any:\n",
        "book/facts.yaml:42: facts.any: the condition language has this word already",
    ),
    "decided fact": (
        "facts.yaml", "origin: derived", "origin: decided",
        "book/facts.yaml:49: facts.falls_short.origin: unknown value 'decided'; did you mean "
        "'derived'?",
    ),
    "question on an unknown fact": (
        "facts.yaml", "ask_when: {stage:", "ask_when: {stages:",
        "book/facts.yaml:29: fact target: unknown fact 'stages'; did you mean 'stage'?",
    ),
    "question with an unknown source": (
        "facts.yaml", "[DOC3]", "[DOC7]",
        "book/facts.yaml:41: facts.may_train.sources: unknown source item 'DOC7'; did you mean 'DOC4'?",
    ),
    "option with an unknown source": (
        "decisions.yaml", "{label: own machines}", "{label: own machines, sources: [DOC7]}",
        "book/decisions.yaml:13: decisions.hosting.options.self_hosted.sources: unknown source item "
        "'DOC7'; did you mean 'DOC4'?",
    ),
    "bounds the wrong way round": (
        "facts.yaml", "    maximum: 1000000\n", "    maximum: -1\n",
        "book/facts.yaml:11: facts.examples: 'minimum' is above 'maximum'",
    ),
    "bound without an end": (
        "facts.yaml", "    maximum: 1000000\n", "    maximum: .inf\n",
        "book/facts.yaml:11: facts.examples: expected finite bounds within ±1,000,000,000,000",
    ),
    "strengths in another order": (
        "rulebook.yaml", "{weak: 1, moderate: 2, strong: 4}", "{strong: 4, moderate: 2, weak: 1}",
        "book/rulebook.yaml:3: strengths: expected the points of weak, moderate and strong, in order",
    ),
    "points that are no integer": (
        "rulebook.yaml", "weak: 1", "weak: 1.5",
        "book/rulebook.yaml:3: strengths.weak: expected a whole number, got a number (1.5)",
    ),
    "points that do not grow": (
        "rulebook.yaml", "moderate: 2", "moderate: 0",
        "book/rulebook.yaml:3: strengths: expected points from 1 to 1,000 that do not fall from weak "
        "to strong",
    ),
    "version that is a number": (
        "rulebook.yaml", 'version: "1"', "version: 1",
        "book/rulebook.yaml:2: version: expected text, got a whole number (1)",
    ),
    "cycle of one": (
        "need.yaml", "{accuracy: {below: {fact: target}}}",
        "{accuracy: {below: {fact: target}}, falls_short: {unknown: true}}",
        "book/need.yaml:2: rule need.shortfall: a cycle: falls_short -> falls_short (rules "
        "need.shortfall)",
    ),
    "cycle of two": (
        "need.yaml", "{accuracy: {below: {fact: target}}}",
        "{accuracy: {below: {fact: target}}, hosting: {is: public_api}}",
        "book/need.yaml:16: rule need.own_machines: a cycle: approach -> hosting -> falls_short -> "
        "approach (rules need.own_machines, need.shortfall, need.gap)",
    ),
    "cycle between decisions": (
        "data.yaml", "{may_train: {is: false}}", "{hosting: {is: public_api}}",
        "book/need.yaml:16: rule need.own_machines: a cycle: approach -> hosting -> approach (rules "
        "need.own_machines, data.forbidden)",
    ),
    "tag": (
        "data.yaml", "title: Data", "title: !!python/object/apply:os.system [ls]",
        "book/data.yaml:1: title: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not "
        "allowed",
    ),
    "key that is a list": (
        "data.yaml", "title: Data", "[a, b]: Data",
        "book/data.yaml:1: a key must be a plain word",
    ),
    "no YAML": (
        "data.yaml", "title: Data", "title: [Data",
        "book/data.yaml:2: is not YAML: did not find expected ',' or ']'",
    ),
    "control character": (
        "data.yaml", "title: Data", "title: Da\x00ta",
        "book/data.yaml:1: is not YAML: the character U+0000 is not allowed",
    ),
    "two documents": (
        "data.yaml", "title: Data", "title: Data\n---\n",
        "book/data.yaml:2: holds more than one document",
    ),
    "alias of nothing": (
        "data.yaml", "title: Data", "title: *other",
        "book/data.yaml:1: title: the alias *other names no earlier anchor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_mistake_is_named_in_one_line(broken: str) -> None:
    """A broken rulebook says file, line, rule, what was found, what is allowed, and nothing more."""
    name, old, new, line = BROKEN[broken]
    with pytest.raises(UserError) as refused:
        book((name, old, new))
    assert str(refused.value).splitlines()[0] == line


def refusal(*changes: tuple[str, str, str]) -> list[str]:
    """The lines that a changed rulebook earns."""
    with pytest.raises(UserError) as refused:
        book(*changes)
    return str(refused.value).splitlines()


def test_the_small_rulebook_loads() -> None:
    """What the other tests break is whole to begin with."""
    loaded = book()
    assert list(loaded.rules) == [
        "data.enough",
        "data.forbidden",
        "need.gap",
        "need.own_machines",
        "need.shortfall",
        "need.watch",
    ]
    assert (loaded.rules["need.gap"].place, loaded.rules["need.gap"].line) == ("book/need.yaml", 8)


def test_all_mistakes_are_named_at_once() -> None:
    """Mistakes in five files, two of them in one rule, are all named, each once."""
    lines = refusal(
        ("facts.yaml", "question: Which?", "qustion: Which?"),
        ("rulebook.yaml", "weak: 1", "weak: x"),
        ("sources.yaml", "  DOC4: {says:", "  DOC4: {sayz:"),
        ("data.yaml", "{at_least: 500}", "{at_least: -1}"),
        ("data.yaml", "[DOC1]", "[DOC8]"),
    )
    assert [line.split(": ")[0] for line in lines] == [
        "book/rulebook.yaml:3",
        "book/facts.yaml:46",
        "book/sources.yaml:8",
        "book/sources.yaml:8",
        "book/data.yaml:4",
        "book/data.yaml:7",
    ]


def test_a_decision_that_is_made_later_cannot_be_read() -> None:
    """Decisions are made in their order, even where no cycle forbids another."""
    lines = refusal(
        ("need.yaml", "{any: [{approach: {is: fine_tuning}}, {gaps: {includes: style}}]}", "{gaps: {includes: style}}"),
        ("data.yaml", "{may_train: {is: false}}", "{hosting: {is: public_api}}"),
    )  # fmt: skip
    assert lines == [
        "book/data.yaml:10: rule data.forbidden: 'approach' is decided before 'hosting', on which "
        "the rule rests"
    ]


def test_an_unreadable_vocabulary_is_one_mistake() -> None:
    """Where facts.yaml is no YAML, the rules are not blamed for facts that nobody could read."""
    lines = refusal(("facts.yaml", "groups:", "groups: ["))
    assert lines == ["book/facts.yaml:3: is not YAML: did not find expected ',' or ']'"]


@pytest.mark.parametrize("name", ["facts.yaml", "decisions.yaml", "sources.yaml", "rulebook.yaml"])
def test_a_missing_file_is_named(name: str) -> None:
    """Each of the four files that a rulebook needs is asked for by name."""
    texts = {key: text for key, text in TEXTS.items() if key != name}
    with pytest.raises(UserError, match=f"^book/{re.escape(name)}: is missing from the rulebook$"):
        assemble(texts, "book")


@pytest.mark.parametrize("name", ["facts.yaml", "data.yaml"])
@pytest.mark.parametrize("data", ["", "[]", "3", "null", "text"])
def test_a_file_that_is_no_mapping_is_refused(name: str, data: str) -> None:
    """A file that holds a list, a number, a word or nothing is refused in a sentence."""
    with pytest.raises(UserError, match=f"^book/{name}[:0-9]*: expected a mapping"):
        assemble({**TEXTS, name: data}, "book")


BOMBS = {
    "aliases": "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "an alias in itself": "a: &a [*a]\n",
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "a: " + "{b: " * 50_000,
    "deep blocks": "".join(" " * i + "a:\n" for i in range(2_000)),
    "merge keys": "a: &a {x: 1}\nb: {<<: *a}\n",
    "a long number": "a: " + "9" * 5_000,
    "a long key": "? " + "k" * 200_000 + "\n: 1\n",
    "many values": "a:\n" + "- x\n" * 500_000,
    "a huge file": "# " + "x" * 5_000_000,
    "UTF-16": "a: 1\n".encode("utf-16").decode("latin-1"),
    "control characters": "a: \x1b[31m\x07\n",
    "a tag": "a: !!python/name:os.system\n",
    "a tag of its own": "a: !secret x\n",
    "a directive": "%YAML 9.9\n---\na: 1\n",
    "an unended quote": 'a: "' + "x" * 100_000,
    "a tab": "a:\n\t- 1\n",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS, ids=str)
@pytest.mark.parametrize("name", ["data.yaml", "sources.yaml"])
def test_hostile_files_are_refused_with_a_line(bomb: str, name: str, tmp_path: Path) -> None:
    """Bombs, depth, size, tags and foreign encodings end in one clean error each, and soon."""
    folder = write(tmp_path)
    (folder / name).write_bytes(BOMBS[bomb].encode("latin-1"))
    with pytest.raises(UserError) as refused:
        load(folder)
    first = str(refused.value).splitlines()[0]
    assert first.startswith(f"{folder}/{name}")
    assert first.isprintable()
    assert len(first) < 600


@pytest.mark.parametrize(
    "raw", [b"\xff\xfea\x00", b"title: caf\xe9\n", b"\x00\x00", b"\x89PNG\r\n"]
)
def test_wrong_encodings_are_errors(raw: bytes, tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named with their line."""
    folder = write(tmp_path)
    (folder / "data.yaml").write_bytes(raw)
    with pytest.raises(UserError, match=r"data\.yaml:1: (byte 0x.. is not UTF-8|is not YAML)"):
        load(folder)


def test_the_digest_depends_on_every_byte(tmp_path: Path) -> None:
    """A byte more, another line end, a byte order mark, another file name: another digest."""
    seen = {load(write(tmp_path / "0")).sha256}
    changes = {
        "space": lambda raw: raw + b" ",
        "comment": lambda raw: raw.replace(b"title: Data", b"title: Data # x"),
        "line ends": lambda raw: raw.replace(b"\n", b"\r\n"),
        "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    }
    for name, change in changes.items():
        path = write(tmp_path / name) / "data.yaml"
        path.write_bytes(change(path.read_bytes()))
        seen.add(load(path.parent).sha256)
    folder = write(tmp_path / "renamed")
    (folder / "costs").mkdir()
    (folder / "costs" / "none.yaml").write_text("{}", encoding="utf-8")
    seen.add(load(folder).sha256)
    assert len(seen) == len(changes) + 2


def test_the_digest_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    """The same files elsewhere are the same rulebook."""
    first, second = load(write(tmp_path / "a")), load(write(tmp_path / "b"))
    assert first.sha256 == second.sha256 == book().sha256


JUNK = (None, True, 0, -1, 1.5, float("inf"), float("nan"), 10**350, "", "unknown", "stage", "é" * 300,
        [], [1], ["a"], [[]], {}, {"a": 1}, {"fact": "examples"}, {"fact": ["x"]}, {"all": []},
        "2026-13-01", "prompting", ["prompting", "prompting"])  # fmt: skip


def spoilt(data: object, chance: random.Random) -> object:
    """Plain data with one part of it replaced by junk, deleted or renamed."""
    if not isinstance(data, dict | list) or not data or chance.random() < 0.15:
        return chance.choice(JUNK)
    key = chance.choice(list(data) if isinstance(data, dict) else range(len(data)))
    held = data.copy()
    held[key] = spoilt(held[key], chance)
    if isinstance(held, dict) and chance.random() < 0.2:
        held[chance.choice(["x", "approach", "when", "any", "id", "", "é"])] = held.pop(key)
    return held


@pytest.mark.parametrize("seed", range(150))
def test_spoilt_rulebooks_load_or_are_refused(seed: int) -> None:
    """Whatever stands where something else belongs, the answer is a rulebook or a list of mistakes."""
    chance = random.Random(seed)
    name = chance.choice(list(TEXTS))
    data = spoilt(yaml.safe_load(TEXTS[name]), chance)
    texts = {**TEXTS, name: yaml.safe_dump(data, allow_unicode=True, sort_keys=False)}
    with contextlib.suppress(UserError):
        assemble(texts, "book")


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', '{"a": NaN', "[" * 10_000, '{"a": ' + "9" * 5_000 + "}", '{"a": "\\ud800"}', "",
     '{"\\udfff": 1}'],
)  # fmt: skip
def test_hostile_json_is_refused(text: str) -> None:
    """Duplicate keys, depth, endless numbers and half characters in JSON end in one clean error."""
    with pytest.raises(UserError) as refused:
        parse_json(text, "case.json")
    assert str(refused.value).startswith("case.json")


def test_lines_survive_a_byte_order_mark_and_line_ends() -> None:
    """A file from another editor means the same and counts its lines the same."""
    document = parse_yaml("\ufeffa: 1\r\nb:\r\n  c: x\r\n", "x.yaml")
    assert document.data == {"a": 1, "b": {"c": "x"}}
    assert document.line(("b", "c")) == 3


def test_the_command_says_each_mistake_on_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the command line a broken rulebook is a status of 2 and lines on stderr, nothing on stdout."""
    texts = changed(("data.yaml", "[DOC1]", "[DOC8]"), ("need.yaml", "stage: {is", "stag: {is"))
    folder = write(tmp_path, texts)
    assert run(["rules", "list", "--rules", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"tunewise: {folder}/data.yaml:7: rule data.enough: unknown source item 'DOC8'; did you mean 'DOC4'?",
        f"tunewise: {folder}/need.yaml:11: rule need.gap: unknown fact 'stag'; did you mean 'stage'?",
    ]


@pytest.mark.parametrize("path", ["missing", "file.yaml", "empty"])
def test_a_folder_that_is_none_is_refused(path: str, tmp_path: Path) -> None:
    """A folder that is missing, a file or empty is refused in one line."""
    (tmp_path / "file.yaml").write_text("a: 1", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError) as refused:
        load(tmp_path / path)
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("more.yml", "more.yml: is not read; call it .yaml"),
        ("more/rules.yaml", "more/rules.yaml: is not read; it belongs into"),
        ("costs/old/rates.yaml", "costs/old/rates.yaml: is not read; it belongs into"),
    ],
)
def test_no_file_of_a_rulebook_is_passed_over_in_silence(
    file: str, says: str, tmp_path: Path
) -> None:
    """A file that nobody would read is refused: whoever wrote it believes that it counts."""
    with pytest.raises(UserError, match=re.escape(f"{tmp_path}/{says}")):
        load(write(tmp_path, {**TEXTS, file: "rules: {}"}))


def test_hidden_files_are_no_part_of_a_rulebook(tmp_path: Path) -> None:
    """What editors and file systems leave behind changes nothing."""
    found = load(write(tmp_path, {**TEXTS, "._data.yaml": "\0"}))
    assert found.sha256 == assemble(TEXTS, "").sha256


def test_a_duplicate_key_among_many_is_found_at_once() -> None:
    """The search for a key that stands twice takes time in proportion to the keys."""
    pairs = ",".join(f'"k{i}":1' for i in range(100_000))
    with pytest.raises(UserError, match="the key 'k99999' stands twice"):
        parse_json(f'{{{pairs},"k99999":1}}', "x.json")


def test_a_number_past_all_bounds_is_refused_in_words() -> None:
    """JSON's numbers are as long at most as YAML's."""
    with pytest.raises(UserError, match=r"the number '9+…' is too long"):
        parse_json('{"x":' + "9" * 5000 + "}", "x.json")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("+5", 5),
        ("5.", 5.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        ("010", "010"),
        ("007.5", "007.5"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_a_plain_number_means_what_it_shows(text: str, value: object) -> None:
    """What YAML 1.1 and 1.2 read differently stays text, and is refused where a number belongs."""
    assert parse_yaml(f"x: {text}", "x.yaml").data == {"x": value}

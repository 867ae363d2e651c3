"""The linter: each check finds its mistake and no other, and a sound rulebook is left alone."""

import json
from collections.abc import Iterable
from datetime import date
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from smallbook import CASES, TEXTS, book, changed, write
from strategies import Cases, assembled, write_rulebook

from tunewise.authoring.findings import SEVERITIES, LintFinding, Subject
from tunewise.authoring.implication import Implication
from tunewise.authoring.lint import CHECKS, MEANINGS, lint
from tunewise.authoring.lintreports import FINDING_WRITERS, findings_text
from tunewise.authoring.reachability import Reach
from tunewise.authoring.rulecases import RuleCase, find_case_files, parse, read_all
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.inference.encoding import Encoding
from tunewise.inference.single import Inference
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble, load
from tunewise.reading import parse_yaml

ROOT = Path(__file__).parents[1]
DAY = date(2026, 12, 1)

WATCH = """\
  watch:
    when: {approach: {is: fine_tuning}}
    then: {advise: pitfall, strength: strong}
    because: Tuned models go stale.
    sources: [DOC2]
"""

# what changes, the check, its severity, file and line, the subject
MISTAKES = {
    "rule without a source": (
        ("data.yaml", "[DOC3]", "[]"),
        ("rule-without-source", "error", "book/data.yaml:10", "rule data.forbidden"),
    ),
    "condition against itself": (
        ("data.yaml", "{may_train: {is: false}}", "{may_train: {is: false}, not: {may_train: {is: false}}}"),
        ("never-true", "error", "book/data.yaml:10", "rule data.forbidden"),
    ),
    "interval without a number": (
        ("data.yaml", "{at_least: 500}", "{at_least: 500, below: 500}"),
        ("never-true", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "interval without a whole number": (
        ("data.yaml", "{at_least: 500}", "{above: 500, below: 501}"),
        ("never-true", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "above the upper bound": (
        ("data.yaml", "{at_least: 500}", "{above: 1000000}"),
        ("never-true", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "none of all values": (
        ("need.yaml", "not: {stage: {is: exploration}}", "not: {stage: {one_of: [exploration, pilot, production]}}"),
        ("never-true", "error", "book/need.yaml:8", "rule need.gap"),
    ),
    "a value that is never derived": (
        ("need.yaml", "falls_short: {is: true}", "falls_short: {is: false}"),
        ("never-true", "error", "book/need.yaml:8", "rule need.gap"),
    ),
    "an option that is never chosen": (
        ("need.yaml", "when: {approach: {is: fine_tuning}}", "when: {hosting: {is: edge}}"),
        ("silent-advice", "error", "book/need.yaml:22", "rule need.watch"),
    ),
    "a question that is never asked": (
        ("facts.yaml", "{stage: {at_least: pilot}}", "{stage: {below: exploration}}"),
        ("never-asked", "error", "book/facts.yaml:29", "fact target"),
    ),
    "a rule twice": (
        ("need.yaml", WATCH, WATCH + '    checked: "2026-11-22"\n' + WATCH.replace("watch", "watch_again")),
        ("duplicate-rule", "error", "book/need.yaml:28", "rule need.watch_again"),
    ),
    "a rule twice, in another order and strength": (
        ("need.yaml", "  own_machines:", """\
  gap_again:
    when: {all: [{stage: {above: exploration}}, {not: {falls_short: {is_not: true}}}]}
    then: {support: {approach: fine_tuning}, strength: weak}
    because: Prompts still fall short.
    sources: [DOC2]
    checked: "2026-11-22"
  own_machines:"""),
        ("duplicate-rule", "error", "book/need.yaml:16", "rule need.gap_again"),
    ),
    "an unused item": (
        ("sources.yaml", "items:\n", "items:\n  DOC9: {says: Something more}\n"),
        ("unused-source", "warning", "book/sources.yaml:5", "item DOC9"),
    ),
    "an unused item of another's paper": (
        ("sources.yaml", "items:\n", "items:\n  PAPER.9: {says: Something more}\n"),
        ("unused-source", "note", "book/sources.yaml:5", "item PAPER.9"),
    ),
    "an excuse for what is used": (
        ("sources.yaml", "{says: Ask for permission}", "{says: Ask for permission, not_encoded: A truism}"),
        ("excused-but-used", "warning", "book/sources.yaml:7", "item DOC3"),
    ),
    "a fact that nobody derives": (
        ("facts.yaml", "  falls_short:\n", "  idle: {type: boolean, origin: derived, label: idle}\n  falls_short:\n"),
        ("underived-fact", "error", "book/facts.yaml:47", "fact idle"),
    ),
    "a cost that nobody reads": (
        ("facts.yaml", "  falls_short:\n", "  cost: {type: number, origin: computed, label: cost}\n  falls_short:\n"),
        ("unread-fact", "note", "book/facts.yaml:47", "fact cost"),
    ),
    "an option without support": (
        ("need.yaml", "{support: {hosting: self_hosted}", "{oppose: {hosting: self_hosted}"),
        ("unsupported-option", "warning", "book/decisions.yaml:13", "option self_hosted of hosting"),
    ),
    "a reason to be written": (
        ("need.yaml", "because: Tuned models go stale.", "because: 'TODO: why?'"),
        ("unwritten", "error", "book/need.yaml:22", "rule need.watch"),
    ),
    "a narrower rule with the same conclusion": (
        ("data.yaml", "  forbidden:", """\
  plenty:
    when: {examples: {above: 500}, stage: {is: pilot}}
    then: {support: {approach: fine_tuning}, strength: weak}
    because: Many.
    sources: [DOC1]
    checked: "2026-11-22"
  forbidden:"""),
        ("shadowed-rule", "warning", "book/data.yaml:10", "rule data.plenty"),
    ),
    "a narrower veto": (
        ("data.yaml", "rules:\n", """\
rules:
  forbidden_early:
    when: {may_train: {is: false}, stage: {is: exploration}}
    then: {exclude: {approach: fine_tuning}}
    because: Nothing may be trained on yet.
    sources: [DOC3]
    checked: "2026-11-22"
"""),
        ("shadowed-rule", "warning", "book/data.yaml:3", "rule data.forbidden_early"),
    ),
    "an alternative at the upper bound": (
        ("data.yaml", "{examples: {at_least: 500}}", "{any: [{examples: {is: 500}}, {examples: {above: 1000000}}]}"),
        ("dead-branch", "warning", "book/data.yaml:3", "rule data.enough"),
    ),
    "an alternative against the rest": (
        ("need.yaml", "not: {stage: {is: exploration}}",
         "stage: {is: pilot}\n      any: [{examples: {known: true}}, {stage: {above: pilot}}]"),
        ("dead-branch", "warning", "book/need.yaml:8", "rule need.gap"),
    ),
    "a comparison that every number meets": (
        ("data.yaml", "{at_least: 500}", "{at_least: 0, below: 500}"),
        ("idle-comparison", "warning", "book/data.yaml:3", "rule data.enough"),
    ),
    "a comparison that every step of a scale meets": (
        ("need.yaml", "not: {stage: {is: exploration}}", "stage: {at_least: exploration}"),
        ("idle-comparison", "warning", "book/need.yaml:8", "rule need.gap"),
    ),
    "a comparison of a share with its bound": (
        ("data.yaml", "{examples: {at_least: 500}}", "{accuracy: {at_most: 1}, examples: {at_least: 500}}"),
        ("idle-comparison", "warning", "book/data.yaml:3", "rule data.enough"),
    ),
    "an accepted finding that is not there": (
        ("need.yaml", "because: Tuned models go stale.", "because: So.\n    accepts: {never-true: It is.}"),
        ("idle-accept", "warning", "book/need.yaml:22", "rule need.watch"),
    ),
    "an accepted finding that no check has": (
        ("facts.yaml", "    label: examples\n", "    label: examples\n    accepts: {never-tru: It is.}\n"),
        ("idle-accept", "warning", "book/facts.yaml:15", "fact examples"),
    ),
    "support from silence": (
        ("data.yaml", "{examples: {at_least: 500}}", "{examples: {unknown: true}}"),
        ("silence-decides", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "a veto from silence beside another condition": (
        ("data.yaml", "{may_train: {is: false}}", "{may_train: {is: false}, stage: {unknown: true}}"),
        ("silence-decides", "error", "book/data.yaml:10", "rule data.forbidden"),
    ),
    "an exception that every value brings about": (
        ("data.yaml", "{examples: {at_least: 500}}", "{examples: {at_least: 500}}\n    unless: {stage: {known: true}}"),
        ("silence-decides", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "silence or a value, each beside another condition": (
        ("data.yaml", "{examples: {at_least: 500}}",
         "{any: [{examples: {unknown: true}, stage: {is: pilot}}, "
         "{examples: {at_least: 500}, stage: {is: production}}]}"),
        ("silence-decides", "error", "book/data.yaml:3", "rule data.enough"),
    ),
    "a dead alternative of silence": (
        ("data.yaml", "{examples: {at_least: 500}}",
         "{examples: {at_least: 500}, any: [{examples: {unknown: true}}, {stage: {is: pilot}}]}"),
        ("dead-branch", "warning", "book/data.yaml:3", "rule data.enough"),
    ),
    "evidence that has ended": (
        ("data.yaml", "    disputed_by: [PAPER.1]\n", '    disputed_by: [PAPER.1]\n    until: "2026-11-30"\n'),
        ("ended-rule", "warning", "book/data.yaml:3", "rule data.enough"),
    ),
}  # fmt: skip


def findings(
    rulebook: Rulebook, as_of: date = DAY, cases: Iterable[RuleCase] = ()
) -> list[LintFinding]:
    """What the linter finds and the files do not accept."""
    return [finding for finding in lint(rulebook, cases, as_of) if not finding.accepted]


def test_a_sound_rulebook_is_left_alone() -> None:
    """No false alarm: the small rulebook has no finding at all."""
    assert findings(book()) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_each_mistake_is_found_once(mistake: str) -> None:
    """One mistake makes one finding, with its check, severity, place and subject, and what to do."""
    change, expected = MISTAKES[mistake]
    texts = changed(change)
    if "edge" in change[2]:
        # Nothing supports `edge`, and the first option is never opposed: it cannot be chosen.
        texts["decisions.yaml"] += "      edge: {label: the edge}\n"
    found = [f for f in findings(assemble(texts, "book")) if f.subject != "option edge of hosting"]
    assert [(f.id, f.severity, f"{f.place}:{f.line}", f.subject) for f in found] == [expected]
    assert found[0].message


def test_rules_grow_stale_after_a_year() -> None:
    """A rule checked more than a year before the date judged by is to be compared with its sources."""
    assert findings(book(), date(2027, 11, 22)) == []
    stale = findings(book(), date(2027, 11, 24))
    assert {f.id for f in stale} == {"stale-rule"}
    assert len(stale) == len(book().rules)


def test_a_rule_holds_to_the_end_of_its_last_day() -> None:
    """On the day that `until` names the evidence still stands, on the next it has ended."""
    dated = book(
        ("need.yaml", "    when: {approach:", '    until: "2026-12-01"\n    when: {approach:')
    )
    assert findings(dated, date(2026, 12, 1)) == []
    assert [f.id for f in findings(dated, date(2026, 12, 2))] == ["ended-rule"]


@pytest.mark.parametrize(
    "when",
    [
        "{examples: {at_least: 500}}\n    unless: {may_train: {is: false}}",
        "{any: [{examples: {unknown: true}}, {examples: {at_least: 500}}]}",
        "{examples: {at_least: 500}, falls_short: {unknown: true}}",
    ],
    ids=["an exception", "silence or a value", "a finding"],
)
def test_what_holds_without_being_asked_is_no_silence(when: str) -> None:
    """A fact may be unknown where a known one would do, and a finding may be missing."""
    spoken = book(("data.yaml", "{examples: {at_least: 500}}", when))
    assert findings(spoken) == []


def test_an_exception_against_the_rest_is_no_dead_alternative() -> None:
    """That a fact may be unknown, as an exception adds, is nobody's mistake where the rest asks for it."""
    when = "{examples: {at_least: 500}}\n    unless: {examples: {above: 1000}, stage: {is: pilot}}"
    assert findings(book(("data.yaml", "{examples: {at_least: 500}}", when))) == []


def test_an_opposed_first_option_lets_an_unsupported_one_win() -> None:
    """An option without support can still be chosen where all before it are opposed: no false alarm."""
    rulebook = book(
        ("need.yaml", "{support: {hosting: self_hosted}", "{oppose: {hosting: public_api}")
    )
    reach = Reach(rulebook, Encoding(rulebook.facts, []))
    assert reach.options(rulebook.decisions["hosting"]) == ("public_api", "self_hosted")


@pytest.mark.parametrize("seed", range(12))
def test_what_is_said_never_to_fire_never_fires(seed: int) -> None:
    """No false alarm: in random rulebooks no rule fires that the linter holds to be dead."""
    chance = Random(seed)
    rulebook = assembled(write_rulebook(chance))
    assert rulebook is not None
    reach = Reach(rulebook, Encoding(rulebook.facts, (r.when for r in rulebook.rules.values())))
    dead = {rule.id for rule in rulebook.rules.values() if not reach.holds(rule.when)}
    cases, inference = Cases(rulebook), Inference(rulebook)
    first, decision = next(iter(rulebook.decisions.items()))
    for settled in [None, *({first: option} for option in decision.options)] * 5:
        conclusions = inference.infer(cases.draw(chance), settled)
        assert not dead & {firing.rule.id for firing in conclusions.firings}
    inference.close()


def test_cases_use_their_sources(tmp_path) -> None:
    """An item that only a case cites is used."""
    changes = ("sources.yaml", "items:\n", "items:\n  DOC9: {says: Something more}\n")
    rulebook = book(changes)
    path = tmp_path / "cases.yaml"
    path.write_text(CASES.replace("[DOC1]", "[DOC1, DOC9]"), encoding="utf-8")
    assert findings(rulebook, cases=read_all([path], rulebook)) == []


def test_cost_files_use_their_sources() -> None:
    """An item that only a cost component cites is used."""
    texts = changed(("sources.yaml", "items:\n", "items:\n  DOC9: {says: Something more}\n"))
    texts["costs/small.yaml"] = "components: {training: {sources: [DOC9]}}\n"
    assert findings(assemble(texts, "book")) == []


def test_findings_come_worst_first() -> None:
    """Errors stand before warnings and notes, and each severity in the order of files and lines."""
    found = findings(
        book(
            ("sources.yaml", "items:\n", "items:\n  PAPER.9: {says: x}\n  DOC9: {says: x}\n"),
            ("need.yaml", "[DOC2, DOC1]", "[]"),
        )
    )
    assert [f.severity for f in found] == ["error", "warning", "note"]


def test_text_and_json_say_the_same() -> None:
    """The writers render what they are given: a line or an object each, and no more."""
    nasty = LintFinding("some-check", "note", "book/a\x1b[31m.yaml", 3, "rule a.b", "mend\nit")
    text = findings_text([nasty])
    assert text == "book/a\\x1b[31m.yaml:3: note[some-check]: rule a.b: mend\\nit\n1 note\n"
    assert findings_text([]) == "nothing found\n"
    assert json.loads(FINDING_WRITERS["json"]([nasty])) == [
        {
            "id": "some-check",
            "severity": "note",
            "place": "book/a\x1b[31m.yaml",
            "line": 3,
            "subject": "rule a.b",
            "message": "mend\nit",
            "accepted": "",
        }
    ]


@pytest.mark.parametrize(
    ("mistake", "strict", "status"),
    [(None, True, 0), ("rule without a source", False, 1), ("an unused item", False, 0),
     ("an unused item", True, 1), ("an unused item of another's paper", True, 0)],
)  # fmt: skip
def test_the_status_follows_the_severity(
    mistake: str | None, strict: bool, status: int, tmp_path, capsys
) -> None:
    """`rules check` fails on errors; with --strict on warnings too; never on notes."""
    texts = changed(MISTAKES[mistake][0]) if mistake else TEXTS
    folder = write(tmp_path, texts)
    arguments = ["rules", "check", "--rules", str(folder), "--as-of", "2026-12-01"]
    assert run([*arguments, *(["--strict"] if strict else [])]) == status
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1] == ("nothing found" if mistake is None else out.splitlines()[-1])


def test_check_refuses_what_does_not_load(tmp_path, capsys) -> None:
    """Rulebook, cost files and cases that do not load are a status of 2, on stderr alone."""
    folder = write(tmp_path / "rules", {**TEXTS, "costs/small.yaml": "components: [1]\n"})
    assert run(["rules", "check", "--rules", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"tunewise: {folder}/costs/small.yaml:1: components:")


def test_the_shipped_rulebook_is_clean() -> None:
    """What is shipped passes its own checks with --strict, judged on the day of its last check."""
    rulebook = load()
    checked = max(date.fromisoformat(rule.checked) for rule in rulebook.rules.values())
    cases = read_all(find_case_files([ROOT / "tests" / "cases"]), rulebook)
    found = findings(rulebook, checked, cases)
    assert [f for f in found if f.severity in SEVERITIES[:2]] == []


ACCEPTED = (
    ("data.yaml", "[DOC3]", "[]\n    accepts: {rule-without-source: It is the law.}"),
    ("facts.yaml", "  falls_short:\n", """\
  cost: {type: number, origin: computed, label: cost, accepts: {unread-fact: The report shows it.}}
  falls_short:
"""),
    ("need.yaml", "{support: {hosting: self_hosted}", "{oppose: {hosting: self_hosted}"),
    ("decisions.yaml", "{label: own machines}",
     "{label: own machines, accepts: {unsupported-option: It is for the record.}}"),
)  # fmt: skip


def test_a_finding_is_accepted_with_a_reason(tmp_path, capsys) -> None:
    """What a rule, a fact or an option accepts does not count, is not listed, and keeps its reason."""
    assert [(f.id, f.accepted) for f in lint(book(*ACCEPTED), (), DAY)] == [
        ("rule-without-source", "It is the law."),
        ("unsupported-option", "It is for the record."),
        ("unread-fact", "The report shows it."),
    ]
    folder = write(tmp_path, changed(*ACCEPTED))
    arguments = ["rules", "check", "--strict", "--rules", str(folder), "--as-of", "2026-12-01"]
    assert run(arguments) == 0
    assert capsys.readouterr().out == "nothing found, 3 accepted with a reason\n"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("data.yaml", "[DOC3]", "[DOC3]\n    accepts: {never-true: ' '}"),
     ("facts.yaml", "    label: examples\n", "    label: examples\n    accepts: {never-true: ''}\n"),
     ("decisions.yaml", "{label: own machines}", "{label: own machines, accepts: {never-true: ''}}")],
)  # fmt: skip
def test_nothing_is_accepted_without_a_reason(name: str, old: str, new: str) -> None:
    """An empty reason is a mistake that stops the rulebook from loading."""
    with pytest.raises(UserError, match="is empty; say in one sentence why"):
        book((name, old, new))


def of_cases(facts: str, rulebook: Rulebook) -> tuple[RuleCase, ...]:
    """Cases with these facts, one a line."""
    cases = [
        {"name": f, "facts": json.loads(f), "expect": {"approach": "prompting"}}
        for f in facts.split("\n")
    ]
    return parse(parse_yaml(json.dumps({"cases": cases}), "cases.yaml"), rulebook)


@pytest.mark.parametrize(
    ("facts", "tested"),
    [('{"examples": 500}', True), ('{"examples": 499}\n{"examples": 501}', True),
     ('{"examples": 499}', False), ('{"examples": 501}', False), ("{}", False), ('{"accuracy": 0.5}', False)],
)  # fmt: skip
def test_thresholds_need_a_case_on_them_or_on_both_sides(facts: str, tested: bool) -> None:
    """A threshold that no case comes near could as well be another number."""
    rulebook = book()
    found = findings(rulebook, cases=of_cases(facts, rulebook))
    assert [(f.id, f.severity, f.subject) for f in found] == (
        [] if tested else [("untested-threshold", "note", "rule data.enough")]
    )


def test_an_accepted_threshold_is_not_idle_where_no_cases_are_given() -> None:
    """Without cases nothing is said of thresholds, nor of what accepts them."""
    change = (
        "data.yaml",
        "    disputed_by:",
        "    accepts: {untested-threshold: By law.}\n    disputed_by:",
    )
    rulebook = book(change)
    assert findings(rulebook) == []
    assert findings(rulebook, cases=of_cases("{}", rulebook)) == []
    assert [f.id for f in findings(rulebook, cases=of_cases('{"examples": 500}', rulebook))] == [
        "idle-accept"
    ]


def test_many_untested_thresholds_are_one_finding() -> None:
    """A rulebook with hardly a case gets one note with the count, not one a rule."""
    rules = "".join(
        f"  r{i}: {{when: {{examples: {{is: {i}}}}}, then: {{advise: risk, strength: weak}}, because: B{i}., "
        f'sources: [DOC1], checked: "2026-11-22"}}\n'
        for i in range(40)
    )
    rulebook = assemble({**TEXTS, "many.yaml": f"rules:\n{rules}"}, "book")
    found = findings(rulebook, cases=of_cases("{}", rulebook))
    assert [(f.id, f.place, f.line) for f in found] == [
        ("untested-threshold", "book/rulebook.yaml", 1)
    ]
    assert "41 thresholds in 41 rules, such as data.enough, many.r0, " in found[0].message


def test_a_case_to_be_written_is_found() -> None:
    """What `rules new` wrote into the cases is to be replaced."""
    rulebook = book()
    text = 'cases: [{name: "TODO: x", facts: {examples: 500}, expect: {approach: prompting}}]'
    found = findings(rulebook, cases=parse(parse_yaml(text, "cases.yaml"), rulebook))
    assert [(f.id, f"{f.place}:{f.line}") for f in found] == [("unwritten", "cases.yaml:1")]


def test_a_fact_that_a_question_reads_is_read() -> None:
    """A derived fact may serve to tell whether a question is worth asking."""
    texts = changed(
        ("need.yaml", "falls_short: {is: true}", "may_train: {is: true}"),
        ("facts.yaml", "{stage: {at_least: pilot}}", "{falls_short: {known: true}}"),
    )
    assert findings(assemble(texts, "book")) == []
    texts["facts.yaml"] = texts["facts.yaml"].replace(
        "{falls_short: {known: true}}", "{stage: {known: true}}"
    )
    assert [f.id for f in findings(assemble(texts, "book"))] == ["unread-fact"]


IMPLIED = [
    ("{examples: {at_least: 500}}", "{examples: {above: 499}}", True),
    ("{examples: {above: 499}}", "{examples: {at_least: 500}}", True),  # no whole number lies between them
    ("{accuracy: {above: 0.499}}", "{accuracy: {at_least: 0.5}}", False),
    ("{examples: {at_least: 500}}", "{examples: {known: true}}", True),
    ("{examples: {at_least: 500}}", "{examples: {above: 0}}", True),
    ("{examples: {known: true}}", "{examples: {at_least: 0}}", True),
    ("{examples: {known: true}}", "{any: [{examples: {below: 9}}, {examples: {at_least: 9}}]}", True),
    ("{examples: {known: true}}", "{any: [{examples: {below: 9}}, {examples: {above: 9}}]}", False),
    ("{stage: {above: exploration}}", "{stage: {one_of: [pilot, production]}}", True),
    ("{stage: {is: pilot}}", "{not: {stage: {is: production}}}", True),
    ("{not: {stage: {is: production}}}", "{stage: {is: pilot}}", False),
    ("{gaps: {includes: style}}", "{gaps: {includes: format}}", False),
    ("{any: [{may_train: {is: true}}, {may_train: {is: false}}]}", "{may_train: {known: true}}", True),
    ("{may_train: {known: true}}", "{any: [{may_train: {is: true}}, {may_train: {unknown: true}}]}", False),
    ("{may_train: {is: true}, stage: {is: pilot}}",
     "{any: [{may_train: {is: true}, examples: {known: true}}, {stage: {is: pilot}, examples: {unknown: true}}]}",
     True),
    ("{may_train: {is: true}}",
     "{any: [{may_train: {is: true}, examples: {known: true}}, {stage: {is: pilot}, examples: {unknown: true}}]}",
     False),
    ("{accuracy: {below: {fact: target}}}", "{accuracy: {at_most: {fact: target}}}", True),
    ("{accuracy: {below: {fact: target}}}", "{accuracy: {below: {fact: target, times: 2}}}", False),
    ("{accuracy: {known: true}, target: {known: true}}", "{accuracy: {at_least: {fact: target, times: 2}}}", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "implied"), IMPLIED)
def test_implications_are_proved_on_cells(one: str, other: str, implied: bool) -> None:
    """A condition implies another where no cell is left in which it alone is true."""
    text = TEXTS["data.yaml"].replace('"There are {examples}."', "Some.")
    text = text.replace("{may_train: {is: false}}", "OTHER").replace(
        "{examples: {at_least: 500}}", one
    )
    texts = {**TEXTS, "data.yaml": text.replace("OTHER", other)}
    subject = Subject(assemble(texts, "book"), (), DAY)
    rules = subject.rulebook.rules
    assert (
        subject.implication.proves(rules["data.enough"].when, rules["data.forbidden"].when)
        is implied
    )


@pytest.mark.parametrize("seed", range(12))
def test_what_is_said_to_be_implied_is(seed: int) -> None:
    """No false alarm: in random rulebooks, where a rule fires every rule fires that it is said to imply."""
    chance = Random(seed)
    rulebook = assembled(write_rulebook(chance))
    assert rulebook is not None
    encoding = Encoding(rulebook.facts, (r.when for r in rulebook.rules.values()))
    proves = Implication(encoding, Reach(rulebook, encoding)).proves
    rules = list(rulebook.rules.values())
    implied = [(a.id, b.id) for a, b in permutations(rules, 2) if proves(a.when, b.when)]
    cases, inference = Cases(rulebook), Inference(rulebook)
    for _ in range(30):
        fired = {firing.rule.id for firing in inference.infer(cases.draw(chance)).firings}
        assert all(b in fired for a, b in implied if a in fired)
    inference.close()


def test_a_proof_is_given_up_in_time() -> None:
    """Conditions of many alternatives are compared within bounds; what is not proved is not claimed."""
    parts = ", ".join(
        f"{{examples: {{is: {i}}}, accuracy: {{is: 0.{i:02}}}}}" for i in range(1, 80)
    )
    book_ = book(("data.yaml", "{examples: {at_least: 500}}", f"{{any: [{parts}]}}"))
    assert "shadowed-rule" not in {f.id for f in findings(book_)}


def test_every_finding_says_what_it_means() -> None:
    """Ids are unique, and each has a sentence."""
    assert len(MEANINGS) == len(CHECKS) + 1
    assert all(text.endswith(".") for text in MEANINGS.values())


NASTY = LintFinding(
    "some-check", "note", "book/a b,c:\x1b.yaml", None, "rule a%b", "mend\nit, now: 100%"
)
PLAIN = LintFinding("never-true", "error", "book/a.yaml", 3, "rule a.b", "mend it")
KEPT = LintFinding("never-true", "warning", "/book/a.yaml", 4, "rule a.c", "mend it", "It is\nso.")


def test_sarif_is_what_code_hosts_read() -> None:
    """The log has a tool with its rules, and a result with level, place and text for each finding."""
    log = json.loads(FINDING_WRITERS["sarif"]([NASTY, PLAIN, KEPT]))
    assert (log["version"], list(log)) == ("2.1.0", ["$schema", "version", "runs"])
    (made,) = log["runs"]
    rules = made["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in rules} == MEANINGS
    nasty, plain, kept = made["results"]
    assert plain == {
        "ruleId": "never-true",
        "level": "error",
        "message": {"text": "rule a.b: mend it"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "book/a.yaml"},
                    "region": {"startLine": 3},
                }
            }
        ],
    }
    assert nasty["level"] == "note"
    assert nasty["message"]["text"] == "rule a%b: mend\\nit, now: 100%"
    assert nasty["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "book/a%20b%2Cc%3A%1B.yaml"}}}
    ]
    assert (
        kept["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///book/a.yaml"
    )
    assert kept["suppressions"] == [{"kind": "inSource", "justification": "It is\\nso."}]


def test_github_reads_one_command_a_finding() -> None:
    """Workflow commands escape what would end a property, the title or the line; accepted findings are left out."""
    assert FINDING_WRITERS["github"]([NASTY, PLAIN, KEPT]) == (
        "::notice file=book/a b%2Cc%3A\\x1b.yaml,title=some-check::rule a%25b: mend\\nit, now: 100%25\n"
        "::error file=book/a.yaml,line=3,title=never-true::rule a.b: mend it\n"
    )
    assert FINDING_WRITERS["github"]([]) == ""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_each_format_can_be_asked_for(form: str, tmp_path, capsys) -> None:
    """`rules check` writes every format, with the same status."""
    folder = write(tmp_path, changed(MISTAKES["rule without a source"][0]))
    arguments = [
        "rules",
        "check",
        "--rules",
        str(folder),
        "--as-of",
        "2026-12-01",
        "--format",
        form,
    ]
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert "rule-without-source" in out


def test_a_rate_past_its_review_fails_the_check() -> None:
    """Three years on, the rates of the shipped cost files are errors with file and line; today none is."""
    shipped = load()
    late = [f for f in lint(shipped, (), date(2029, 11, 22)) if f.id == "stale-rate"]
    assert late
    assert all(f.severity == "error" and "/costs/" in f.place and f.line for f in late)
    assert not [f for f in lint(shipped, (), date(2026, 11, 22)) if f.id == "stale-rate"]


def test_an_idle_item_fails_the_check_where_cases_are_given(tmp_path: Path) -> None:
    """Without cases an item may still be used by one; with them, an item that nothing uses is an error."""
    texts = changed(MISTAKES["an unused item"][0])
    (tmp_path / "book").mkdir()
    folder = write(tmp_path / "book", texts)
    cases = tmp_path / "cases.yaml"
    cases.write_text(CASES)
    arguments = ["rules", "check", "--rules", str(folder), "--as-of", "2026-12-01"]
    assert run(arguments) == 0
    assert run([*arguments, "--cases", str(cases)]) == 1

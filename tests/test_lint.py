"""The linter: each check finds its mistake and no other, and a sound rulebook is left alone."""

import json
from collections.abc import Iterable
from datetime import date
from random import Random

import pytest
from smallbook import CASES, TEXTS, book, changed, write
from strategies import Cases, assembled, write_rulebook

from tunewise.checks.lint import SEVERITIES, Finding, lint
from tunewise.checks.lintreports import WRITERS, as_text
from tunewise.checks.reachability import Reach
from tunewise.checks.rulecases import RuleCase, read_all
from tunewise.cli import run
from tunewise.engines.encoding import Encoding
from tunewise.inference import Inference
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble

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
}  # fmt: skip


def findings(
    rulebook: Rulebook, as_of: date = DAY, cases: Iterable[RuleCase] = ()
) -> list[Finding]:
    """What the linter finds."""
    return list(lint(rulebook, cases, as_of))


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
    nasty = Finding("some-check", "note", "book/a\x1b[31m.yaml", 3, "rule a.b", "mend\nit")
    text = as_text([nasty])
    assert text == "book/a\\x1b[31m.yaml:3: note[some-check]: rule a.b: mend\\nit\n1 note\n"
    assert as_text([]) == "nothing found\n"
    assert json.loads(WRITERS["json"]([nasty])) == [
        {
            "id": "some-check",
            "severity": "note",
            "place": "book/a\x1b[31m.yaml",
            "line": 3,
            "subject": "rule a.b",
            "message": "mend\nit",
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


def test_the_shipped_rulebook_has_no_error() -> None:
    """What is shipped passes its own checks, judged on the day of its last check."""
    from tunewise.loading.assembly import load

    rulebook = load()
    checked = max(date.fromisoformat(rule.checked) for rule in rulebook.rules.values())
    errors = [f for f in findings(rulebook, checked) if f.severity == SEVERITIES[0]]
    assert errors == []

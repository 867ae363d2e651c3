"""Writes what the cases showed: a line each for people, their coverage, and JUnit XML for programs."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from tunewise.checks.coverage import Coverage
from tunewise.checks.rulecases import RuleCase
from tunewise.checks.verdicts import Verdict
from tunewise.errors import Problem, harmless
from tunewise.explanation import Explanation


def verdict_text(verdict: Verdict) -> str:
    """Return a line that says how a case came out; after a failure, the evidence below it."""
    case = verdict.rule_case
    if verdict.passed:
        return harmless(f"pass  {case.case.name} ({_expected(case)})") + "\n"
    what = "; ".join(map(str, verdict.mismatches))
    lines = [str(Problem(f"FAIL  {case.place}", case.line, case.case.name, what))]
    lines += [f"        {line}" for m in verdict.mismatches for line in m.evidence]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _expected(case: RuleCase) -> str:
    expected = case.expected
    parts = [f"{decision} {' or '.join(o)}" for decision, o in expected.options.items()]
    parts += [f"{decision} not {', '.join(o)}" for decision, o in expected.vetoed.items()]
    if expected.fires or expected.advice:
        parts.append(f"fires {', '.join((*expected.fires, *expected.advice))}")
    if expected.not_fires:
        parts.append(f"does not fire {', '.join(expected.not_fires)}")
    return "; ".join(parts)


def summary_text(verdicts: Sequence[Verdict], coverage: Coverage) -> str:
    """Return how many cases passed and what of the rulebook they cover."""
    passed = sum(verdict.passed for verdict in verdicts)
    rules = coverage.rules
    lines = [
        f"{passed} passed, {len(verdicts) - passed} failed",
        f"rules: {sum(bool(r.fired) for r in rules)} of {len(rules)} fired; "
        f"{sum(bool(r.not_fired) for r in rules)} also have a case in which they do not, "
        f"{sum(bool(r.nearly) for r in rules)} one in which a single fact keeps them from firing; "
        f"{coverage.percent:.1f} % covered",
        _comparisons(coverage),
        *(f"never fired: {rule}" for rule in coverage.never_fired),
        *(f"always fired: {rule}" for rule in coverage.always_fired),
    ]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _comparisons(coverage: Coverage) -> str:
    outcomes = [o for rule in coverage.rules for _, o in rule.comparisons]
    seen = {
        "true": sum(bool(o.true) for o in outcomes),
        "false": sum(bool(o.false) for o in outcomes),
        "unknown": sum(bool(o.unknown) for o in outcomes),
    }
    counted = ", ".join(f"{word} {count}" for word, count in seen.items())
    return f"comparisons: {len(outcomes)}; at least once {counted}"


def comparisons_text(coverage: Coverage, explanation: Explanation) -> str:
    """Return the outcomes of every comparison that was never true, or never false."""
    return "".join(
        harmless(
            f"{rule}: {explanation.comparison(comparison)}: "
            f"true {o.true}, false {o.false}, unknown {o.unknown}"
        )
        + "\n"
        for rule, comparison, o in coverage.one_sided
    )


def junit_xml(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as JUnit XML, a suite for each file."""
    root = ElementTree.Element("testsuites", name="tunewise rules test")
    for place in dict.fromkeys(verdict.rule_case.place for verdict in verdicts):
        inside = [verdict for verdict in verdicts if verdict.rule_case.place == place]
        failures = sum(not verdict.passed for verdict in inside)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=harmless(place),
            tests=str(len(inside)),
            failures=str(failures),
            errors="0",
            skipped="0",
        )
        for verdict in inside:
            _junit_case(suite, verdict)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, verdict: Verdict) -> None:
    case = verdict.rule_case
    place = harmless(case.place)
    attributes = {"name": harmless(case.case.name), "classname": place, "file": place}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if case.line is not None:
        element.set("line", str(case.line))
    for mismatch in verdict.mismatches:
        failure = ElementTree.SubElement(element, "failure", message=harmless(str(mismatch)))
        failure.text = "\n".join(map(harmless, mismatch.evidence))

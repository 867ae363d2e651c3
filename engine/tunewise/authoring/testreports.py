"""Writes what the cases showed: a line each for people, their coverage, and JUnit XML for programs."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from tunewise.authoring.coverage import Coverage
from tunewise.authoring.rulecases import RuleCase
from tunewise.authoring.verdicts import CaseVerdict
from tunewise.errors import Problem, harmless
from tunewise.explaining.explanation import Explanation


def verdict_text(verdict: CaseVerdict) -> str:
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


def summary_text(verdicts: Sequence[CaseVerdict], coverage: Coverage) -> str:
    """Return how many cases passed and what of the rulebook they cover."""
    passed = sum(verdict.passed for verdict in verdicts)
    rules = coverage.rules
    lines = [
        f"{passed} passed, {len(verdicts) - passed} failed",
        f"rules: {sum(bool(r.fired) for r in rules)} of {len(rules)} fired, "
        f"{sum(bool(r.nearly) for r in rules)} were kept from firing by a single fact; "
        f"{coverage.percent_of_rules:.1f} % covered",
        _outcomes(coverage),
        *(f"never fired: {rule}" for rule in coverage.never_fired),
        *(f"without a near case: {rule}" for rule in coverage.never_near),
    ]
    return "".join(f"{harmless(line)}\n" for line in lines)


def _outcomes(coverage: Coverage) -> str:
    found = coverage.outcomes
    counted = (
        f"{word} {sum(bool(getattr(o, word)) and word in o.possible for o in found)} "
        f"of {sum(word in o.possible for o in found)}"
        for word in ("true", "false", "unknown")
    )
    return (
        f"outcomes of {len(found)} comparisons: {', '.join(counted)}; "
        f"{coverage.percent_of_outcomes:.1f} % covered"
    )


def comparisons_text(coverage: Coverage, explanation: Explanation) -> str:
    """Return every comparison that lacks a possible outcome, with what it lacks."""
    return "".join(
        harmless(
            f"{rule}: {explanation.comparison(comparison)}: never {' or '.join(o.missing)} "
            f"(true {o.true}, false {o.false}, unknown {o.unknown})"
        )
        + "\n"
        for rule, comparison, o in coverage.missing
    )


def junit_xml(verdicts: Sequence[CaseVerdict]) -> str:
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


def _junit_case(suite: ElementTree.Element, verdict: CaseVerdict) -> None:
    case = verdict.rule_case
    place = harmless(case.place)
    attributes = {"name": harmless(case.case.name), "classname": place, "file": place}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if case.line is not None:
        element.set("line", str(case.line))
    for mismatch in verdict.mismatches:
        failure = ElementTree.SubElement(element, "failure", message=harmless(str(mismatch)))
        failure.text = "\n".join(map(harmless, mismatch.evidence))

"""`tunewise rules`: the rulebook in words, its checks, its cases, and where each part of it comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import authoring, options, outputs, proving, rules_diff, rules_organisation
from tunewise.commands.completers import completing, rule_ids

if TYPE_CHECKING:
    from tunewise.authoring.coverage import Coverage, RuleCoverage
    from tunewise.authoring.rulecases import RuleCase
    from tunewise.authoring.verdicts import CaseVerdict
    from tunewise.knowledge.rule import Rule
    from tunewise.knowledge.rulebook import Rulebook

text_or_json_option = click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="text if left out.",
)
cases_option = click.option(
    "--cases",
    metavar="PATH",
    multiple=True,
    help="Cases of the rulebook; for the shipped one tests/cases, where there is such a folder.",
)


@click.group("rules", short_help="List, show, check and test the rules.")
def rules_command() -> None:
    """List, show, check and test the rules, trace them to their sources, write new ones."""


@rules_command.command("list", short_help="List the rules.")
@click.option("--decision", metavar="ID", help="Only rules that conclude on this decision or fact.")
@click.option("--source", metavar="ID", help="Only rules from this source item or document.")
@click.option("--fact", metavar="ID", help="Only rules that read this fact.")
@text_or_json_option
@options.rulebook_options
@options.as_of_option
def list_rules(
    decision: str | None,
    source: str | None,
    fact: str | None,
    form: str,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> None:
    """List the rules under what each file is about: what each concludes, and the source items that it comes from."""
    from tunewise.authoring import catalogue
    from tunewise.record.decision import as_json

    rulebook = options.rulebook(rules, as_of)
    selected = catalogue.select_rules(rulebook, decision, source, fact)
    if form == "json":
        sys.stdout.write(as_json([catalogue.rule_entry(rulebook, rule) for rule in selected]))
    else:
        sys.stdout.write(catalogue.rules_text(rulebook, selected))


@rules_command.command("show", short_help="Show rules with their reasons and sources.")
@click.argument(
    "ids", nargs=-1, required=True, metavar="RULE|FILE...", shell_complete=completing(rule_ids)
)
@cases_option
@text_or_json_option
@options.rulebook_options
@options.as_of_option
def show_rules(
    ids: tuple[str, ...],
    cases: tuple[str, ...],
    form: str,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> None:
    """Show a rule as a sentence, with its strength, reason, sources and the cases that test it.

    The name of a file of rules, such as size, shows what it is about and the rules in it, one a line.
    """
    from tunewise.authoring import catalogue
    from tunewise.record.decision import as_json

    rulebook = options.rulebook(rules, as_of)
    names = tuple(dict.fromkeys(ids))
    topics = [rulebook.topics[name] for name in names if name in rulebook.topics]
    selected = rulebook.named(name for name in names if name not in rulebook.topics)
    found = _coverage(rulebook, selected, cases, rules)
    pages = [catalogue.rule_page(rulebook, rule, found.get(rule.id)) for rule in selected]
    if form == "json":
        shown = [*(catalogue.topic_page(rulebook, topic) for topic in topics), *pages]
        sys.stdout.write(as_json(shown[0] if len(shown) == 1 else shown))
    else:
        texts = [catalogue.topic_text(rulebook, topic) for topic in topics]
        sys.stdout.write("\n".join([*texts, *map(catalogue.rule_page_text, pages)]))


def _coverage(
    rulebook: Rulebook,
    rules: tuple[Rule, ...],
    cases: tuple[str, ...],
    chosen: options.RulebookChoice,
) -> dict[str, RuleCoverage]:
    """Return what the cases show of each rule, nothing where no rules or no cases are given."""
    if not rules:
        return {}
    all_cases = _cases(rulebook, cases, chosen)
    ids = {rule.id for rule in rules}
    naming = tuple(case for case in all_cases if case.expected.rules.intersection(ids))
    tested = _tested(rulebook, naming or all_cases)  # to run all of them takes seconds
    return {rule.rule: rule for rule in tested.rules} if tested else {}


def _tested(rulebook: Rulebook, cases: tuple[RuleCase, ...]) -> Coverage | None:
    """Return what the cases show of each rule, None where there are no cases."""
    if not cases:
        return None
    from tunewise.authoring.coverage import measure

    return measure(_verdicts(cases, rulebook, None, ()), rulebook)


def _cases(
    rulebook: Rulebook, paths: tuple[str, ...], chosen: options.RulebookChoice
) -> tuple[RuleCase, ...]:
    """Return the cases given, or those of the checkout for the shipped rulebook, or none."""
    from tunewise.authoring.rulecases import default_exists, find_case_files, read_all

    wanted = paths or (chosen.shipped and default_exists())
    return read_all(find_case_files(paths), rulebook) if wanted else ()


def _verdicts(
    cases: tuple[RuleCase, ...], rulebook: Rulebook, as_of: str | None, assume: tuple[str, ...]
) -> list[CaseVerdict]:
    from contextlib import closing

    from tunewise.authoring.verdicts import run_cases
    from tunewise.evaluation.evaluator import Evaluator

    evaluator = Evaluator(rulebook, options.day(as_of), options.assumptions(assume))
    with closing(evaluator):
        return list(run_cases(cases, evaluator))


@rules_command.command("check", short_help="Validate the rulebook and look for oversights.")
@cases_option
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "sarif", "github")),
    default="text",
    help="text if left out; sarif and github are for code hosts.",
)
@options.rulebook_options
@options.as_of_option
def check_rules(
    cases: tuple[str, ...],
    strict: bool,
    form: str,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> int:
    """Validate a rulebook and look for what loads but cannot be right.

    What is right as it is can be accepted in the file: accepts: {ID: 'reason'} in the rule, fact or option.

    Exit status 0: nothing, or warnings and notes alone; 1: errors; 2: the rulebook does not load.
    """
    from tunewise.authoring.lint import fatal, lint
    from tunewise.authoring.lintreports import FINDING_WRITERS
    from tunewise.costs.model import CostModel

    rulebook = options.rulebook(rules, as_of)
    day = options.day(as_of)
    CostModel(rulebook, day, {})  # refuses cost files that do not fit
    findings = lint(rulebook, _cases(rulebook, cases, rules), day)
    sys.stdout.write(FINDING_WRITERS[form](findings))
    return int(fatal(findings, strict))


@rules_command.command("test", short_help="Run the rulebook's cases.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where fewer of the rules, or of their comparisons' outcomes, are covered.",
)
@click.option("--coverage", "detailed", is_flag=True, help="List the outcomes that are missing.")
@click.option("--quiet", is_flag=True, help="Print the cases that fail and the summary alone.")
@click.option(
    "--suggest", is_flag=True, help="Print the smallest case for each outcome that is missing."
)
@click.option("--junit", metavar="FILE", help="Write the verdicts as JUnit XML.")
@options.rulebook_options
@options.as_of_option
@options.assume_option
def test(
    paths: tuple[str, ...],
    threshold: float | None,
    detailed: bool,
    quiet: bool,
    suggest: bool,
    junit: str | None,
    rules: options.RulebookChoice,
    as_of: str | None,
    assume: tuple[str, ...],
) -> int:
    """Run cases (YAML or JSON, files or folders; tests/cases if left out) and say what they cover.

    Exit status 0: all passed; 1: a case failed or too few rules are covered; 2: could not start.
    """
    from tunewise.authoring import testreports
    from tunewise.authoring.coverage import measure
    from tunewise.authoring.rulecases import find_case_files, read_all
    from tunewise.explaining.explanation import Explanation

    rulebook = options.rulebook(rules, as_of)
    verdicts = _verdicts(read_all(find_case_files(paths), rulebook), rulebook, as_of, assume)
    coverage = measure(verdicts, rulebook)
    if junit is not None:
        from tunewise.writing import write_whole

        write_whole(junit, testreports.junit_xml(verdicts))
    if suggest:
        from tunewise.commands.suggesting import suggested_text

        sys.stdout.write(suggested_text(coverage, rulebook, as_of))
        return int(not all(verdict.passed for verdict in verdicts))
    short = threshold is not None and not coverage.percent >= threshold
    shown = [verdict for verdict in verdicts if not (quiet and verdict.passed)]
    sys.stdout.writelines(map(testreports.verdict_text, shown))
    if detailed or short:
        sys.stdout.write(testreports.comparisons_text(coverage, Explanation(rulebook)))
    sys.stdout.write(testreports.summary_text(verdicts, coverage))
    if short:
        sys.stdout.write(f"covered {coverage.percent:.1f} %, below the {threshold:g} % asked for\n")
        return 1
    return int(not all(verdict.passed for verdict in verdicts))


@rules_command.command("sources", short_help="Trace the rules to their sources, and back.")
@click.option(
    "--by",
    type=click.Choice(("item", "rule")),
    default="item",
    help="What each row is; item if left out.",
)
@click.option("--document", metavar="ID", help="Only items of this document.")
@click.option("--rule", metavar="ID", help="Only this rule and its items.")
@cases_option
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "csv", "json")),
    default="text",
    help="text if left out.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of the terminal.")
@options.rulebook_options
@options.as_of_option
def sources(
    by: str,
    document: str | None,
    rule: str | None,
    cases: tuple[str, ...],
    form: str,
    output: str | None,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> None:
    """Show for each source item which rules, questions, costs and cases use it, or why none does."""
    from tunewise.authoring.sourcereports import SOURCE_WRITERS, MatrixChoice, by_item, by_rule
    from tunewise.authoring.traceability import trace

    rulebook = options.rulebook(rules, as_of)
    traces = trace(rulebook, _cases(rulebook, cases, rules))
    rows = (by_item if by == "item" else by_rule)(rulebook, traces, MatrixChoice(document, rule))
    text = SOURCE_WRITERS[form](rows)
    outputs.put(text, output)


rules_command.add_command(authoring.new)
rules_command.add_command(authoring.docs)
rules_command.add_command(authoring.export)
rules_command.add_command(authoring.copy)
rules_command.add_command(rules_diff.diff_rulebooks)
rules_command.add_command(rules_organisation.organisation)
rules_command.add_command(proving.prove)

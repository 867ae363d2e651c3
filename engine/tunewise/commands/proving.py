"""`tunewise rules prove`: what holds in all cases, or the smallest case that shows otherwise."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.errors import harmless

if TYPE_CHECKING:
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.proving.certificate import Certificate
    from tunewise.proving.properties import Declared

DECLARED = Path("tests/properties.yaml")
"""Where a checkout declares what holds of the shipped rulebook."""


@click.command("prove", short_help="Prove what holds in all cases.")
@click.option(
    "--properties",
    "declared",
    type=options.FILE_PATH,
    metavar="FILE",
    help="What is to hold; for the shipped rulebook tests/properties.yaml, where there is such a file.",
)
@click.option(
    "--witness",
    type=options.FILE_PATH,
    metavar="DIR",
    help="Write each case that breaks a claim as a case file.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="text if left out.",
)
@options.rulebook_options
@options.as_of_option
def prove(
    declared: str | None,
    witness: str | None,
    form: str,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> int:
    """Prove over all cases: properties and invariants, that each option can win and each rule decide, and no cliff.

    What fails is shown by the smallest case, decided again by the engine. What is right as it is can be accepted in
    the rulebook: accepts: {never-decides: 'reason'}.

    Exit status 0: everything is proved or accepted; 1: something is not; 2: could not start.
    """
    from tunewise.proving.certificate import certificate_text
    from tunewise.record.decision import as_json

    rulebook = options.rulebook(rules, as_of)
    found = _certificate(rulebook, _declared(declared, rules, rulebook), as_of)
    if witness is not None:
        _write(found, Path(witness))
    if form == "json":
        sys.stdout.write(as_json(found.as_record()))
    else:
        sys.stdout.writelines(f"{harmless(line)}\n" for line in certificate_text(found))
    return int(not found.holds)


def _declared(path: str | None, rules: options.RulebookChoice, rulebook: Rulebook) -> Declared:
    """Return what is declared to hold, with what an organisation's policy forbids."""
    from tunewise.proving.forbidden import forbidden
    from tunewise.proving.properties import Declared, read_properties

    by_policy = tuple(forbidden(rulebook))
    if path is None and (not rules.shipped or not DECLARED.is_file()):
        return Declared(invariants=by_policy)
    found = read_properties(path or str(DECLARED), rulebook)
    return replace(found, invariants=(*by_policy, *found.invariants))


def _certificate(rulebook: Rulebook, declared: Declared, as_of: str | None) -> Certificate:
    from contextlib import closing

    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.proving.certificate import Certificate, claims
    from tunewise.proving.search import encode

    day = options.day(as_of)
    with closing(Evaluator(rulebook, day)) as evaluator:
        laws = evaluator.costs.laws.and_also(declared.costs)
        constraints = encode(rulebook, evaluator.trials().conclude, laws)
        found = tuple(claims(constraints, declared))
    return Certificate(rulebook.version, rulebook.sha256, day.isoformat(), found)


def _write(certificate: Certificate, folder: Path) -> None:
    """Write the cases of what fails into a folder, one a file."""
    from tunewise.authoring.publishing import make_folder
    from tunewise.interview.answers import Answers
    from tunewise.interview.casefile import ENDING, case_file_slug, case_text
    from tunewise.writing import write_whole

    make_folder(folder)
    for claim in certificate.claims:
        for number, case in enumerate(claim.cases if claim.fails else (), 1):
            path = folder / f"{case_file_slug(claim.subject)}-{number}{ENDING}"
            answers = Answers(f"{claim.subject} {number}: {case.chosen}", {}, claim.says)
            write_whole(path, case_text(answers, case.facts, str(path), finished=True))

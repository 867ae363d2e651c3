"""`tunewise ask`: questions in the terminal, a case file, and the report."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from tunewise.commands import options
from tunewise.commands.outputs import REPORT_FORMATS
from tunewise.commands.program import FAILED, INTERRUPTED
from tunewise.errors import UserError, harmless

if TYPE_CHECKING:
    from tunewise.cases.case import Case
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.interview.answers import Answers
    from tunewise.interview.course import Interview
    from tunewise.interview.questionnaire import Questionnaire
    from tunewise.interview.saving import Choose, Store
    from tunewise.knowledge.conditions import Value
    from tunewise.knowledge.vocabulary import Fact
    from tunewise.log.privacy import Privacy
NO_TERMINAL = (
    "ask needs a terminal; without one, write a case file ('tunewise facts --template yaml') "
    "and run 'tunewise decide CASE'"
)


@click.command("ask", short_help="Answer questions about one use case and get its report.")
@click.option(
    "--answers",
    "source",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Start from the answers in a case file.",
)
@click.option(
    "-o",
    "--output",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Where to save the answers; NAME.case.yaml if left out.",
)
@click.option(
    "--format", "form", type=click.Choice(REPORT_FORMATS), default="text", help="text if left out."
)
@options.rules_option
@options.templates_option
@options.as_of_option
@options.pricing_options
@options.log_option
@options.privacy_option
def ask_command(
    source: str | None,
    output: str | None,
    form: str,
    rules: str | None,
    templates: str | None,
    as_of: str | None,
    pricing: options.Pricing,
    log: str | None,
    privacy: str | None,
) -> int:
    """Ask about one use case, save the answers as a case file, and show what to do and why.

    Each question says why it is asked, and "don't know" is an answer to all of them. Ctrl-C saves what was
    answered; go on later with --answers.
    """
    _require_terminal()
    evaluator = options.evaluator(rules, as_of, pricing)
    again = _options(
        form=form,
        rules=rules,
        templates=templates,
        as_of=as_of,
        **asdict(pricing),
        log=log,
        privacy=privacy,
    )
    private = options.privacy(privacy, log, evaluator.rulebook)
    return _Session(evaluator, source, output, form, templates, log, private, again).run()


def _require_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise UserError(NO_TERMINAL)


def _options(form: str, **given: Any) -> list[str]:
    """Return the options that belong into a command that goes on with the same."""
    words = ["--format", form] if form != "text" else []
    for name, value in given.items():
        values = value if isinstance(value, tuple) else (value,)
        for part in values:
            words += [f"--{name.replace('_', '-')}", part] if part is not None else []
    return words


@dataclass
class _Session:
    """One run of the command."""

    evaluator: Evaluator
    source: str | None
    output: str | None
    form: str
    templates: str | None
    log: str | None
    privacy: Privacy | None
    again: list[str]

    def run(self) -> int:
        from tunewise.interview.answers import Answers, Questions
        from tunewise.interview.casefile import Saved, read_answers
        from tunewise.interview.course import Interview
        from tunewise.interview.questionnaire import Questionnaire
        from tunewise.interview.saving import Store

        book = self.evaluator.rulebook
        start = Saved(Answers(), unfinished=False)
        if self.source is not None:
            start = read_answers(self.source, book.facts)
        questions = Questions(book)
        store = Store(questions, self.source, start, self.output)
        # What cannot be shown or recorded is said before the first question.
        if self.templates is not None:
            self._report(questions.case(Answers(name="A case")), log=None)
        options.append_to(self.log, self.evaluator, [])
        terminal = Questionnaire(self._check)
        interview = Interview(questions, terminal, start.answers)
        try:
            with _stops(signal.default_int_handler):
                interview.run()
                return self._verdict(interview, terminal, store)
        except KeyboardInterrupt:
            with _stops(signal.SIG_IGN):  # a closing terminal signals more than once
                return self._interrupted(interview, store)

    def _verdict(self, interview: Interview, terminal: Questionnaire, store: Store) -> int:
        problem = ""
        while True:
            interview.review(problem)
            saved = _saved(store, interview.answers, True, terminal.replaces)
            try:
                text = self._report(interview.questions.case(interview.answers), self.log)
            except UserError as error:
                problem = str(error)
                continue
            click.echo(text, nl=False)
            return self._end(saved, 0, "The same again", "decide")

    def _end(self, saved: str | UserError | None, status: int, what: str, *words: str) -> int:
        """Say where the answers are and which command goes on from there; return the exit status."""
        if isinstance(saved, UserError):
            _say(f"tunewise: {saved}")
            return status or FAILED
        if saved is not None:
            again = harmless(shlex.join(["tunewise", *words, saved, *self.again]))
            _say(f"Saved in {harmless(saved)}. {what}:\n  {again}")
        return status

    def _check(self, fact: Fact, value: Value | None) -> None:
        """Raise ValueError for a model that could not be priced when all is answered."""
        from tunewise.costs.modelclass import MODEL
        from tunewise.costs.prices import token_price

        if fact.id == MODEL and isinstance(value, str):
            try:
                token_price(value, self.evaluator.as_of)
            except UserError as error:
                raise ValueError(str(error).removeprefix(f"{MODEL}: ")) from None

    def _report(self, case: Case, log: str | None) -> str:
        from tunewise.report.forms import report
        from tunewise.whatif.sensitivity import with_turning_points
        from tunewise.whatif.single_answers import with_single_answers

        evaluation = with_single_answers(self.evaluator, self.evaluator.evaluate(case))
        if self.form != "json" and not evaluation.too_early:
            evaluation = with_turning_points(self.evaluator, evaluation)
        evaluations = [evaluation]
        text = report(evaluations, self.form, self.templates, terminal=True, full=False)
        options.append_to(log, self.evaluator, evaluations, self.privacy)
        return text

    def _interrupted(self, interview: Interview, store: Store) -> int:
        from tunewise.interview.saving import free

        if not interview.answers.given:
            _say("Nothing was answered, so nothing is saved.")
            return INTERRUPTED
        saved = _saved(store, interview.answers, False, free)
        return self._end(saved, INTERRUPTED, "Go on with", "ask", "--answers")


def _saved(
    store: Store, answers: Answers, finished: bool, choose: Choose
) -> str | UserError | None:
    """Save the answers; return the path, or the mistake, which must not cost the report."""
    try:
        return store.save(answers, finished, choose)
    except UserError as error:
        return error


@contextlib.contextmanager
def _stops(handler: Any) -> Iterator[None]:
    """Handle Ctrl-C, a polite kill and a terminal that closes all in one way."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone, and the answers are saved
        click.echo(text, err=True)

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

from tunewise.commands import options, outputs
from tunewise.commands.program import FAILED, INTERRUPTED
from tunewise.errors import UserError, harmless

if TYPE_CHECKING:
    from tunewise.cases.case import Case
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.interview.course import Interview
    from tunewise.interview.questionnaire import Questionnaire
    from tunewise.interview.saving import Choose, Store
    from tunewise.knowledge.conditions import Value
    from tunewise.knowledge.vocabulary import Fact
    from tunewise.log.privacy import Privacy
    from tunewise.record.evaluation import Evaluation
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
    "--save",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Where to save the answers; NAME.case.yaml if left out.",
)
@outputs.target_options
@options.rulebook_options
@options.as_of_option
@options.pricing_options
@options.log_option
@options.privacy_option
def ask_command(
    source: str | None,
    save: str | None,
    target: outputs.Target,
    rules: options.RulebookChoice,
    as_of: str | None,
    pricing: options.Pricing,
    log: str | None,
    privacy: str | None,
) -> int:
    """Ask about one use case, save the answers as a case file, and show what to do and why.

    Each question is the one whose answer can change most, says why it is asked, and "don't know" is an answer to
    all of them; when nothing would change a decision any more, it says so. Ctrl-C saves what was answered; go on
    later with --answers.
    """
    _require_terminal()
    form = target.named()
    _check(target.output, source, save, log)
    evaluator = options.evaluator(rules, as_of, pricing)
    again = _options(
        format=target.form,
        **asdict(rules),
        templates=target.templates,
        as_of=as_of,
        **asdict(pricing),
        log=log,
        privacy=privacy,
    )
    private = options.privacy(privacy, log, evaluator.rulebook)
    return _Session(evaluator, source, save, target, form, log, private, again).run()


def _require_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise UserError(NO_TERMINAL)


def _check(output: str | None, source: str | None, save: str | None, log: str | None) -> None:
    """Refuse a report that would replace answers or a log."""
    kept = [] if log is None else list(outputs.evidence(log))
    kept += [("a case", path) for path in (source, save) if path is not None]
    outputs.spare(output, kept)


def _options(**given: Any) -> list[str]:
    """Return the options that belong into a command that goes on with the same."""
    words: list[str] = []
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
    save: str | None
    target: outputs.Target
    form: str
    log: str | None
    privacy: Privacy | None
    again: list[str]

    def run(self) -> int:
        from tunewise.interview.answers import Answers, Questions
        from tunewise.interview.casefile import Saved, read_answers
        from tunewise.interview.choosing import Chooser
        from tunewise.interview.course import Interview
        from tunewise.interview.questionnaire import Questionnaire
        from tunewise.interview.saving import Store

        book = self.evaluator.rulebook
        start = Saved(Answers(), unfinished=False)
        if self.source is not None:
            start = read_answers(self.source, book.facts)
        questions = Questions(book)
        store = Store(questions, self.source, start, self.save)
        # What cannot be shown or recorded is said before the first question.
        if self.target.templates is not None:
            self._try_templates(questions.case(Answers(name="A case")))
        options.append_to(self.log, self.evaluator, [])
        terminal = Questionnaire(self._check, self._suggest)
        chooser = Chooser(questions, self.evaluator)
        interview = Interview(questions, terminal, start.answers, chooser.standing)
        try:
            with _stops(signal.default_int_handler):
                interview.run()
                return self._verdict(interview, terminal, store)
        except KeyboardInterrupt:
            with _stops(signal.SIG_IGN):  # a closing terminal signals more than once
                return self._interrupted(interview, store)

    def _verdict(self, interview: Interview, terminal: Questionnaire, store: Store) -> int:
        from tunewise.interview.casefile import case_stem

        problem = ""
        while True:
            interview.review(problem)
            saved = _saved(store, interview, True, terminal.replaces)
            try:
                self._show(interview.questions.case(interview.answers))
            except UserError as error:
                problem = str(error)
                continue
            status = self._end(saved, 0, "The same again", "decide")
            if isinstance(saved, str):
                page = case_stem(saved) + ".html"
                words = ["tunewise", "decide", saved, *self.again, "--brief", "-o", page]
                _say(f"A page to hand round:\n  {harmless(shlex.join(words))}")
            return status

    def _show(self, case: Case) -> None:
        """Show the short report, and write the one that is wanted in a file."""
        from tunewise.report.forms import report

        evaluation = self._evaluated(case)
        shown = "text" if self.target.output else self.form
        text = report([evaluation], shown, self.target.templates, terminal=True, full=False)
        whole = report([evaluation], self.form, self.target.templates) if self.target.output else ""
        with outputs.appearing(self.target.output, whole):  # the record first, as decide has it
            options.append_to(self.log, self.evaluator, [evaluation], self.privacy)
        click.echo(text, nl=False)
        if self.target.output is not None:
            _say(f"The report is in {harmless(self.target.output)}.")

    def _end(self, saved: str | UserError | None, status: int, what: str, *words: str) -> int:
        """Say where the answers are and which command goes on from there; return the exit status."""
        if isinstance(saved, UserError):
            _say(f"tunewise: {saved}")
            return status or FAILED
        if saved is not None:
            again = harmless(shlex.join(["tunewise", *words, saved, *self.again]))
            _say(f"Saved in {harmless(saved)}. {what}:\n  {again}")
        return status

    def _check(self, fact: Fact, value: Value | None) -> Value | None:
        """Return the value to keep: of a model the listed name; raise ValueError for one that cannot be priced."""
        from tunewise.costs.modelclass import MODEL
        from tunewise.costs.modelnames import named_model
        from tunewise.costs.prices import token_price

        if fact.id != MODEL or not isinstance(value, str):
            return value
        model = named_model(value).model or value
        try:
            token_price(model, self.evaluator.as_of)
        except UserError as error:
            raise ValueError(str(error).removeprefix(f"{MODEL}: ")) from None
        return model

    def _suggest(self, fact: Fact) -> list[str]:
        from tunewise.costs.modelclass import MODEL
        from tunewise.costs.pricesheet import models_read_ahead

        return models_read_ahead() if fact.id == MODEL else []

    def _evaluated(self, case: Case) -> Evaluation:
        from tunewise.whatif.sensitivity import with_turning_points
        from tunewise.whatif.single_answers import with_single_answers

        evaluation = with_single_answers(self.evaluator, self.evaluator.evaluate(case))
        if self.form == "json" or evaluation.too_early:
            return evaluation
        return with_turning_points(self.evaluator, evaluation)

    def _try_templates(self, case: Case) -> None:
        """Raise UserError where templates of one's own fail."""
        from tunewise.report.forms import report

        evaluation = self._evaluated(case)
        report([evaluation], self.form, self.target.templates, terminal=True, full=False)

    def _interrupted(self, interview: Interview, store: Store) -> int:
        from tunewise.interview.saving import free

        if not interview.answers.given:
            _say("Nothing was answered, so nothing is saved.")
            return INTERRUPTED
        saved = _saved(store, interview, False, free)
        return self._end(saved, INTERRUPTED, "Go on with", "ask", "--answers")


def _saved(
    store: Store, interview: Interview, finished: bool, choose: Choose
) -> str | UserError | None:
    """Save the answers; return the path, or the mistake, which must not cost the report."""
    try:
        return store.save(interview.answers, finished, choose, interview.standing)
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

"""The options of `tunewise decide` on the brief for a client, and what they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs

if TYPE_CHECKING:
    from tunewise.record.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class BriefOptions:
    """Whether a brief is wanted, and what is to stand at its head; each as written, None where left out."""

    brief: bool
    title: str | None
    client: str | None
    author: str | None
    date: str | None
    logo: str | None
    cover: str | None

    def check(self, changes: bool) -> None:
        """Raise UsageError where options contradict each other."""
        heads = [name for name, text in asdict(self).items() if name != "brief" and text]
        if heads and not self.brief:
            raise click.UsageError(f"--{heads[0]} is for a brief: add --brief")
        if self.brief and changes:
            raise click.UsageError("--brief tells of a case as it is: leave out --set")

    def text(
        self, evaluations: Sequence[Evaluation], target: outputs.Target, appendix: bool
    ) -> str | bytes:
        """Return the brief in the form that is wanted; raise UserError."""
        from tunewise.report.cover import read_cover
        from tunewise.report.forms import briefs

        cover = read_cover(self.cover, asdict(self))
        form = target.named(brief=True)
        return briefs(evaluations, form, cover, appendix, target.templates, target.terminal)


brief_options = options.bundled(
    BriefOptions,
    "head",
    click.option(
        "--brief",
        is_flag=True,
        help="Two pages for a client; with --full, the trace as an appendix.",
    ),
    click.option("--title", metavar="TEXT", help="The brief's title."),
    click.option("--client", metavar="TEXT", help="For whom the brief is."),
    click.option("--author", metavar="TEXT", help="By whom the brief is."),
    click.option("--date", metavar="TEXT", help="The brief's date; that of --as-of if left out."),
    click.option(
        "--logo", type=options.FILE_PATH, metavar="FILE", help="A PNG or JPEG for its head."
    ),
    click.option(
        "--cover",
        type=options.FILE_PATH,
        metavar="FILE",
        help="A YAML file with its title, client, author, date and logo; those options come before it.",
    ),
)
"""Adds the options on a brief; the command gets them together as `head`."""

"""`tunewise audit stamp`: a time from an authority for a checkpoint, by RFC 3161."""

from __future__ import annotations

import click

from tunewise.commands import options, outputs
from tunewise.errors import UserError, harmless


@click.command("stamp", short_help="Have an authority say when it saw a checkpoint.")
@click.argument("note", metavar="NOTE", type=options.FILE_PATH)
@click.option(
    "--request",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Write what the authority is to be sent.",
)
@click.option(
    "--response",
    type=options.FILE_PATH,
    metavar="FILE",
    help="What the authority answered; it is checked, and kept beside the checkpoint as NOTE.tsr.",
)
@click.option(
    "--authority",
    type=options.FILE_PATH,
    metavar="PEM",
    help="The authority's root certificate, which intermediate ones may follow.",
)
def stamp_checkpoint(
    note: str, request: str | None, response: str | None, authority: str | None
) -> None:
    """Attach an authority's time stamp (RFC 3161) to a checkpoint: that it stood no later than then.

    Nothing is sent: --request writes a file for the authority, such as `curl -H
    'Content-Type: application/timestamp-query' --data-binary @FILE URL`; --response attaches its answer.
    'audit verify --since NOTE --authority PEM' checks it later, without a network.
    """
    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.time_stamps import TIME_STAMP, answer, stamp_request, time_stamped
    from tunewise.writing import write_whole

    found = read_checkpoint(note)
    if (request is None) == (response is None):
        raise UserError(
            "give either --request, to ask for a time stamp, or --response, to attach one"
        )
    if request is not None:
        outputs.spare(request, [("the checkpoint", note)], "request")
        write_whole(request, stamp_request(found))
        click.echo(
            f"{harmless(request)}: to be sent to an authority as application/timestamp-query"
        )
        return
    assert response is not None  # noqa: S101 - as was asked for above
    if authority is None:
        raise UserError("--response: give the authority's root certificate, too, with --authority")
    stamped = time_stamped(found, response, authority)
    write_whole(note + TIME_STAMP, answer(response))
    click.echo(f"{harmless(note + TIME_STAMP)}: stamped {stamped.stamped}")

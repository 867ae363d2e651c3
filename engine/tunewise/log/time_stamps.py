"""Time stamps of checkpoints (RFC 3161): that an authority had seen one at its time, checked without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType

from tunewise.errors import UserError, harmless
from tunewise.log.checkpoints import Checkpoint
from tunewise.log.reading import opened_log
from tunewise.log.signing import certificates

TIME_STAMP = ".tsr"
"""What the name of a checkpoint's time stamp ends in: the answer of an authority, as it came."""
MAX_STAMP = 100_000
NO_EXTRA = "time stamps need the extra: pip install 'tunewise[timestamp]'"


def stamp_request(found: Checkpoint) -> bytes:
    """Return what an authority is sent to stamp a checkpoint, by HTTP as application/timestamp-query."""
    builder = _library().TimestampRequestBuilder().data(_covered(found)).nonce(nonce=True)
    request: bytes = builder.cert_request(cert_request=True).build().as_bytes()
    return request


def time_stamped(found: Checkpoint, stamp: str, authority: str) -> Checkpoint:
    """Return the checkpoint with the time at which an authority stamped it.

    `stamp` is the file of the authority's answer, `authority` that of the root certificate in PEM, which intermediate
    ones may follow. Raises UserError where the answer is none, is of something else, or is by nobody whom these vouch
    for.
    """
    library, raw = _library(), answer(stamp)
    root, *between = certificates(authority)
    builder = library.VerifierBuilder().add_root_certificate(root)
    for one in between:
        builder = builder.add_intermediate_certificate(one)
    try:
        response = library.decode_timestamp_response(raw)
        builder.build().verify_message(response, _covered(found))
        at: datetime = response.tst_info.gen_time
    except (ValueError, TypeError, library.VerificationError) as error:
        said = harmless(str(error).partition("\n")[0])
        raise found.refusal(f"its time stamp {harmless(stamp)} does not hold: {said}") from None
    return replace(found, stamped=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def answer(path: str) -> bytes:
    """Return the bytes of an authority's answer; raise UserError where the file is none."""
    with opened_log(path) as file:
        raw = file.read(MAX_STAMP + 1)
    if not raw or len(raw) > MAX_STAMP:
        raise UserError(f"{harmless(path)}: is no time stamp: expected 1 to {MAX_STAMP:,} bytes")
    return raw


def _covered(found: Checkpoint) -> bytes:
    """Return what is stamped: the text of the note, so that cosignatures may still be added."""
    return found.note.text.encode()


def _library() -> ModuleType:
    try:
        import rfc3161_client
    except ImportError:
        raise UserError(NO_EXTRA) from None
    return rfc3161_client

"""Opens text files from strangers: which encoding they have, and whether they hold text at all."""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from tunewise.errors import Problem, UserError

PIECE = 1 << 20
MAX_LINE = 4 << 20
"""Characters of one line; a row of an inventory has a few thousand."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte-order marks, longer ones first where one begins with another."""

OTHERS = {
    b"PK\x03\x04": "is a zip file such as a spreadsheet, not text; should its name end in .xlsx?",
    b"PAR1": "is a parquet file, not text; should its name end in .parquet?",
    b"\x1f\x8b": "is compressed with gzip; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; unpack it first",
    b"BZh": "is compressed with bzip2; unpack it first",
    b"\xd0\xcf\x11\xe0": "is an old or encrypted Office file; save it as .xlsx without a password",
}
"""How files begin that are no text, and what to say of them."""


class TextFile:
    """A text file that was looked through once: it is text, in one encoding, with lines of a bearable length."""

    def __init__(self, path: Path, place: str, lines_bound: bool = True) -> None:
        self.path = path
        self.place = place
        self.encoding = _encoding(path, place)
        _look_through(path, place, self.encoding, MAX_LINE if lines_bound else None)

    @contextlib.contextmanager
    def opened(self) -> Iterator[io.TextIOWrapper]:
        """Open the file for reading; line ends stay as they are."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield file

    def refusal(self, message: str, line: int | None = None) -> UserError:
        """Return the error that says what is wrong with the file."""
        return UserError(Problem(self.place, line, "", message))


def _encoding(path: Path, place: str) -> str:
    with path.open("rb") as file:
        start = file.read(8)
    for other, message in OTHERS.items():
        if start.startswith(other):
            raise UserError(Problem(place, None, "", message))
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8")


def _look_through(path: Path, place: str, encoding: str, longest: int | None) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, length = 1, 0
    with path.open("rb") as file:
        while raw := file.read(PIECE):
            text = _decoded(decoder, raw, place, line)
            last = max(text.rfind("\n"), text.rfind("\r"))
            length = length + len(text) if last < 0 else len(text) - last
            line += text.count("\n")
            if longest is not None and length > longest:
                message = f"is longer than the {longest:,} characters that a line may have"
                raise UserError(Problem(place, line, "", message))
    _decoded(decoder, b"", place, line)


def _decoded(decoder: codecs.IncrementalDecoder, raw: bytes, place: str, line: int) -> str:
    try:
        return decoder.decode(raw, final=not raw)
    except UnicodeDecodeError as error:
        before, byte = error.object[: error.start], error.object[error.start]
        line += before.decode(error.encoding, "ignore").count("\n")
        name = error.encoding.upper()
        message = (
            f"byte 0x{byte:02x} is not {name}; save the file as UTF-8 (in Excel: 'CSV UTF-8'), "
            "or convert it, as with 'iconv -f WINDOWS-1252 -t UTF-8'"
        )
        raise UserError(Problem(place, line, "", message)) from None

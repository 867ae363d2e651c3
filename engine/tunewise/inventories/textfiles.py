"""Opens text files from strangers: which encoding they have, and whether they hold text at all."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tunewise.errors import Problem, UserError, shown, unknown_name

DECODED_BYTES = 1 << 20
MAX_LINE = 4 << 20
"""Characters of one line; a row of an inventory has a few thousand."""

BYTE_ORDER_MARKS = {
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


ENCODINGS = (
    "utf-8",
    "cp1252",
    "latin-1",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "mac_roman",
    "cp437",
    "cp850",
)
"""Encodings that a person may have meant."""
NO_FILES = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"))
"""Encodings of which no file is."""
BOUND_ENCODINGS = {"utf-8": "utf-8-sig"}
"""Encodings in which a mark at the beginning is no text."""

NARROW = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
WIDE = {
    "utf_16_le": "UTF-16 without a byte-order mark",
    "utf_16_be": "UTF-16 without a byte-order mark",
}
"""Encodings that are guessed, by how Python calls them: of one byte a character, and of two."""
SAMPLE = 1 << 16
"""Bytes that a guess rests on."""
GUESSED = (
    "is not UTF-8; it is read as {}, by which line {:,} says {}; if that is wrong, save it as UTF-8"
)
_BEYOND_ASCII = re.compile(r"\w*[^\0-\x7f]\w*")


class _Undecodable(UserError):
    """A file is not in an encoding; says where, and what to do."""


def named_encoding(name: str) -> str:
    """Return how Python calls an encoding that a person names; raise UserError where it is none of texts."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    if found is None or found.name in NO_FILES or not getattr(found, "_is_text_encoding", True):
        raise UserError(f"--encoding: {unknown_name('encoding', name, ENCODINGS)}")
    return BOUND_ENCODINGS.get(found.name, found.name)


class TextFile:
    """A text file that was looked through once: it is text, in one encoding, with lines of a bearable length.

    Where it may be guessed, `remark` says which encoding was assumed, and gives a word by which a person can tell.
    """

    def __init__(
        self,
        path: Path,
        place: str,
        lines_bound: bool = True,
        guess: bool = False,
        encoding: str | None = None,
    ) -> None:
        self.path = path
        self.place = place
        self.encoding, self.remark = _encoding(path, place), ""
        if encoding is not None:
            self.encoding, guess = named_encoding(encoding), False
        self._longest = MAX_LINE if lines_bound else None
        guess = guess and self.encoding == "utf-8"
        if guess and self._is(_guessed(_wide(path), WIDE)):
            return
        try:
            _look_through(path, place, self.encoding, self._longest)
        except _Undecodable:
            if not (guess and self._is(_guessed(_narrow(path), NARROW))):
                raise

    def _is(self, encoding: str | None) -> bool:
        """Take the file to be in an encoding, where all of it can be."""
        if encoding is None:
            return False
        try:
            _look_through(self.path, self.place, encoding, self._longest)
        except _Undecodable:
            return False
        self.encoding = encoding
        name = {**NARROW, **WIDE}[encoding]
        self.remark = GUESSED.format(name, *self._telling())
        return True

    def _telling(self) -> tuple[int, str]:
        """Return the first line with a word that another encoding would give otherwise, and the word."""
        with self.opened() as lines:
            for number, line in enumerate(lines, 1):
                if found := _BEYOND_ASCII.search(line):
                    return number, shown(found[0])
        with self.opened() as lines:
            return 1, shown(next(lines, "").strip())

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
    return next(
        (name for mark, name in BYTE_ORDER_MARKS.items() if start.startswith(mark)), "utf-8"
    )


def _guessed(sample: bytes, encodings: Mapping[str, str]) -> str | None:
    """Return which of some encodings a sample is most likely in, None where it looks like none of them."""
    if not sample:
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(encodings)).best()
    return best.encoding if best else None


def _wide(path: Path) -> bytes:
    """Return how a file begins that may have two bytes a character: every other of them is often nought."""
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    high, low = start[::2].count(0), start[1::2].count(0)
    alike = not (high and low) and (high + low) * 8 >= len(start) > 0
    return start[: len(start) // 2 * 2] if alike else b""


def _narrow(path: Path) -> bytes:
    """Return lines of a file that have more than ASCII in them."""
    sample = b""
    with path.open("rb") as file:
        while len(sample) < SAMPLE and (line := file.readline(SAMPLE)):
            sample += b"" if line.isascii() else line
    return sample


def _look_through(path: Path, place: str, encoding: str, longest: int | None) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, length = 1, 0
    with path.open("rb") as file:
        while raw := file.read(DECODED_BYTES):
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
            "or say which encoding it has, such as --encoding cp1252; latin-1 takes any byte"
        )
        raise _Undecodable(Problem(place, line, "", message)) from None

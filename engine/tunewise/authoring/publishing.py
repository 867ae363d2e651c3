"""Puts the pages of the written rulebook into a folder, and leaves everything else there alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tunewise.authoring.marks import GENERATED_NOTICE
from tunewise.errors import Problem, UserError
from tunewise.writing import write_whole


def publish(pages: Mapping[str, str], folder: Path) -> None:
    """Write pages by their paths, and delete those of an earlier run that are no longer among them.

    Raises UserError, before anything is written, where a file of another origin is in the way.
    """
    foreign = [path for name in pages if (path := folder / name).exists() and not _ours(path)]
    if foreign:
        message = "is no page of the written rulebook; choose another folder"
        raise UserError(Problem(str(path), None, "", message) for path in foreign)
    for name, text in pages.items():
        make_folder((folder / name).parent)
        write_whole(folder / name, text)
    for path in list(_left(pages, folder)):
        path.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; raise UserError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(str(folder), None, "", f"cannot be made: {reason}")) from None


def _left(pages: Mapping[str, str], folder: Path) -> Iterator[Path]:
    for parent in dict.fromkeys((folder / name).parent for name in pages):
        for path in sorted(parent.glob("*.md")):
            if path.relative_to(folder).as_posix() not in pages and _ours(path):
                yield path


def _ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(GENERATED_NOTICE.encode())) == GENERATED_NOTICE.encode()
    except OSError:
        return False

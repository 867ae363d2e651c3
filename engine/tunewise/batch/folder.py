"""The folder that a run writes to: one run at a time, its work hidden until it is whole."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tunewise.errors import Problem, UserError

WORK = ".tunewise-batch"
"""The hidden folder inside, with all that an interrupted run needs to go on; gone when a run is finished."""
SUMMARY = "run.json"
"""The file that appears last: where it is, the run is finished."""
MANIFEST = "manifest.json"
BLOCK = 1 << 20
LARGEST = 1 << 34
"""Bytes that are kept of standard input: 16 GiB, more than a run of rows could be worth."""
OURS = (WORK, SUMMARY, ".DS_Store")


@dataclass(frozen=True, slots=True)
class Folder:
    """An output folder, locked; `created` tells whether this run made it."""

    path: Path
    created: bool

    @property
    def work(self) -> Path:
        """The hidden folder of an unfinished run."""
        return self.path / WORK

    @property
    def parts(self) -> Path:
        """The folder of what is evaluated already."""
        return self.work / "parts"

    @property
    def finals(self) -> Path:
        """The folder in which the final files are put together."""
        return self.work / "final"

    @property
    def manifest(self) -> Path:
        """The file that says what the unfinished run rests on."""
        return self.work / MANIFEST

    @property
    def summary(self) -> Path:
        """The file that says how the finished run went."""
        return self.path / SUMMARY

    @property
    def finished(self) -> bool:
        """Whether a run was finished here."""
        return self.summary.exists()

    @property
    def unfinished(self) -> bool:
        """Whether a run was begun here and can go on."""
        return self.manifest.exists() and not self.finished

    def prepare(self) -> None:
        """Make the hidden folders; what an earlier run left unfinished in them stays."""
        self.parts.mkdir(parents=True, exist_ok=True)

    def publish(self) -> None:
        """Move the final files to where they are looked for, the summary last."""
        names = sorted(path.name for path in self.finals.iterdir())
        for name in sorted(names, key=lambda name: name == SUMMARY):
            _moved(self.finals / name, self.path / name)
        _synced(self.path)

    def clear(self) -> None:
        """Remove the hidden folder."""
        shutil.rmtree(self.work, ignore_errors=True)

    def discard(self) -> None:
        """Remove all that this run made, where it made nothing of value."""
        self.clear()
        if self.created:
            with contextlib.suppress(OSError):
                self.path.rmdir()


@contextlib.contextmanager
def opened_folder(path: str) -> Iterator[Folder]:
    """Make a folder where there is none, and hold it for one run.

    Raises UserError where it cannot be made, holds foreign files, or is in another run's hands.
    """
    try:
        created = _made(path)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        _lock(handle, path)
        folder = Folder(Path(path), created)
        _check(folder)
        yield folder
    finally:
        os.close(handle)


def _unusable(path: str, error: OSError) -> UserError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return _refused(path, "is not a folder")
    if isinstance(error, FileNotFoundError):
        return _refused(path, "cannot be made: the folder above it does not exist")
    return _refused(path, f"cannot be written: {error.strerror or error}")


def _made(path: str) -> bool:
    if Path(path).is_dir():
        return False
    Path(path).mkdir()
    return True


def _lock(handle: int, path: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _refused(path, "another batch is writing to this folder") from None
    except OSError as error:
        # Some network file systems lock no folders; refusing them all would help nobody.
        if error.errno not in (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP):
            raise _unusable(path, error) from None


def _check(folder: Folder) -> None:
    """Refuse a folder with files that no run of ours put there."""
    if folder.finished or folder.work.is_dir():
        return
    foreign = sorted(path.name for path in folder.path.iterdir() if path.name not in OURS)
    if foreign:
        message = f"holds other files, such as '{foreign[0]}'; name a new or an empty folder"
        raise _refused(str(folder.path), message)


def _refused(path: str, message: str) -> UserError:
    return UserError(Problem(path, None, "", message))


def _moved(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)  # an earlier attempt to publish the same
    source.replace(target)


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def spool(stream: BinaryIO, target: Path) -> Path:
    """Keep what comes through a stream in a file, and return the file.

    What was kept before stays as it is: it counts where nothing comes, or from a terminal; else what comes is kept
    beside it. Raises UserError where too much comes, OSError where it cannot be kept.
    """
    kept = target.exists()
    if kept and stream.isatty():
        return target
    draft = target.with_suffix(".draft")
    _copy(stream, draft)
    if kept:
        return draft if draft.stat().st_size else target
    return draft.replace(target)


def _copy(stream: BinaryIO, draft: Path) -> None:
    size = 0
    with draft.open("wb") as file:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > LARGEST:
                message = f"is larger than the {LARGEST:,} bytes that are kept; give it as a file"
                raise UserError(Problem("standard input", None, "", message))
            file.write(block)
        file.flush()
        os.fsync(file.fileno())

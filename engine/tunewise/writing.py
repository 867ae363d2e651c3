"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tunewise.errors import Problem, UserError


def write_whole(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write bytes, or text as UTF-8, to a file that appears complete, or leave what was there; raise UserError."""
    with staged(path, text):
        pass


@contextlib.contextmanager
def staged(path: str | os.PathLike[str], text: str | bytes) -> Iterator[None]:
    """Have text ready on the disk, and the file appear, complete, when the block ends without an error.

    What was there is left where the block fails. Raises UserError where the file cannot be written, as a rule
    before the block is entered; a device or a pipe, such as /dev/stdout, takes the text after it.
    """
    target = Path(path)
    raw = text.encode() if isinstance(text, str) else text
    with _refusing(path):
        there = _status(target)
        device = there is not None and not stat.S_ISREG(there.st_mode)
        if there is not None and not device and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        name = None if device else _written(target.resolve(), raw, there)
    try:
        yield
        with _refusing(path):
            if name is None:
                _pour(target, raw)
            else:
                Path(name).replace(target.resolve())
    except BaseException:
        if name is not None:
            _dropped(name)
        raise


@contextlib.contextmanager
def _refusing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say in one line why the system does not write a file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            Problem(os.fspath(path), None, "", f"cannot be written: {reason}")
        ) from None


def _status(target: Path) -> os.stat_result | None:
    """Return what is known of a file, None where there is none."""
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _written(target: Path, raw: bytes, there: os.stat_result | None) -> str:
    """Return the name of a new file beside the target that holds the bytes."""
    handle, name = tempfile.mkstemp(prefix=".tunewise-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if there is not None:
            with contextlib.suppress(OSError):  # whoever may not give a file away keeps it
                os.chown(name, there.st_uid, there.st_gid)
        Path(name).chmod(there.st_mode if there is not None else _default_mode())
    except BaseException:
        _dropped(name)
        raise
    return name


def _pour(target: Path, raw: bytes) -> None:
    """Write to a device or a pipe; raise OSError for a pipe that nobody reads, on which one would wait without end."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_NONBLOCK), "wb") as file:
        os.set_blocking(file.fileno(), True)
        file.write(raw)


def _dropped(name: str) -> None:
    with contextlib.suppress(OSError):
        Path(name).unlink()


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

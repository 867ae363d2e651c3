"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from tunewise.errors import Problem, UserError


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8 to a file that appears complete, or leave what was there; raise UserError."""
    target = Path(path)
    try:
        there = _status(target)
        if there is not None and not stat.S_ISREG(there.st_mode):
            target.write_text(text, encoding="utf-8")  # a device or a pipe, such as /dev/stdout
        elif there is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        else:
            _replace(target.resolve(), text, there)
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


def _replace(target: Path, text: str, there: os.stat_result | None) -> None:
    handle, name = tempfile.mkstemp(prefix=".tunewise-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if there is not None:
            with contextlib.suppress(OSError):  # whoever may not give a file away keeps it
                os.chown(name, there.st_uid, there.st_gid)
        Path(name).chmod(there.st_mode if there is not None else _default_mode())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

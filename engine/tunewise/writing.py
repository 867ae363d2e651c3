"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from tunewise.errors import Problem, UserError


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8 to a file that appears complete, or leave what was there; raise UserError."""
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")  # a device or a pipe, such as /dev/stdout
        else:
            _replace(target.resolve(), text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            Problem(os.fspath(path), None, "", f"cannot be written: {reason}")
        ) from None


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else _default_mode())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

"""Keeps what is made of the shipped rulebook's texts between runs, as Python keeps modules: it takes long to read.

It lies in the user's own cache, and is taken where texts, code and Python are those that it was made of.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tunewise.errors import UserError
from tunewise.writing import write_whole

KeptT = TypeVar("KeptT")

CODE = Path(__file__).parent.parent
MADE_BY = (".", "knowledge", "loading", "costs")
"""The folders of the package whose modules say what is made of the texts."""
NOT_OURS = 0o022
"""The rights with which others could write a file: it is not read."""


def kept(name: str, digest: str, make: Callable[[], KeptT]) -> KeptT:
    """Return what was made of texts with a digest before, or else make and keep it, where that can be.

    `name` says which of the things that are made of them it is.
    """
    try:
        place, key = _place(name), _key(digest)
    except (OSError, RuntimeError):  # not in a folder, or the user has no home
        return make()
    raw = _read(place, key)
    if raw is not None:
        return pickle.loads(raw)  # type: ignore[no-any-return]  # noqa: S301  # this user wrote it
    made = make()
    raw = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
    _keep(place, key + _sum(raw) + raw)
    return made


def _place(name: str) -> Path:
    """Return the file of this installation: the next version writes over it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    where = hashlib.sha256(f"{CODE} {sys.version}".encode()).hexdigest()[:16]
    return Path(cache) / "tunewise" / f"{name}-{where}.pickle"


def _key(digest: str) -> bytes:
    """Return what changes with the texts, and with any module that reads them."""
    return _sum("\n".join((digest, *_modules())).encode())


def _sum(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _modules() -> Iterator[str]:
    for folder in MADE_BY:
        with os.scandir(CODE / folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    yield f"{folder}/{entry.name} {status.st_size} {status.st_mtime_ns}"


def _read(place: Path, key: bytes) -> bytes | None:
    """Return what is kept, None where that is nothing, damaged, of something else, or from others' hands."""
    try:
        with place.open("rb") as file:
            status = os.fstat(file.fileno())
            others = os.name == "posix" and status.st_uid != os.geteuid()
            if others or status.st_mode & NOT_OURS or file.read(len(key)) != key:
                return None
            told, raw = file.read(len(_sum(b""))), file.read()
    except OSError:
        return None
    return raw if told == _sum(raw) else None


def _keep(place: Path, raw: bytes) -> None:
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, raw)
        place.chmod(0o600)
    except (OSError, UserError):
        return  # it is made anew each time

"""Reads the texts of a rulebook from its folder, and takes their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from tunewise.errors import Problem, UserError, unreadable
from tunewise.reading import read_text, text_of

MAX_RULEBOOK_FILES = 200
MAX_FOLDER_DEPTH = 2
"""Folders inside folders that are looked into, to refuse what nobody would read."""


def shipped() -> Traversable:
    """Return the folder of the rulebook that Tunewise ships."""
    return files("tunewise.rules")


def texts_of(folder: str | Path | None) -> dict[str, str]:
    """Return the text of each YAML file below the folder, by its path relative to it; none that is hidden."""
    if folder is None:
        return dict(sorted(_walk(shipped(), "", _shipped_text)))
    root = Path(folder)
    try:
        if not root.is_dir():
            raise UserError(Problem(str(folder), None, "", "is not a folder"))
        texts = dict(sorted(_walk(root, "", lambda part: read_text(part, encoding="utf-8"))))
    except OSError as error:
        raise unreadable(folder, error) from None
    if not texts:
        raise UserError(Problem(str(folder), None, "", "holds no rulebook: no .yaml file in it"))
    return texts


def _shipped_text(part: Traversable) -> str:
    return text_of(part.read_bytes(), str(part), encoding="utf-8")


def _walk(
    folder: Traversable, prefix: str, text: Callable[[Any], str]
) -> Iterable[tuple[str, str]]:
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    if len(parts) > MAX_RULEBOOK_FILES:
        raise UserError(
            Problem(str(folder), None, "", f"holds more than {MAX_RULEBOOK_FILES} files")
        )
    for part in parts:
        if part.name.startswith("."):
            continue
        if part.name.endswith((".yaml", ".yml")) and part.is_file():
            yield prefix + part.name, text(part)
        elif part.is_dir() and prefix.count("/") < MAX_FOLDER_DEPTH:
            yield from _walk(part, f"{prefix}{part.name}/", text)


def digest(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 over the names and texts of a rulebook's files; any byte changes it."""
    sha = hashlib.sha256()
    for name in sorted(texts):
        for part in (name, texts[name]):
            data = part.encode()
            sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()

"""Keeps each rulebook that decided something beside the log, so that the log explains itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunewise.errors import Problem, UserError
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.folder import digest
from tunewise.organisation.rulebooks import of_texts
from tunewise.reading import parse_json, read_text
from tunewise.record.decision import as_json
from tunewise.writing import write_whole

RULEBOOK_SCHEMA = "tunewise.rulebook/1"
MAX_STORED_BYTES = 64_000_000
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def folder(log: str) -> Path:
    """Return the folder in which a log's rulebooks are."""
    return Path(f"{log}.rulebooks")


def stored(log: str) -> list[str]:
    """Return the digests of the rulebooks that stand beside a log, in the order of the alphabet."""
    return sorted(path.stem for path in folder(log).glob("*.json") if SHA256.match(path.stem))


def save(log: str, rulebook: Rulebook) -> None:
    """Store a rulebook beside a log, whole or not at all, where it is not there already; raise UserError."""
    path = _path(log, rulebook.sha256)
    text = _text(rulebook)
    try:
        if path.is_file() and path.read_bytes() == text.encode():
            return
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(str(path), None, "", f"cannot be written: {reason}")) from None
    write_whole(path, text)


def load_stored(log: str, sha256: str) -> Rulebook:
    """Return the rulebook of that digest from beside the log.

    Raises UserError where it is missing, where its texts have another digest, and where this version of Tunewise
    cannot read it.
    """
    return load_file(_path(log, sha256), sha256)


def load_file(path: Path, sha256: str | None = None) -> Rulebook:
    """Return the rulebook in a file that a log stored, of the digest that its name says if none is given.

    Raises UserError as `load` does.
    """
    text = read_text(path, MAX_STORED_BYTES, "utf-8")
    files = _files(parse_json(text, str(path)).data)
    if files is None:
        raise UserError(Problem(str(path), None, "", "is not a rulebook as logs store them"))
    if digest(files) != (sha256 or path.stem):
        raise UserError(Problem(str(path), None, "", "was altered: its texts have another digest"))
    rulebook = of_texts(files, str(path))
    if text != _text(rulebook):
        message = "was altered: it is written otherwise than logs store rulebooks"
        raise UserError(Problem(str(path), None, "", message))
    return replace(rulebook, stored=True)


def _path(log: str, sha256: str) -> Path:
    if not SHA256.match(sha256):
        raise UserError(f"{sha256} is no digest of a rulebook")
    return folder(log) / f"{sha256}.json"


def _text(rulebook: Rulebook) -> str:
    stored = {
        "schema": RULEBOOK_SCHEMA,
        "version": rulebook.version,
        "sha256": rulebook.sha256,
        "files": dict(sorted(rulebook.texts.items())),
    }
    return as_json(stored)


def _files(stored: Any) -> Mapping[str, str] | None:
    """Return the texts of a stored rulebook, None where it is none."""
    files = stored.get("files") if isinstance(stored, dict) else None
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        return None
    return files

"""The files of an inventory that is kept in many: one file, a folder, or what a pattern matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import Literal, get_args

import msgspec

from tunewise.batch.order import FileDigest, digest_of
from tunewise.errors import Problem, UserError
from tunewise.inventories.headers import Header
from tunewise.inventories.mapping import RegisterMapping
from tunewise.inventories.reading import (
    STDIN,
    Inventory,
    InventoryForm,
    inventory_form,
    open_inventory,
)
from tunewise.knowledge.vocabulary import Vocabulary

ClusterForm = Literal["csv", "tsv", "parquet"]
CLUSTER_FORMS: tuple[ClusterForm, ...] = get_args(ClusterForm)
"""What is read piece by piece; the others have to be held in memory as a whole, or are read by one process."""
HIDDEN = (".", "_")
"""How names of files begin that belong to no inventory, such as _SUCCESS."""
NOT_ON_MACHINE = "is not there on a machine of the cluster; all must see it under this path"

ENCODED = "is not UTF-8; without --on ray its encoding is guessed, and the guess told"


@dataclass(frozen=True, slots=True)
class Opening:
    """How files are opened: what all of them are, which facts there are, and what is said of their columns."""

    form: InventoryForm | None
    facts: Vocabulary
    mapping: RegisterMapping

    def open(self, path: str) -> Inventory:
        """Open a file; raise UserError where it cannot be read, or its columns cannot be told."""
        if not Path(path).exists():
            raise _refused(path, NOT_ON_MACHINE)
        found = open_inventory(path, self.form, self.facts, self.mapping)
        if found.source.remarks:
            raise _refused(path, ENCODED)
        return found


class Look(msgspec.Struct, frozen=True):
    """What a first look at a file found: its bytes, and in words what is wrong with it."""

    file: int
    digest: FileDigest | None
    problems: tuple[str, ...] = ()


def look(opening: Opening, header: Header, file: int, path: str) -> Look:
    """Return whether a file can be read and has these columns; they are those of the first file."""
    try:
        _check_header(path, opening.open(path).header, header)
        return Look(file, digest_of(Path(path)))
    except UserError as error:
        return Look(file, None, tuple(map(str, error.problems)))


def find_inventory_files(inventory: str, form: InventoryForm | None) -> tuple[str, ...]:
    """Return the files of an inventory in the order of their names, as absolute paths.

    Raises UserError where there is none, or one cannot be read piece by piece.
    """
    if inventory == STDIN:
        raise UserError("--on ray reads files, not standard input: others must see them, too")
    files = _files(inventory)
    if not files:
        raise _refused(inventory, f"holds no files; expected some in {', '.join(CLUSTER_FORMS)}")
    for file in files:
        try:
            told = form or inventory_form(file)
        except OSError as error:
            raise _refused(file, f"cannot be read: {error.strerror or error}") from None
        if told not in CLUSTER_FORMS:
            said = f"is {told}; --on ray reads {', '.join(CLUSTER_FORMS)}, and without it all forms are read"
            raise _refused(file, said)
    return tuple(files)


def _files(inventory: str) -> Sequence[str]:
    if Path(inventory).is_dir():
        found = [path for path in Path(inventory).iterdir() if not path.name.startswith(HIDDEN)]
    elif Path(inventory).exists() or not has_magic(inventory):
        return [str(Path(inventory).absolute())]
    else:
        found = [Path(path) for path in glob(inventory, recursive=True)]  # noqa: PTH207 - it may be absolute
    return sorted(str(path.absolute()) for path in found if not path.is_dir())


def _check_header(path: str, found: Header, first: Header) -> None:
    ours = [column.name for column in found.columns]
    theirs = [column.name for column in first.columns]
    if ours != theirs:
        odd = next((name for name in ours if name not in theirs), None)
        lost = next((name for name in theirs if name not in ours), None)
        said = f"'{odd}' is new" if odd else f"'{lost}' is missing" if lost else "in another order"
        raise _refused(path, f"has other columns than the first file: {said}")


def _refused(place: str, message: str) -> UserError:
    return UserError(Problem(place, None, "", message))

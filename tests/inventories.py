"""Inventories for the tests: written as bytes, read as facts and rejects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunewise.inventories.checking import CheckedChunk, check_chunk
from tunewise.inventories.mapping import AS_IT_STANDS, RegisterMapping
from tunewise.inventories.reading import Inventory, open_inventory
from tunewise.inventories.rejects import Reject
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.loading.assembly import load

FACTS = load().facts


@dataclass
class Read:
    """What came of an inventory."""

    inventory: Inventory
    chunks: list[CheckedChunk] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of the accepted rows."""
        return [name for chunk in self.chunks for name in chunk.names]

    @property
    def rows(self) -> list[int]:
        """The numbers of the accepted rows."""
        return [row for chunk in self.chunks for row in chunk.rows.tolist()]

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The facts of the accepted rows."""
        return [chunk.facts.facts(i) for chunk in self.chunks for i in range(chunk.facts.rows)]

    @property
    def rejects(self) -> list[Reject]:
        """The problems of the others."""
        return [reject for chunk in self.chunks for reject in chunk.rejects]

    @property
    def reasons(self) -> list[tuple[int, str, str]]:
        """Row, column and reason of each problem."""
        return [(reject.row, reject.column, reject.reason) for reject in self.rejects]


def mapped(
    mapping: Mapping[str, str] | None = None, keep_extra: bool = False, **said: Any
) -> RegisterMapping:
    """A mapping as options of the command make it."""
    others = "extra" if keep_extra else None
    return AS_IT_STANDS.over((mapping or {}).items(), other_columns=others, **said)


def opened(path: Path | str, facts: Vocabulary = FACTS, **options: Any) -> Inventory:
    """An inventory, opened with such options."""
    form, place = options.pop("form", None), options.pop("place", None)
    said = options.pop("register", None) or mapped(**options)
    return open_inventory(path, form, facts, said, place)


def read(path: Path | str, size: int = 1_000, facts: Vocabulary = FACTS, **options: Any) -> Read:
    """Return what comes of an inventory, its rows all accounted for."""
    inventory = opened(path, facts, **options)
    found = Read(inventory, [check_chunk(chunk, facts) for chunk in inventory.chunks(size)])
    for chunk in found.chunks:
        assert chunk.accepted + chunk.rejected + chunk.skipped == chunk.read <= size
        assert len({reject.row for reject in chunk.rejects}) == chunk.rejected
        assert not {reject.row for reject in chunk.rejects} & set(chunk.rows.tolist())
    return found


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """Return a file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

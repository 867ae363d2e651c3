"""What a user can get wrong, said in one line each: place, what was found, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

SHOWN_CHARACTERS = 120
"""Characters of a foreign value that an error repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the file, the line (counted from 1, None where unknown), the thing, the sentence."""

    place: str
    line: int | None
    where: str
    message: str

    def __str__(self) -> str:
        line = f":{self.line}" if self.line is not None else ""
        parts = [harmless(f"{self.place}{line}")] if self.place else []
        parts += [harmless(self.where)] if self.where else []
        return ": ".join([*parts, harmless(self.message)])


class UserError(Exception):
    """One or more problems that stop a command before anything is written (exit status 2)."""

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem("", None, "", problems)
        found = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.problems: tuple[Problem, ...] = tuple(dict.fromkeys(found))
        super().__init__("\n".join(map(str, self.problems)))

    def at(self, place: str) -> UserError:
        """Return the error with this place for every problem that names none."""
        return UserError(replace(p, place=p.place or place) for p in self.problems)


class EngineError(Exception):
    """The rule engine failed, or its firings differ from the interpreter's: never a user's fault."""


def harmless(text: str) -> str:
    """Return text on one line, every control, format and surrogate character made visible."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def unreadable(place: object, error: OSError | ValueError) -> UserError:
    """Return the error for a file or folder that the system does not let read."""
    reason = getattr(error, "strerror", None) or str(error)
    return UserError(Problem(str(place), None, "", f"cannot be read: {reason}"))


def shown(value: object) -> str:
    """Return a foreign value as an error repeats it: quoted, on one line, cut where it is long."""
    text = harmless(value if isinstance(value, str) else str(value))
    text = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return f"'{text}'" if isinstance(value, str) else text


def nearest(name: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that is most like the given one, or None where none is alike."""
    names = {a.casefold(): a for a in allowed}
    found = difflib.get_close_matches(str(name)[:200].casefold(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def unknown_name(kind: str, name: object, allowed: Iterable[str]) -> str:
    """Return the sentence for a name that is not known: the nearest one, or else all that are."""
    allowed = list(allowed)
    near = nearest(name, allowed)
    if near is not None:
        return f"unknown {kind} {shown(name)}; did you mean '{near}'?"
    listed = ", ".join(allowed[:12]) + (", …" if len(allowed) > 12 else "")
    return f"unknown {kind} {shown(name)}; allowed: {listed or 'none'}"

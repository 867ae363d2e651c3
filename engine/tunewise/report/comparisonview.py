"""What a comparison of versions shows, as frozen values: a template only sets it out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A line of the table: what is compared, a text for each version, and whether they differ."""

    label: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class ComparedVersion:
    """A version: its name, and what to do in plain words, or that nothing meets the limits."""

    name: str
    verdict: str
    status: str


@dataclass(frozen=True, slots=True)
class MovedView:
    """How a version differs from the first: sentences that speak of its verdict now, or no longer, and other rules.

    `turned` says whether another option of the first decision is recommended.
    """

    name: str
    turned: bool
    came: tuple[str, ...]
    went: tuple[str, ...]
    rules: int


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Versions of a case, or cases, side by side."""

    title: str
    versions: tuple[ComparedVersion, ...]
    facts: tuple[ComparedRow, ...]
    decisions: tuple[ComparedRow, ...]
    certainty: tuple[ComparedRow, ...]
    money: tuple[ComparedRow, ...]
    moved: tuple[MovedView, ...]


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """One comparison or several, on a day."""

    comparisons: tuple[ComparisonView, ...]
    as_of: str

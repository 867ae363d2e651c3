"""What stands at the head of a brief: its title, for whom and by whom it is, its date and a logo."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CoverView:
    """The head of a brief; what is not stated is empty. `logo` is a picture as a data URL."""

    title: str = ""
    client: str = ""
    author: str = ""
    date: str = ""
    logo: str = ""

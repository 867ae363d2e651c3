"""Loads rulebooks under an organisation's policy, and tells how one counts on another day: expiry is judged here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from tunewise.costs.prices import token_price
from tunewise.errors import Problem, UserError, shown
from tunewise.knowledge.organisation import FILE, SINCE, Organisation, last_begun
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble
from tunewise.organisation.applying import applied
from tunewise.organisation.policyfile import read_policy
from tunewise.reading import read_text


def under_organisation(rulebook: Rulebook, path: str | os.PathLike[str], day: date) -> Rulebook:
    """Return a rulebook under the policy in a file, as it counts on a day.

    Raises UserError with every mistake in the file, and for models that have no price.
    """
    found = under_policy(rulebook, read_text(path, encoding="utf-8"), os.fspath(path), day)
    assert found.organisation is not None  # noqa: S101 - it was just applied
    _check_models(found.organisation, day)
    return found


def under_policy(rulebook: Rulebook, text: str, place: str, day: date) -> Rulebook:
    """Return a rulebook under the policy that a text says, as it counts on a day; raise UserError."""
    written = read_policy(text, place)
    return applied(rulebook, written, last_begun(written.days(), day))


def upgraded(rulebook: Rulebook, path: str | os.PathLike[str], day: date) -> Rulebook:
    """Return a newer rulebook under the policy in a file; what the file names and is gone is noted as vanished."""
    written = read_policy(read_text(path, encoding="utf-8"), os.fspath(path))
    return applied(rulebook, written, last_begun(written.days(), day), vanished=True)


def of_texts(texts: Mapping[str, str], place: str) -> Rulebook:
    """Return the rulebook of texts that a log stored, an organisation's policy among them, if there is one."""
    own = {name: text for name, text in texts.items() if name not in (FILE, SINCE)}
    rulebook = assemble(own, place)
    if FILE not in texts:
        return rulebook
    written, since = read_policy(texts[FILE], f"{place}/{FILE}"), texts.get(SINCE, "")
    if since and since not in written.days():
        message = f"says that it counts since {shown(since)}, on which nothing begins or ends"
        raise UserError(Problem(f"{place}/{SINCE}", None, "", message))
    return applied(replace(rulebook, stored=True), written, since)


def in_force(rulebook: Rulebook, day: date) -> Rulebook:
    """Return a rulebook as it counts on a day: another one where a part of its organisation's policy began or ended."""
    policy = rulebook.organisation
    if policy is None or (since := policy.since_on(day)) == policy.since:
        return rulebook
    written = read_policy(rulebook.texts[FILE], f"{rulebook.place}/{FILE}")
    return applied(without_organisation(rulebook), written, since)


def without_organisation(rulebook: Rulebook) -> Rulebook:
    """Return the rulebook that an organisation's policy is over."""
    if rulebook.organisation is None:
        return rulebook
    return replace(assemble(rulebook.own_texts, rulebook.place), stored=rulebook.stored)


def _check_models(organisation: Organisation, day: date) -> None:
    """Raise UserError, with suggestions, for each model that may be used and has no price."""
    entries = {entry.name: entry for entry in organisation.entries if entry.kind == "prefer"}
    problems = []
    for model in dict.fromkeys(name for names in organisation.models.values() for name in names):
        try:
            token_price(model, day)
        except UserError as error:
            entry, message = entries["models"], str(error).removeprefix("base_model: ")
            problems.append(Problem(entry.place, entry.line, "prefer.models", message))
    if problems:
        raise UserError(problems)

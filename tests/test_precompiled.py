"""The shipped rulebook is kept ready made between runs, and made anew where anything says that it may not be right."""

import os
import pickle
from pathlib import Path

import pytest

from tunewise.costs.model import cost_book
from tunewise.loading import precompiled
from tunewise.loading.assembly import assemble, load
from tunewise.loading.folder import texts_of
from tunewise.loading.precompiled import kept


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Where the rulebook is kept, with one kept there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load()
    (found,) = (tmp_path / "cache" / "tunewise").iterdir()
    assert found.name.startswith("rulebook-")
    return found


@pytest.fixture
def only_kept(monkeypatch):
    """Nothing is made of texts."""
    monkeypatch.setattr("tunewise.loading.assembly.assemble", lambda *_: pytest.fail("made anew"))


def test_what_is_kept_is_what_the_texts_say(place, only_kept):
    found = load()
    assert found == assemble(texts_of(None), "rules")
    assert list(found.rules) == sorted(found.rules)


@pytest.mark.usefixtures("place")
def test_other_texts_are_not_taken_for_those_that_are_kept():
    made = assemble(texts_of(None), "rules")
    assert kept("rulebook", made.sha256, lambda: pytest.fail("made anew")) == made
    assert kept("rulebook", "another digest", lambda: "made anew") == "made anew"


@pytest.mark.parametrize("folder", precompiled.MADE_BY)
@pytest.mark.usefixtures("place")
def test_other_code_does_not_take_what_was_kept(folder, tmp_path, monkeypatch):
    """A module of any room that reads the texts is another one by its size or time."""
    digest = load().sha256
    before = precompiled._key(digest)
    package = tmp_path / "package"
    for name in precompiled.MADE_BY:
        (package / name).mkdir(parents=True, exist_ok=True)
        for module in (precompiled.CODE / name).glob("*.py"):
            copy = package / name / module.name
            copy.write_bytes(module.read_bytes())
            os.utime(copy, ns=(0, module.stat().st_mtime_ns))
    monkeypatch.setattr(precompiled, "CODE", package)
    assert precompiled._key(digest) == before
    changed = sorted((package / folder).glob("*.py"))[0]
    os.utime(changed, ns=(0, 0))
    assert precompiled._key(digest) != before


@pytest.mark.parametrize("damage", [b"", b"x" * 40, None])
def test_a_damaged_file_is_made_anew(place, damage):
    raw = place.read_bytes()
    place.write_bytes(raw[: len(raw) // 2] if damage is None else damage)
    assert load() == assemble(texts_of(None), "rules")
    assert place.read_bytes() == raw


def test_what_costs_read_is_kept_as_well(place, monkeypatch):
    rulebook = load()
    made = cost_book(rulebook)
    monkeypatch.setattr("tunewise.costs.model.read_costs", lambda *_: pytest.fail("read again"))
    assert cost_book(rulebook) == made
    assert len(list(place.parent.iterdir())) == 2


def test_what_others_could_have_written_is_not_read(place, monkeypatch):
    """A pickle runs what it holds."""
    place.chmod(0o666)
    monkeypatch.setattr(pickle, "loads", lambda _: pytest.fail("read"))
    load()
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load() == assemble(texts_of(None), "rules")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_folder_of_ones_own_is_not_kept(place, tmp_path):
    for name, text in texts_of(None).items():
        (tmp_path / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / name).write_text(text, encoding="utf-8")
    before = place.read_bytes()
    assert load(tmp_path / "own").place == str(tmp_path / "own")
    assert place.read_bytes() == before
    assert len(list(place.parent.iterdir())) == 1

"""What `tunewise rules diff` says of two rulebooks."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from smallbook import TEXTS, book, changed, write

from tunewise.commands.program import run
from tunewise.comparing.rulebooks import changes
from tunewise.loading.assembly import assemble, load
from tunewise.log.rulebook_store import save


def revised(file, old, new):
    """What changed in the small rulebook where one text in a file was replaced."""
    return changes(book(), book((file, old, new)))


def test_a_rulebook_does_not_differ_from_itself():
    assert changes(load(), load()) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "id", "says", "weighs"),
    [
        (
            "data.yaml",
            "at_least: 500",
            "at_least: 700",
            "rule",
            "data.enough",
            "Condition: where examples is at least 500 examples, it now asks that examples is at"
            " least 700 examples.",
            True,
        ),
        (
            "data.yaml",
            "strength: moderate",
            "strength: weak",
            "rule",
            "data.enough",
            "Conclusion: it was moderate evidence for tuning, it is weak evidence for tuning.",
            True,
        ),
        (
            "data.yaml",
            "support: {approach: fine_tuning}",
            "oppose: {approach: fine_tuning}",
            "rule",
            "data.enough",
            "Conclusion: it was moderate evidence for tuning, it is moderate evidence against tuning.",
            True,
        ),
        (
            "need.yaml",
            "any: [{approach",
            "all: [{approach",
            "rule",
            "need.own_machines",
            "Condition: was approach is tuning or gaps includes style; is approach is tuning and"
            " gaps includes style.",
            True,
        ),
        (
            "data.yaml",
            "There are {examples}.",
            "We have {examples}.",
            "rule",
            "data.enough",
            "Reworded its because.",
            False,
        ),
        (
            "need.yaml",
            "sources: [DOC2, DOC1]",
            "sources: [DOC1]",
            "rule",
            "need.gap",
            "Its sources changed from DOC2, DOC1 to DOC1.",
            False,
        ),
        (
            "rulebook.yaml",
            "weak: 1",
            "weak: 2",
            "rulebook",
            "strengths",
            "Points changed from weak 1, moderate 2, strong 4 to weak 2, moderate 2, strong 4.",
            True,
        ),
        (
            "facts.yaml",
            "maximum: 1000000",
            "maximum: 2000000",
            "fact",
            "examples",
            "Its maximum changed from 1000000 to 2000000.",
            True,
        ),
        (
            "facts.yaml",
            "question: How many?",
            "question: How many are there?",
            "fact",
            "examples",
            "Its question changed from How many? to How many are there?.",
            False,
        ),
        (
            "sources.yaml",
            "Ask for permission",
            "Ask first",
            "source item",
            "DOC3",
            "Its says changed from Ask for permission to Ask first.",
            False,
        ),
    ],
)
def test_one_change_is_told_once_and_names_what_changed(file, old, new, kind, id, says, weighs):
    found = revised(file, old, new)
    if file == "rulebook.yaml":
        assert not [c for c in found if c.kind == "rule"], "points are the rulebook's, not a rule's"
    (change,) = found
    assert (change.kind, change.id, change.says, change.weighs) == (kind, id, says, weighs)


def test_a_rule_that_is_gone_or_new_is_told_in_its_own_words():
    rule, without = TEXTS["data.yaml"].split("  forbidden:")
    fewer = {**TEXTS, "data.yaml": rule}
    old, new = assemble(TEXTS, "old"), assemble(fewer, "new")
    assert without
    (gone,) = changes(old, new)
    assert (gone.id, gone.how) == ("data.forbidden", "removed")
    assert gone.says == "It said: If permission to train is no, then tuning is ruled out."
    (come,) = changes(new, old)
    assert (come.id, come.how) == ("data.forbidden", "added")


def test_an_option_that_is_new_is_told():
    found = revised(
        "decisions.yaml",
        "      self_hosted:",
        "      nearby: {label: a neighbour}\n      self_hosted:",
    )
    assert [(c.kind, c.id, c.how) for c in found] == [
        ("decision", "hosting", "changed"),
        ("option", "hosting.nearby", "added"),
    ]


def test_a_changed_assumption_says_from_what_to_what(tmp_path):
    shutil.copytree(Path(str(files("tunewise.rules"))), tmp_path / "rules")
    path = tmp_path / "rules" / "costs" / "assumptions.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("    value: 10000000") == 1
    path.write_text(text.replace("    value: 10000000", "    value: 20000000"), encoding="utf-8")
    (change,) = changes(load(), load(tmp_path / "rules"))
    assert (change.kind, change.id, change.weighs) == ("assumption", "corpus_tokens", True)
    assert change.says == "Its value changed from 10000000 to 20000000."


@pytest.fixture
def folders(tmp_path):
    """Two small rulebooks that differ in one threshold."""
    revised = changed(("data.yaml", "at_least: 500", "at_least: 700"))
    return [str(write(tmp_path / "old")), str(write(tmp_path / "new", revised))]


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_every_form_names_what_changed(folders, capsys, form):
    assert run(["rules", "diff", *folders, "--format", form]) == 0
    text = capsys.readouterr().out
    assert "at least 700" in text
    if form == "json":
        (change,) = json.loads(text)
        assert set(change) == {"kind", "id", "how", "says", "weighs"}


def test_a_change_fails_where_that_is_asked_for(folders, capsys):
    assert run(["rules", "diff", *folders, "--fail-on-change"]) == 1
    assert run(["rules", "diff", folders[0], folders[0], "--fail-on-change"]) == 0
    assert capsys.readouterr().out.endswith("The rulebooks say the same.\n")


def test_a_folder_without_a_rulebook_is_one_line(tmp_path, capsys):
    assert run(["rules", "diff", str(tmp_path)]) == 2
    message = f"tunewise: {tmp_path}: holds no rulebook: no .yaml file in it\n"
    assert capsys.readouterr().err == message


def test_a_copy_says_the_same_and_is_not_written_twice(tmp_path, capsys):
    target = str(tmp_path / "copy")
    assert run(["rules", "copy", target]) == 0
    assert load(target).sha256 == load().sha256
    assert run(["rules", "copy", target]) == 2
    assert "is there already, and not empty" in capsys.readouterr().err


def test_a_rulebook_that_a_log_stored_is_read_like_a_folder(tmp_path, capsys):
    log = str(tmp_path / "log.jsonl")
    save(log, book())
    (stored,) = Path(f"{log}.rulebooks").iterdir()
    assert run(["rules", "diff", str(stored), str(write(tmp_path / "book"))]) == 0
    assert "The rulebooks say the same." in capsys.readouterr().out
    stored.write_text(stored.read_text(encoding="utf-8").replace("at_least: 500", "at_least: 5"))
    assert run(["rules", "list", "--rules", str(stored)]) == 2
    assert "was altered" in capsys.readouterr().err

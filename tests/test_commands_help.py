"""The command line's manners: an example in each help, completion, and errors that send people the right way."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tunewise.cases.case import parse_case
from tunewise.commands.examples import COMMAND_EXAMPLES
from tunewise.commands.program import app, run
from tunewise.errors import UserError
from tunewise.loading.assembly import load
from tunewise.reading import parse_yaml

SHIPPED = Path(__file__).parents[1] / "examples"


def commands(group, context):
    """Every command under a group, by its name after `tunewise`."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        below = click.Context(command, context, info_name=name)
        yield below.command_path.partition(" ")[2], command
        if isinstance(command, click.Group):
            yield from commands(command, below)


ALL = dict(commands(app, click.Context(app, info_name="tunewise")))


def test_every_command_has_an_example_and_every_example_a_command():
    assert sorted(ALL) == sorted(COMMAND_EXAMPLES)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_help_ends_with_its_example(name, capsys):
    """A line that the command itself takes, option by option."""
    assert run([*name.split(), "--help"]) == 0
    last = " ".join(capsys.readouterr().out.rsplit("\n\n", 1)[1].split())
    assert last == f"Example: {COMMAND_EXAMPLES[name]}"
    example = COMMAND_EXAMPLES[name].removeprefix('eval "$(').removesuffix(')"')
    program, *words = shlex.split(example)
    assert program == "tunewise"
    assert words[: len(name.split())] == name.split()
    parse(words)


def parse(words):
    """Have the command that words name take the others, as if it were run; raise UsageError where it does not."""
    command, rest, context = app, words, click.Context(app, info_name="tunewise")
    while isinstance(command, click.Group):
        _, command, rest = command.resolve_command(context, rest)
    command.make_context(command.name, rest)


def test_an_option_that_there_is_not_is_found():
    """In an example, too."""
    with pytest.raises(click.UsageError, match="--approach"):
        parse(["audit", "list", "decisions.jsonl", "--approach", "hybrid"])


def test_alone_it_says_where_to_begin(capsys):
    assert run([]) == 2
    assert "Begin with 'tunewise ask'" in " ".join(capsys.readouterr().err.split())


def completed(*words):
    """What a shell is offered behind some words, the last of them begun."""
    place = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "tunewise")],
        env={**os.environ, **place, "_TUNEWISE_COMPLETE": "zsh_complete"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()[1::3]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("tunewise", "comp"), "compare"),
        (("tunewise", "decide", "--set", "training_ex"), "training_examples="),
        (("tunewise", "decide", "--set", "stage=pi"), "stage=pilot"),
        (("tunewise", "decide", "--set", "latency_critical=y"), "latency_critical=yes"),
        (
            ("tunewise", "decide", "--set", "base_model=openai/gpt-4o-m"),
            "base_model=openai/gpt-4o-mini",
        ),
        (("tunewise", "decide", "--assume", "horizon"), "horizon_months="),
        (("tunewise", "facts", "gap"), "gap_kinds"),
        (("tunewise", "rules", "show", "data.far"), "data.far_too_few"),
    ],
)
def test_names_are_completed(words, offered):
    assert offered in completed(*words)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "_TUNEWISE_COMPLETE" in capsys.readouterr().out


def case(text):
    return parse_case(parse_yaml(text, "case.yaml"), load().facts)


def test_a_choice_that_is_missing_is_asked_for_in_one_line(capsys):
    assert run(["completion"]) == 2
    said = "tunewise: name a shell: bash, zsh or fish (see 'tunewise completion --help')\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("name", ["inventory.csv", "x.xlsx", "x.parquet", "x.jsonl"])
def test_a_table_is_sent_to_batch(name, capsys):
    path = str(SHIPPED / name)
    assert run(["decide", path]) == 2
    said = (
        f"tunewise: {path}: is a table of cases; evaluate it with 'tunewise batch {path} -o DIR'\n"
    )
    assert capsys.readouterr().err == said


def test_facts_beside_facts_are_sent_below():
    """Each by its line, and with all other mistakes."""
    with pytest.raises(UserError) as caught:
        case("name: X\nstage: pilot\ntraining_examples: 5\nfacts: {stages: pilot}\n")
    said = str(caught.value)
    assert "case.yaml:2: stage: 'stage' is a fact: put it under 'facts:', indented" in said
    assert "case.yaml:3: training_examples: " in said
    assert "did you mean 'stage'" in said


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        ("request_per_month", "requests_per_month"),
        ("requestsPerMonth", "requests_per_month"),
        ("training_example", "training_examples"),
    ],
)
def test_a_misspelt_fact_beside_facts_is_sent_below(key, fact):
    with pytest.raises(UserError) as caught:
        case(f"name: X\n{key}: 5\n")
    hint = f"unknown key '{key}'; did you mean the fact '{fact}', under 'facts:'?"
    assert str(caught.value) == f"case.yaml:2: {key}: {hint}"


def test_a_misspelt_key_of_a_case_is_not_taken_for_a_fact():
    with pytest.raises(UserError, match="unknown key 'descripton'; did you mean 'description'"):
        case("name: X\ndescripton: about\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: X\nfacts:\n\tstage: pilot\n", 3),
        ("name: Ä\nfacts:\n  stage: pilot\n \thas_examples: 'no'\n", 4),
        ("name: X\ndescription: |\n\ttext\n", 3),
        ("\tname: X\n", 1),
    ],
)
def test_a_tab_is_called_a_tab(text, line):
    with pytest.raises(UserError) as caught:
        case(text)
    assert str(caught.value) == f"case.yaml:{line}: is not YAML: a tab; indent with spaces"


def test_a_sign_that_yaml_keeps_for_itself_is_not_called_a_tab():
    with pytest.raises(UserError, match="cannot start any token"):
        case("name: X\nfacts: {\n\tstage: @pilot}\n")


@pytest.mark.parametrize("written", ["95", "95%", "0.95", "'95'", "'95 %'", "95.0"])
def test_a_share_is_written_as_people_write_it(written):
    assert case(f"name: X\nfacts: {{accuracy_target: {written}}}").facts == {
        "accuracy_target": 0.95
    }


@pytest.mark.parametrize("written", ["'style, format'", "[style, format]", "'format; style'"])
def test_a_set_is_written_as_in_an_inventory(written):
    assert case(f"name: X\nfacts: {{gap_kinds: {written}}}").facts == {
        "gap_kinds": ("format", "style")
    }


@pytest.mark.parametrize("written", ["150%", "150 %", "150", "1e3", "100.5"])
def test_a_percent_above_all_is_told_so(written):
    with pytest.raises(UserError) as caught:
        case(f"name: X\nfacts: {{prompt_accuracy: {written}}}")
    said = str(caught.value)
    assert said.endswith("is above 100%")
    assert "0.85" not in said


@pytest.mark.parametrize("written", ["101", "950", "-5"])
def test_a_share_beyond_all_is_refused(written):
    with pytest.raises(UserError, match="accuracy_target"):
        case(f"name: X\nfacts: {{accuracy_target: {written}}}")

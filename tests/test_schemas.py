"""The JSON Schemas: current, valid, named by every YAML file, and in one mind with the code."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from smallbook import CASES, TEXTS, book, changed, write
from strategies import assembled, write_rulebook

from tunewise.cases.case import Case, parse_case, read_case
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble, load
from tunewise.reading import parse_yaml, read
from tunewise.record.decision import as_record
from tunewise.schemas.build import schemas, texts

ROOT = Path(__file__).parents[1]
RULES = Path(str(files("tunewise.rules")))
DAY = date(2026, 11, 22)
NAMES = (
    "facts", "decisions", "rulebook", "sources", "remedies", "rules", "costs", "case", "cases", "mapping",
    "organisation", "decision", "record", "human_decision", "batch_run",
)  # fmt: skip
OF_THEIR_OWN = {f"{name}.yaml": name for name in NAMES[:5]}


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    """The shipped rulebook."""
    return load()


@pytest.fixture(scope="module")
def validators(shipped: Rulebook) -> dict[str, Draft202012Validator]:
    """A validator for each schema of the shipped rulebook."""
    return {name: Draft202012Validator(schema) for name, schema in schemas(shipped).items()}


@pytest.fixture(scope="module")
def small() -> dict[str, Draft202012Validator]:
    """A validator for each schema of the small rulebook."""
    return {name: Draft202012Validator(schema) for name, schema in schemas(book()).items()}


def yaml_files() -> Iterator[tuple[Path, str, str]]:
    """Every YAML file that is shipped or in the repository, its schema's name, the way there."""
    for path in sorted(RULES.glob("*.yaml")):
        yield path, OF_THEIR_OWN.get(path.name, "rules"), "schemas"
    for path in sorted((RULES / "costs").glob("*.yaml")):
        yield path, "costs", "../schemas"
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        yield path, "case", "../rules/schemas"
    for path in sorted((ROOT / "examples" / "organisation").glob("*.yaml")):
        yield path, "organisation", "../../rules/schemas"
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        yield path, "cases", "../../rules/schemas"


def label(value: object) -> str | None:
    """A file by its own name in a test's name."""
    return value.name if isinstance(value, Path) else None


def complaints(validator: Draft202012Validator, data: Any) -> list[str]:
    """What a schema has against data, a line each."""
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(data)]


def test_every_schema_is_shipped_and_current(shipped: Rulebook) -> None:
    """The files in rules/schemas are what the model makes of the rulebook, and no others are there."""
    found = {path.name: path.read_text(encoding="utf-8") for path in (RULES / "schemas").iterdir()}
    assert sorted(found) == sorted(f"{name}.schema.json" for name in NAMES)
    stale = [name for name, text in texts(shipped).items() if found[name] != text]
    assert stale == [], "run 'python -m tunewise.schemas'"


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str, validators: dict[str, Draft202012Validator]) -> None:
    """Each is valid draft 2020-12, says so, has a title, and refers to nothing outside itself."""
    schema = validators[name].schema
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    for reference in re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema)):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


@pytest.mark.parametrize(("path", "name", "folder"), list(yaml_files()), ids=label)
def test_every_yaml_file_names_its_schema(path: Path, name: str, folder: str) -> None:
    """An editor finds the schema by the first line."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    assert first == f"# yaml-language-server: $schema={folder}/{name}.schema.json"


@pytest.mark.parametrize(("path", "name", "folder"), list(yaml_files()), ids=label)
def test_every_yaml_file_meets_its_schema(
    path: Path, name: str, folder: str, validators: dict[str, Draft202012Validator]
) -> None:
    """What is shipped is valid by the schema that it names."""
    assert complaints(validators[name], read(path).data) == []


def records(rulebook: Rulebook, cases: Iterable[Case]) -> list[dict[str, Any]]:
    """The decisions on cases, as they are read back from JSON."""
    evaluator = Evaluator(rulebook, DAY)
    try:
        return [json.loads(json.dumps(as_record(evaluator.evaluate(case)))) for case in cases]
    finally:
        evaluator.close()


def test_decisions_meet_their_schema(
    shipped: Rulebook, validators: dict[str, Draft202012Validator]
) -> None:
    """The JSON of every example, and of a case of which nothing is known, is valid."""
    cases = [read_case(path, shipped.facts) for path in sorted((ROOT / "examples").glob("*.yaml"))]
    for record in records(shipped, [*cases, Case("Nothing is known", {})]):
        assert complaints(validators["decision"], record) == []


def test_blocked_decisions_and_other_rulebooks_meet_the_schema(
    small: dict[str, Draft202012Validator],
) -> None:
    """So is what a rulebook without costs says, a decision all of whose options are vetoed included."""
    rulebook = book(
        (
            "data.yaml",
            "{exclude: {approach: fine_tuning}}",
            "{exclude: {approach: [prompting, fine_tuning]}}",
        )
    )
    found = records(rulebook, [Case("Blocked", {"may_train": False}), Case("Nothing", {})])
    assert found[0]["recommendation"]["approach"] == "blocked"
    assert found[0]["decisions"][0]["lifted_by"]
    for record in [*found, found]:
        assert complaints(small["decision"], record) == []


def test_the_command_prints_what_the_schema_says(
    validators: dict[str, Draft202012Validator], capsys: pytest.CaptureFixture[str]
) -> None:
    """`decide --format json` prints one valid object for a case, a valid list for two."""
    paths = sorted(map(str, (ROOT / "examples").glob("*.yaml")))[:2]
    for chosen in (paths[:1], paths):
        assert run(["decide", *chosen, "--format", "json", "--as-of", "2026-11-22"]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert isinstance(printed, list) == (len(chosen) > 1)
        assert complaints(validators["decision"], printed) == []


def objects(data: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every object in plain data whose keys are fixed."""
    if isinstance(data, dict):
        yield where
    parts = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, part in parts:
        yield from objects(part, (*where, key))


TABLES = re.compile(
    r"^(facts|versions|recommendation|unknown|costs|cost_basis\.assumptions|firings\.\d+\.facts|"
    r"(firings|near_misses)\.\d+\.conclusion\.\w+|cost_basis\.assumptions\.\w+\.(value|default))$"
)


def test_the_decision_schema_is_strict(
    shipped: Rulebook, validators: dict[str, Draft202012Validator]
) -> None:
    """A key too many in any object of fixed keys is refused, and so is any top-level key too few."""
    example = read_case(ROOT / "examples" / "support_triage.yaml", shipped.facts)
    (record,) = records(shipped, [example])
    schema = validators["decision"].schema
    validator = Draft202012Validator({**schema["$defs"]["decision"], "$defs": schema["$defs"]})
    seen = set()
    for where in objects(record):
        shape = tuple("*" if isinstance(part, int) else part for part in where)
        if shape in seen or TABLES.match(".".join(map(str, where))):
            continue
        seen.add(shape)
        held = record
        for part in where:
            held = held[part]
        held["surplus"] = 1
        assert not validator.is_valid(record), where
        del held["surplus"]
    for key in record:
        assert not validator.is_valid({k: v for k, v in record.items() if k != key}), key


PRIOR = (
    "decisions.yaml",
    "    question: How?\n",
    """\
    question: How?
    prior: {{option: {}, strength: {}, because: It is the least., sources: [DOC2], checked: "2026-11-22"}}
""",
)

# What the loader refuses, the editor marks: in one file of the small rulebook.
WRONG = {
    "unknown fact": ("data.yaml", "{examples: {at_least", "{exampels: {at_least"),
    "unknown comparison": ("data.yaml", "{at_least: 500}", "{atleast: 500}"),
    "comparison of another type": ("data.yaml", "{may_train: {is: false}}", "{may_train: {above: false}}"),
    "ordering of a set": ("need.yaml", "{gaps: {includes: style}}", "{gaps: {at_least: style}}"),
    "literal of another type": ("data.yaml", "{at_least: 500}", "{at_least: many}"),
    "literal out of bounds": ("data.yaml", "{at_least: 500}", "{at_least: 1000001}"),
    "part of a whole": ("data.yaml", "{at_least: 500}", "{at_least: 1.5}"),
    "unknown value": ("need.yaml", "{stage: {is: exploration}}", "{stage: {is: explore}}"),
    "unknown other fact": ("need.yaml", "{fact: target}", "{fact: stage}"),
    "factor of 0": ("need.yaml", "{fact: target}", "{fact: target, times: 0}"),
    "less of no number": ("need.yaml", "{fact: target}", "{fact: target, less: stage}"),
    "less of a truth": ("need.yaml", "{fact: target}", "{fact: target, less: true}"),
    "empty exception": ("data.yaml", "{examples: {at_least: 500}}", "{examples: {at_least: 500}}\n    unless: {}"),
    "unknown fact of an exception": ("data.yaml", "{examples: {at_least: 500}}",
                                     "{examples: {at_least: 500}}\n    unless: {exampels: {known: true}}"),
    "end that is no date": ("data.yaml", "    disputed_by:", "    until: soon\n    disputed_by:"),
    "prior of an unknown strength": (*PRIOR[:2], PRIOR[2].format("prompting", "mild")),
    "presence that is false": ("data.yaml", "{at_least: 500}", "{known: false}"),
    "empty condition": ("data.yaml", "{examples: {at_least: 500}}", "{}"),
    "empty join": ("data.yaml", "{examples: {at_least: 500}}", "{any: []}"),
    "unknown option": ("data.yaml", "{support: {approach: fine_tuning}", "{support: {approach: tuning}"),
    "two decisions": ("data.yaml", "{exclude: {approach: fine_tuning}}",
                      "{exclude: {approach: fine_tuning, hosting: public_api}}"),
    "unknown strength": ("data.yaml", "strength: moderate", "strength: medium"),
    "missing strength": ("data.yaml", ", strength: moderate", ""),
    "strength of a veto": ("data.yaml", "{exclude: {approach: fine_tuning}}",
                           "{exclude: {approach: fine_tuning}, strength: weak}"),
    "two conclusions": ("data.yaml", "{exclude: {approach: fine_tuning}}",
                        "{exclude: {approach: fine_tuning}, derive: {falls_short: true}}"),
    "deriving what is given": ("need.yaml", "{derive: {falls_short: true}}", "{derive: {may_train: true}}"),
    "unknown kind of advice": ("need.yaml", "advise: pitfall", "advise: trap"),
    "unknown source": ("data.yaml", "[DOC1]", "[DOC9]"),
    "no date": ("need.yaml", '    because: Tuned models go stale.\n    sources: [DOC2]\n    checked: "2026-11-22"',
                "    because: Tuned models go stale.\n    sources: [DOC2]\n    checked: lately"),
    "unknown key of a rule": ("data.yaml", "    disputed_by:", "    disputed:"),
    "unknown key of a file": ("data.yaml", "title: Data", "name: Data"),
    "missing reason": ("data.yaml", "    because: Nothing may be trained on.\n", ""),
    "unknown type": ("facts.yaml", "type: boolean\n    group", "type: bool\n    group"),
    "choice without values": ("facts.yaml", "    values: {style: style, format: format}\n", ""),
    "number with values": ("facts.yaml", "    unit: examples\n", "    values: {a: b}\n"),
    "decided fact": ("facts.yaml", "origin: derived", "origin: decided"),
    "question on an unknown fact": ("facts.yaml", "ask_when: {stage:", "ask_when: {stages:"),
    "unknown group": ("facts.yaml", "type: boolean\n    group: task", "type: boolean\n    group: tsk"),
    "one option": ("decisions.yaml", "      self_hosted: {label: own machines}\n", ""),
    "unknown key of an option": ("decisions.yaml", "{label: own machines}", "{label: own machines, sez: x}"),
    "missing strength of the header": ("rulebook.yaml", "weak: 1, ", ""),
    "points that are no integer": ("rulebook.yaml", "weak: 1", "weak: 1.5"),
    "item without words": ("sources.yaml", "{says: Ask for permission}", "{section: x}"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG, ids=str)
def test_editors_mark_what_the_loader_refuses(
    mistake: str, small: dict[str, Draft202012Validator]
) -> None:
    """A mistake that stops a rulebook from loading is one by its schema, too."""
    name, _, _ = WRONG[mistake]
    spoilt = changed(WRONG[mistake])
    with pytest.raises(UserError):
        assemble(spoilt, "book")
    validator = small[OF_THEIR_OWN.get(name, "rules")]
    assert complaints(validator, parse_yaml(TEXTS[name], name).data) == []
    assert complaints(validator, parse_yaml(spoilt[name], name).data) != []


# A value for a fact, and whether it may stand in a case.
VALUES = [
    ("stage", "pilot", True), ("stage", "pilto", False), ("stage", ["pilot"], False), ("stage", True, False),
    ("examples", 0, True), ("examples", 3.0, True), ("examples", 3.5, False), ("examples", -1, False),
    ("examples", 1_000_001, False), ("examples", "3", True), ("examples", "3,000", True), ("examples", "many", False),
    ("examples", True, False), ("accuracy", "95%", True), ("accuracy", 0.85, True), ("accuracy", 85, True),
    ("accuracy", 1.5, False),
    ("accuracy", 1, True),
    ("gaps", [], True), ("gaps", ["style", "format"], True), ("gaps", "style", True),
    ("gaps", "style, format", True), ("gaps", "stile", False), ("gaps", ["other"], False),
    ("may_train", True, True), ("may_train", "yes", True), ("may_train", "no", True), ("may_train", 1, False),
    ("may_train", "maybe", False), ("base_model", "openai/gpt", True), ("base_model", 3, False),
    ("base_model", "x" * 201, False), ("falls_short", True, False), ("approach", "prompting", False),
    ("unheard_of", 1, False),
    *((fact, value, True) for fact in ("stage", "examples", "gaps", "may_train") for value in (None, "unknown", "")),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value", "fits"), VALUES)
def test_editors_and_cases_agree_on_values(
    fact: str, value: object, fits: bool, small: dict[str, Draft202012Validator]
) -> None:
    """A value fits the schema of a case exactly where the case is accepted."""
    data = {"name": "A case", "facts": {fact: value}}
    assert (complaints(small["case"], data) == []) == fits
    document = parse_yaml(json.dumps(data), "case.yaml")
    if fits:
        parse_case(document, book().facts)
    else:
        with pytest.raises(UserError):
            parse_case(document, book().facts)


@pytest.mark.parametrize(
    ("old", "new"),
    [("name: Enough", "title: Enough"), ("{examples: 500}", "{exampels: 500}"), ("[DOC1]", "[DOC9]"),
     ("approach: fine_tuning, hosting", "approach: tuning, hosting"),
     ("fires: [data.enough], advice", "fires: data.enough, advice"),
     ("{approach: [prompting], not", "{unheard_of: 1, not"),
     ("vetoed: {approach: fine_tuning}", "vetoed: {approach: blocked}")],
)  # fmt: skip
def test_editors_mark_mistakes_in_rule_cases(
    old: str, new: str, small: dict[str, Draft202012Validator]
) -> None:
    """Rules' cases are checked as they are read, but for the ids of rules."""
    assert CASES.count(old) == 1
    assert complaints(small["cases"], parse_yaml(CASES, "x").data) == []
    assert complaints(small["cases"], parse_yaml(CASES.replace(old, new), "x").data) != []


@pytest.mark.parametrize("seed", range(6))
def test_editors_leave_alone_what_loads(seed: int) -> None:
    """Random rulebooks that load are valid by the schemas made of them."""
    rulebook = assembled(write_rulebook(Random(seed)))
    assert rulebook is not None
    made = schemas(rulebook)
    for name, text in rulebook.texts.items():
        validator = Draft202012Validator(made[OF_THEIR_OWN.get(name, "rules")])
        assert complaints(validator, parse_yaml(text, name).data) == []


def schemas_run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m tunewise.schemas`."""
    command = [sys.executable, "-m", "tunewise.schemas", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_program_writes_and_checks(tmp_path: Path) -> None:
    """It writes every schema of a rulebook; --check tells a stale one and leaves it alone."""
    folder = write(tmp_path)
    first = schemas_run("--rules", str(folder))
    assert (first.returncode, len(first.stdout.splitlines())) == (0, len(NAMES))
    assert schemas_run("--rules", str(folder), "--check").returncode == 0
    target = folder / "schemas" / "rules.schema.json"
    target.write_text("{}", encoding="utf-8")
    stale = schemas_run("--rules", str(folder), "--check")
    assert (stale.returncode, stale.stdout) == (1, "")
    assert stale.stderr == "not current: rules.schema.json; run 'python -m tunewise.schemas'\n"
    assert target.read_text(encoding="utf-8") == "{}"


def test_the_program_refuses_a_broken_rulebook(tmp_path: Path) -> None:
    """A rulebook that does not load is a status of 2 and its mistakes, and nothing is written."""
    folder = write(tmp_path, changed(("data.yaml", "[DOC1]", "[DOC9]")))
    for arguments in ([], ["--check"]):
        done = schemas_run("--rules", str(folder), *arguments)
        assert done.returncode == 2
        assert "unknown source item 'DOC9'" in done.stderr
    assert not (folder / "schemas").exists()

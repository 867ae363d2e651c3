"""What is installed: the version, the data, the command, and what importing it costs."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, requires, version
from importlib.resources import files
from pathlib import Path

import pytest

import tunewise

ROOT = Path(__file__).parents[1]

HEAVY = (
    "charset_normalizer",
    "cryptography",
    "durable_rules_engine",
    "genai_prices",
    "importlib.metadata",
    "jinja2",
    "numpy",
    "polars",
    "prompt_toolkit",
    "pyarrow",
    "pydantic",
    "python_calamine",
    "questionary",
    "ray",
    "rich",
    "xlsxwriter",
)

HELP = """
import sys
sys.argv = ["tunewise", "--help"]
from tunewise.commands.program import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def heavy_after(code: str) -> list[str]:
    """The heavy modules that running the code adds to a fresh interpreter."""
    program = (
        f"import sys; before = set(sys.modules)\n{code}\n"
        f"print('loaded:', *sorted((set(sys.modules) - before) & set({HEAVY!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60
    )
    return done.stdout.splitlines()[-1].split()[1:]


def preflight(python: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the check that goes before every set-up."""
    return subprocess.run(
        [ROOT / ".ci" / "preflight", python],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        text=True,
        timeout=60,
    )


def program(path: Path, text: str) -> str:
    """Write a shell script that stands in for a program; return its path."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_version_is_the_newest_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[?v?(\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)
    assert released, "CHANGELOG.md has no heading like '## 0.1.0'"
    assert tunewise.__version__ == version("tunewise") == released[0]


def test_an_unknown_attribute_is_still_an_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        tunewise.nonsense  # noqa: B018


def names_in(module: Path) -> set[str]:
    """The names that a module's code uses."""
    nodes = ast.walk(ast.parse(module.read_text()))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize("code", ["import tunewise", "import tunewise.commands.program", HELP])
def test_what_every_command_pays_for_loads_nothing_heavy(code):
    assert heavy_after(code) == []


def test_a_single_case_is_decided_without_numpy():
    """What works on columns is imported for tables alone."""
    code = "import tunewise; tunewise.evaluate({'name': 'x', 'facts': {'training_examples': 600}})"
    assert {"numpy", "polars", "pyarrow"}.isdisjoint(heavy_after(code))


def test_kinds_of_conclusions_are_told_apart_in_one_module_alone():
    """Others ask a conclusion; only what reads rule files makes one."""
    kinds = {"Derive", "Weigh", "Exclude", "Advise"}
    package = Path(str(files("tunewise")))
    named = {path: names_in(path) & kinds for path in package.rglob("*.py")}
    knowing = {path.relative_to(package).as_posix() for path, names in named.items() if names}
    assert knowing == {"knowledge/conclusions.py", "loading/parsing.py", "loading/rulefile.py"}
    assert "isinstance" not in (package / "knowledge/conclusions.py").read_text()


@pytest.mark.parametrize(
    ("package", "pattern"),
    [
        ("tunewise.rules", "facts.yaml"),
        ("tunewise.rules", "decisions.yaml"),
        ("tunewise.rules", "sources.yaml"),
        ("tunewise.rules", "costs/*.yaml"),
        ("tunewise.rules", "schemas/*.json"),
        ("tunewise.templates", "**/*.j2"),
        ("tunewise", "py.typed"),
    ],
)
def test_data_is_installed_with_the_code(package, pattern):
    found = list(Path(str(files(package))).glob(pattern))
    assert found
    assert all(path.is_file() for path in found)


def test_every_package_of_the_code_is_listed_for_the_wheel():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    top = Path(str(files("tunewise")))
    packages = {
        ".".join(("tunewise", *path.parent.relative_to(top).parts))
        for path in top.rglob("__init__.py")
    }
    assert packages <= set(settings["tool"]["setuptools"]["packages"])


def test_the_command_is_installed():
    (script,) = entry_points(group="console_scripts", name="tunewise")
    assert script.value == "tunewise.commands.program:main"


def test_the_rule_engine_is_pinned_to_the_release_that_was_measured():
    assert f"durable_rules=={version('durable_rules')}" in (requires("tunewise") or [])


def test_preflight_accepts_the_machine_that_this_runs_on():
    done = preflight(sys.executable)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_preflight_names_a_missing_compiler():
    done = preflight(sys.executable, CC="no-such-compiler")
    assert done.returncode == 1
    assert "no working C compiler ('no-such-compiler')" in done.stderr
    assert "apt-get install gcc libc6-dev" in done.stderr
    assert "dnf install gcc" in done.stderr
    assert "xcode-select --install" in done.stderr


def test_preflight_names_missing_headers(tmp_path):
    blind = 'for word; do case $word in *.c) ! grep -q Python.h "$word" || exit 1;; esac; done'
    done = preflight(sys.executable, CC=program(tmp_path / "cc", blind))
    assert done.returncode == 1
    assert "no C headers (Python.h)" in done.stderr
    assert f"apt-get install python3.{sys.version_info.minor}-dev" in done.stderr


def test_preflight_names_a_python_that_is_too_old(tmp_path):
    done = preflight(program(tmp_path / "python3.10", "echo 3.10"))
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "is 3.10" in done.stderr


def test_preflight_names_a_python_that_is_not_there():
    done = preflight("no-such-python")
    assert done.returncode == 1
    assert "'no-such-python' does not run" in done.stderr
    assert "PYTHON=python3.13" in done.stderr


def test_preflight_names_a_missing_venv(tmp_path):
    bare = f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'
    done = preflight(program(tmp_path / "python", bare))
    assert done.returncode == 1
    assert "no venv or ensurepip" in done.stderr
    assert "-venv" in done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="takes make")
def test_clean_removes_what_was_built_and_nothing_else(tmp_path):
    kept = tmp_path / "rules" / "data.yaml"
    built = [
        tmp_path / name for name in (".venv/pyvenv.cfg", "dist/a.whl", "tests/__pycache__/a.pyc")
    ]
    for path in (kept, *built):
        path.parent.mkdir(parents=True)
        path.touch()
    command = ["make", "--silent", "-f", ROOT / "Makefile", "clean"]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)
    assert kept.exists()
    assert not any(path.parent.exists() for path in built)

"""How the code is laid out: its rooms, their names, and the size of what stands in them."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP = Path(str(files("tunewise")))
MODULES = {
    ".".join(("tunewise", *path.relative_to(TOP).with_suffix("").parts)): path
    for path in sorted(TOP.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}

LANGUAGE = {"click", "msgspec", "numpy", "pyarrow", "rich"}
"""Libraries that several modules speak: how commands are declared, plain data, columns, tables in transit, text."""
LONGEST_MODULE, LONGEST_FUNCTION = 330, 45


def room(module: str) -> str:
    """The package under `tunewise` that a module stands in, or its own name at the top."""
    return module.split(".")[1]


def imported(module: str) -> Iterator[str]:
    """The names of the modules that a module imports, at any depth of its code."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{module} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def entered(module: str) -> set[str]:
    """The other rooms that a module imports from."""
    ours = (name for name in imported(module) if name.startswith("tunewise."))
    return {room(name) for name in ours} - {room(module)}


def public(module: str) -> Iterator[str]:
    """The public names that a module makes at its top level, not those that it imports."""
    for node in TREES[module].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [
                n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)
            ]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def test_rooms_do_not_import_each_other_in_a_circle() -> None:
    """A newcomer can read the rooms in an order in which each builds on those before it."""
    rooms = {room(module) for module in MODULES} - {"__init__", "__main__"}
    graph: dict[str, set[str]] = {name: set() for name in rooms}
    for module in MODULES:
        if room(module) in rooms:
            graph[room(module)] |= entered(module) & rooms
    assert tuple(TopologicalSorter(graph).static_order())


def test_no_name_stands_at_the_top_of_two_modules() -> None:
    """Whoever reads a name or searches for it finds one thing."""
    places = defaultdict(set)
    for module in MODULES:
        for name in public(module):
            places[name].add(module)
    assert {name: sorted(found) for name, found in places.items() if len(found) > 1} == {}


def test_each_foreign_library_is_known_to_one_module() -> None:
    """A library can be replaced in one place."""
    knowing = defaultdict(set)
    for module in MODULES:
        for name in imported(module):
            library = name.partition(".")[0]
            if library not in sys.stdlib_module_names | LANGUAGE | {"tunewise"}:
                knowing[library].add(module)
    assert {library: found for library, found in knowing.items() if len(found) > 1} == {}


@pytest.mark.parametrize("module", MODULES)
def test_no_module_and_no_function_is_long(module: str) -> None:
    """What is too long to be read at once is divided."""
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= LONGEST_MODULE
    functions = (n for n in ast.walk(TREES[module]) if isinstance(n, ast.FunctionDef))
    assert [f.name for f in functions if f.end_lineno - f.lineno >= LONGEST_FUNCTION] == []


def test_the_map_in_the_readme_names_each_room() -> None:
    """Every package, and every module beside them, once; none that is gone."""
    shown = (ROOT / "README.md").read_text("utf-8").partition("| room |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in shown.splitlines()[2:]]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    rooms = {path.parent.name for path in TOP.glob("*/__init__.py")} - {"rules", "templates"}
    there = [f"{name}/" for name in rooms]
    there += [path.name for path in TOP.glob("[a-z]*.py")]
    assert sorted(named) == sorted(there)

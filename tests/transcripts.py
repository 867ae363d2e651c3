"""The transcripts in the project's documents: runs them, compares them, and writes them anew.

A transcript is a block of a Markdown file that starts with ```console. Its lines that begin with `$ ` are
commands, run by one shell in a copy of the examples, one after another; the lines below each are what it prints.
`python tests/transcripts.py docs/audit.md` writes what they print now into a file.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(?<=```console\n)(?:(?!```).*\n)+")
COMMAND = "$ "
MARK = "--- next ---"


def commands(block: str) -> list[str]:
    """The commands of a block."""
    return [line.removeprefix(COMMAND) for line in block.splitlines() if line.startswith(COMMAND)]


def printed(block: str, folder: Path) -> str:
    """The block as its commands print it now, run in a folder that holds the examples."""
    script = "\n".join(f"{command}\necho '{MARK}'" for command in commands(block))
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "TERM": "dumb"},
        text=True,
        timeout=120,
    )
    outputs = done.stdout.split(f"{MARK}\n")
    lines: list[str] = []
    for command, output in zip(commands(block), outputs, strict=False):
        lines += [COMMAND + command, *(line.rstrip() for line in output.splitlines())]
    return "\n".join(lines) + "\n"


def blocks(document: Path) -> list[str]:
    """The transcripts of a document."""
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def prepared(folder: Path) -> Path:
    """A folder with a copy of the examples, in which commands may write."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def rewrite(document: Path, folder: Path) -> None:
    """Write into a document what its commands print now."""
    text = document.read_text(encoding="utf-8")
    text = BLOCK.sub(lambda block: printed(block.group(), folder), text)
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as empty:
            rewrite(Path(name), prepared(Path(empty)))

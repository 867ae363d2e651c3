"""What the project's documents tell people to run: runs it, compares what it prints, and writes that anew.

A transcript is a block of a Markdown file that starts with ```console. Its lines that begin with `$ ` are
commands, run by one shell in a copy of the examples, one after another; the lines below each are what it prints, and
a last line `…` stands for the rest. Commands in the midst of a sentence, between backticks, are run one by one.
`python tests/transcripts.py docs/audit.md` writes what its transcripts print now into a file.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
]
BLOCK = re.compile(r"(?<=```console\n)(?:(?!```).*\n)+")
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
STARTS = re.compile(r"(tunewise|make|pip|python3?|ray|apt|[A-Z]+=\S+ pip|\.) \S")
COMMAND, REST = "$ ", "…"
MARK = "--- next ---"

ELSEWHERE = {
    "make": "CI runs every target: test_ci_runs_every_target_of_the_makefile",
    "python benchmarks/": "the Makefile runs every benchmark, and CI the Makefile",
    "tunewise ask": "needs a person at a terminal: test_ask.py is one, through pexpect",
    "tunewise rules test": "takes twenty seconds: `make knowledge` runs it, with its coverage",
    "tunewise rules prove": "takes a minute: `make knowledge` runs it",
    "tunewise rules diff OLD --prove": "takes minutes, and an older rulebook: test_proving.py compares others",
    "tunewise rules new load.low_load": "that rule is there by now: test_rules_new.py writes others",
    "tunewise batch inventory/ -o DIR --on ray": "takes Ray, and counts seconds: test_ray.py",
    "tunewise batch FOLDER -o DIR --on ray": "takes Ray, and counts seconds: test_ray.py",
    "tunewise batch '/shared/": "takes a cluster: test_ray.py gives addresses",
    "ray job submit": "takes a cluster",
    "apt install": "changes the machine: .ci/run installs the same where it is missing",
    "pip install 'tunewise[ray]'": "takes a release: `make test` installs the extra from here",
    "pip install 'tunewise[timestamp]'": "takes a release: `make test` installs what tests need from here",
    ". .venv/bin/activate": "changes the shell that it is typed into: .ci/run does it",
    "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install .": ".ci/run does it",
    "python -c pass": "what start-up is measured against, by benchmarks/run.py",
}
"""The beginnings of commands that are not run from here, and why."""


def elsewhere(command: str) -> bool:
    """Whether a command is run by something else than these tests."""
    return command.startswith(tuple(ELSEWHERE))


def commands(block: str) -> list[str]:
    """The commands of a block, without the remarks behind them."""
    lines = [line.removeprefix(COMMAND) for line in block.splitlines() if line.startswith(COMMAND)]
    return [re.sub(r"\s+# .*", "", line) for line in lines]


def ran(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A script run by a shell in a folder, where this environment's programs come first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "TERM": "dumb"},
        text=True,
        timeout=300,
    )


def printed(block: str, folder: Path) -> str:
    """The block as its commands print it now, run in a folder that holds the examples."""
    if all(map(elsewhere, commands(block))):
        return block
    script = "\n".join(f"{command}\necho '{MARK}'" for command in commands(block))
    outputs = ran(script, folder).stdout.split(f"{MARK}\n")
    lines: list[str] = []
    for shown, output in zip(parts(block), outputs, strict=False):
        found = [line.rstrip() for line in output.splitlines()]
        rest = len(shown) - 2 if shown[-1] == REST else len(found)
        lines += [shown[0], *found[:rest], *([REST] if shown[-1] == REST else [])]
    return "\n".join(lines) + "\n"


def parts(block: str) -> list[list[str]]:
    """The lines of each command of a block: itself, and what is shown of what it prints."""
    found: list[list[str]] = []
    for line in block.splitlines():
        if line.startswith(COMMAND):
            found.append([])
        found[-1].append(line)
    return found


def blocks(document: Path) -> list[str]:
    """The transcripts of a document."""
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def spans(document: Path) -> list[str]:
    """What stands between backticks in the midst of a document's sentences, on one line each."""
    prose = FENCED.sub("", document.read_text(encoding="utf-8"))
    return [" ".join(span.split()) for span in SPAN.findall(prose)]


def mentioned(document: Path) -> list[str]:
    """The commands in the midst of a document's sentences, each once."""
    return sorted({span for span in spans(document) if STARTS.match(span)})


def prepared(folder: Path) -> Path:
    """A folder with a copy of the examples, in which commands may write."""
    shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)
    return folder


def settled(text: str) -> str:
    """A text without what differs from run to run: new keys, the time of signing, and newer dependencies."""
    text = re.sub(r"made with other versions: .*\n", "", text)
    text = re.sub(r"(public key, |by key )[0-9a-f]{64}", r"\1KEY", text)
    text = re.sub(r"(key is \S+\+)\S+", r"\1KEY", text)
    text = re.sub(r"(key is [^+]*\+|\N{EM DASH} \S+ )\S+", r"\1KEY", text)
    text = re.sub(r"(cosigned by \S+), \S+", r"\1, TIME", text)
    return re.sub(r"signed, \S+, by", "signed, TIME, by", text)


def rewrite(document: Path, folder: Path) -> None:
    """Write into a document what its commands print now; what differs from run to run alone stays as it is."""
    text = document.read_text(encoding="utf-8")
    document.write_text(BLOCK.sub(lambda b: renewed(b.group(), folder), text), encoding="utf-8")


def renewed(block: str, folder: Path) -> str:
    """A block as its commands print it now, or as it was where that is the same."""
    now = printed(block, folder)
    return block if settled(now) == settled(block) else now


if __name__ == "__main__":
    import tempfile

    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as empty:
            rewrite(Path(name), prepared(Path(empty)))

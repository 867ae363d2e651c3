"""Feeds broken and hostile files to the commands: none may end in a traceback, a crash, or beyond its bounds.

`python tests/hostile.py --inputs 4000 --seed 1` makes files out of good ones, by flipped, lost and doubled bytes, cut
ends and words that have done harm, and gives each to a command in a process of its own. The same seed makes the same
files.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tunewise.commands.program import run

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SECONDS, BYTES = 60, 2 << 30
"""What one input may take; on a machine that is busy, as much longer as each process waits for its turn."""
STATUSES = (0, 1, 2, 3)
AS_OF = ("--as-of", "2026-11-22")
WORDS = (
    b"\xff\xfe", b"\0", b"\xed\xa0\x80", b"9" * 400, b"1e400", b"-1e300", b"NaN", b"Infinity", b"- - - -",
    b"&a [*a, *a]", b"[" * 2000, b"{" * 2000, b'"' * 3, b"\r\n", b"\n" * 5000, b"\xe2\x80\xae", b"\x1b[31m",
    b"=cmd|'/c calc'!A1", b"0x10", b"1_0", b"!!python/object", b"? :", b"%TAG", b"\t", b"null", b"true", b"3.000",
    b'"\\ud800"', b"{{ 7 * 7 }}", b"{% for x in range(10**9) %}", b"9999-12-31T23:59:60Z", b"-0", b"unknown",
)  # fmt: skip
"""Bytes that have done harm somewhere."""


@dataclass(frozen=True)
class Target:
    """A good file, and the command that a bad one in its place is given to."""

    source: Path
    name: str
    command: Callable[[str], list[str]]


def evidence(folder: Path) -> list[Target]:
    """A log with a checkpoint and a proof, and all that reads them."""
    for name in ("decisions.jsonl", "decisions.jsonl.rulebooks"):
        copy = shutil.copytree if (EXAMPLES / name).is_dir() else shutil.copy
        copy(EXAMPLES / name, folder / name)
    log, key, note = (str(folder / name) for name in ("decisions.jsonl", "key", "note"))
    person = ["--by", "A", "--role", "B", "--reason", "C"]
    quiet(["audit", "keygen", key])
    quiet(["audit", "approve", log, "1", *person])
    quiet(["audit", "checkpoint", log, "--key", key, "--origin", "example.com/log", "-o", note])
    quiet(["audit", "prove", log, "2", "--checkpoint", note, "-o", str(folder / "proof")])
    public = f"{key}.pub"
    commands: list[tuple[str, Callable[[str], list[str]]]] = [
        ("decisions.jsonl", lambda path: ["audit", "verify", path]),
        ("decisions.jsonl", lambda path: ["audit", "verify", path, "--since", note]),
        ("decisions.jsonl", lambda path: ["audit", "list", path, "--overridden"]),
        ("decisions.jsonl", lambda path: ["audit", "show", path, "1", "--full"]),
        ("decisions.jsonl", lambda path: ["audit", "replay", path, "--sample", "1"]),
        ("decisions.jsonl", lambda path: ["audit", "approve", path, "1", *person]),
        (
            "note",
            lambda path: ["audit", "verify", log, "--quick", "--since", path, "--key", public],
        ),
        ("proof", lambda path: ["audit", "check", path, "--key", public]),
        ("key.pub", lambda path: ["audit", "check", str(folder / "proof"), "--key", path]),
    ]
    return [Target(folder / name, name, command) for name, command in commands]


def inputs(folder: Path) -> list[Target]:
    """Cases, inventories and templates."""
    case = str(EXAMPLES / "legal_clauses.yaml")
    report = Path(str(files("tunewise.templates"))) / "report.txt.j2"
    decide = ["decide", case, *AS_OF]
    return [
        Target(EXAMPLES / "legal_clauses.yaml", "case.yaml", lambda path: ["decide", path, *AS_OF]),
        Target(EXAMPLES / "support_triage.yaml", "case.json", lambda path: ["decide", path, *AS_OF]),
        Target(
            EXAMPLES / "inventory.csv",
            "inventory.csv",
            lambda path: ["batch", path, "-o", f"{path}.out", *AS_OF],
        ),
        Target(report, "report.txt.j2", lambda path: [*decide, "--templates", str(Path(path).parent)]),
        Target(EXAMPLES / "inventory.csv", "hidden.yaml", lambda path: [
            *decide, "--log", str(folder / "private"), "--privacy", path
        ]),
    ]  # fmt: skip


def quiet(arguments: list[str]) -> None:
    """Run a command that makes what others read."""
    sent = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        assert run(arguments) == 0
        sys.stdout.flush()
    finally:
        os.dup2(sent, 1)
        os.close(sent)


def broken(data: bytes, chance: random.Random) -> bytes:
    """A file with one to four things wrong with it."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(found) + 1), chance.choice((1, 1, 4, 40, 4000))
        way = chance.randrange(5)
        if way == 0 and at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            del found[at : at + size]
        elif way == 2:
            found[at:at] = found[at : at + size] * chance.choice((1, 2, 50))
        elif way == 3:
            found[at:at] = chance.choice(WORDS)
        else:
            del found[at:]
    return bytes(found)


def ended(arguments: list[str], said: Path) -> str:
    """What is wrong with how a command ended, '' where nothing is."""
    pid = os.fork()
    if not pid:
        child(arguments, said)
    end = time.monotonic() + SECONDS * waiting()
    while (status := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return f"took more than {SECONDS} s of its turns"
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(status[1])
    text = said.read_text("utf-8", "replace")
    if "Traceback (most recent" in text:
        return f"a traceback: {text.strip().splitlines()[-1]}"
    if "\x1b[31m" in text:
        return "an escape sequence was let through"
    return "" if code in STATUSES else f"ended with {code}: {text[-200:]}"


def waiting() -> float:
    """How many processes there are for each core, at least one: so much slower goes each of them."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def child(arguments: list[str], said: Path) -> None:
    """Run a command as a process of its own would, within bounds, and end."""
    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(handle, stream)
    sys.stdout, sys.stderr = (open(stream, "w", closefd=False) for stream in (1, 2))  # noqa: SIM115
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    try:
        status = run(arguments)
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 99
    sys.stderr.flush()
    os._exit(status)


def campaign(count: int, seed: int, kept: Path | None = None) -> list[str]:
    """What went wrong with so many inputs, a line each; those that did harm are kept in a folder."""
    chance, wrong = random.Random(seed), []
    with tempfile.TemporaryDirectory(prefix="tunewise-hostile-") as name:
        folder = Path(name)
        targets = [*evidence(folder), *inputs(folder)]
        for number in range(count):
            target = targets[number % len(targets)]
            place = folder / f"{number}"
            place.mkdir()
            path = place / target.name
            path.write_bytes(broken(target.source.read_bytes(), chance))
            if target.name == "decisions.jsonl":
                Path(f"{path}.rulebooks").symlink_to(folder / "decisions.jsonl.rulebooks")
            fault = ended(target.command(str(path)), folder / "said")
            if fault:
                wrong.append(f"{number}: {' '.join(target.command(target.name)[:2])}: {fault}")
                if kept is not None:
                    shutil.copy(path, kept / f"{seed}-{number}-{target.name}")
            shutil.rmtree(place)
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that did harm")
    given = parser.parse_args()
    faults = campaign(given.inputs, given.seed, given.keep)
    print(*faults, f"{given.inputs:,} inputs of seed {given.seed}, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)

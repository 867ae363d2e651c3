"""Time stamps of checkpoints: asked for, attached, verified without a network; whatever is wrong is said in a line.

The authority in `stamps/` is of our own making (openssl): its root, another root, and its answer on a checkpoint of
the log in `logs/`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import rfc3161_client

from tunewise.commands.program import run
from tunewise.log import time_stamps
from tunewise.log.checkpoints import read_checkpoint

HERE = Path(__file__).parent
STAMPED = "stamped by an authority, 2026-11-28T21:08:23Z"
Said = Callable[[], str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the log, its checkpoint, the answer of the authority, and the certificates."""
    shutil.copytree(HERE / "stamps", tmp_path, dirs_exist_ok=True)
    shutil.copy(HERE / "logs" / "version1.jsonl", tmp_path / "log")
    shutil.copytree(HERE / "logs" / "version1.jsonl.rulebooks", tmp_path / "log.rulebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What was printed, on both streams."""

    def both() -> str:
        found = capsys.readouterr()
        return found.out + found.err

    return both


def verified(authority: str = "root.pem") -> int:
    """The exit status of holding the log to the checkpoint and its stamp."""
    given = ["--since", "note", "--key", "key.pub", "--authority", authority]
    return run(["audit", "verify", "log", *given])


def attached(response: str, authority: str = "root.pem") -> int:
    """The exit status of attaching an answer."""
    return run(["audit", "stamp", "note", "--response", response, "--authority", authority])


def test_a_stamp_is_attached_and_verified_offline(place: Path, said: Said) -> None:
    """The answer as it came stands beside the checkpoint; verify says when the authority had seen it."""
    answer = (place / "note.tsr").rename(place / "answer")
    assert verified() == 2
    assert attached("answer") == 0
    assert (place / "note.tsr").read_bytes() == answer.read_bytes()
    assert "note.tsr: stamped 2026-11-28T21:08:23Z" in said()
    assert verified() == 0
    assert STAMPED in said()
    assert run(["audit", "verify", "log", "--since", "note"]) == 0
    assert "stamped" not in said()


def test_a_request_asks_for_the_text_of_the_checkpoint(place: Path, said: Said) -> None:
    """With a nonce, so that two requests differ; and it replaces no checkpoint."""
    for name in ("one", "two"):
        assert run(["audit", "stamp", "note", "--request", name]) == 0
    assert (place / "one").read_bytes() != (place / "two").read_bytes()
    assert (place / "one").read_bytes()[:1] == b"\x30"  # a sequence in DER
    note = (place / "note").read_bytes()
    assert run(["audit", "stamp", "note", "--request", "note"]) == 2
    assert (place / "note").read_bytes() == note
    assert "is the checkpoint" in said()


def altered(place: Path) -> None:
    """Another size in the text of the note, which no key is asked about."""
    text = (place / "note").read_text("utf-8")
    (place / "note").write_text(text.replace("\n4\n", "\n3\n"), "utf-8")


def cut(place: Path) -> None:
    """The answer without its end."""
    raw = (place / "note.tsr").read_bytes()
    (place / "note.tsr").write_bytes(raw[: len(raw) // 2])


def flipped(place: Path) -> None:
    """One bit of the signature of the answer."""
    raw = bytearray((place / "note.tsr").read_bytes())
    raw[-1] ^= 1
    (place / "note.tsr").write_bytes(raw)


WRONG = {
    "another checkpoint": (altered, "root.pem", "does not hold: Mismatch between messages"),
    "another authority": (lambda place: None, "other.pem", "does not hold"),
    "an answer cut off": (cut, "root.pem", "does not hold"),
    "a bit flipped": (flipped, "root.pem", "does not hold"),
    "no answer": (lambda place: (place / "note.tsr").write_bytes(b""), "root.pem", "no time stamp"),
    "a text for an answer": (
        lambda place: (place / "note.tsr").write_text("granted"), "root.pem", "does not hold"
    ),
    "a huge answer": (
        lambda place: (place / "note.tsr").write_bytes(b"0" * 200_000), "root.pem", "no time stamp"
    ),
    "a key for a certificate": (lambda place: None, "key.pub", "holds no certificate in PEM"),
    "no authority": (lambda place: None, "absent.pem", "absent.pem: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "authority", "says"), WRONG.values(), ids=WRONG)
def test_what_is_no_stamp_of_this_checkpoint_is_refused(
    place: Path, said: Said, change: Callable[[Path], object], authority: str, says: str
) -> None:
    """In one line, before the log is read; and nothing of the kind is attached."""
    change(place)
    given = ["audit", "verify", "log", "--since", "note", "--authority", authority]
    assert run(given) == 2
    told = said()
    assert says in told
    assert "Traceback" not in told
    (place / "note.tsr").rename(place / "answer")
    assert attached("answer", authority) == 2
    assert not (place / "note.tsr").exists()


def test_an_authority_without_a_checkpoint_and_half_a_command_are_refused(
    place: Path, said: Said
) -> None:
    """Each says what is missing."""
    assert run(["audit", "verify", "log", "--authority", "root.pem"]) == 2
    assert "give the checkpoint that was stamped, too" in said()
    assert run(["audit", "stamp", "note"]) == 2
    assert "either --request" in said()
    assert run(["audit", "stamp", "note", "--response", "note.tsr"]) == 2
    assert "with --authority" in said()


def test_without_the_extra_one_line_says_how_to_get_it(
    place: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else of Tunewise needs it."""
    monkeypatch.setitem(__import__("sys").modules, "rfc3161_client", None)
    assert run(["audit", "verify", "log", "--since", "note"]) == 0
    assert verified() == 2
    assert "pip install 'tunewise[timestamp]'" in said()


def test_what_is_stamped_is_the_text_so_that_witnesses_may_still_sign(place: Path) -> None:
    """Signatures below the text may be added behind the stamp."""
    note = read_checkpoint("note")
    answer = rfc3161_client.decode_timestamp_response((place / "note.tsr").read_bytes())
    before = time_stamps.time_stamped(note, "note.tsr", "root.pem")
    with (place / "note").open("a", encoding="utf-8") as file:
        file.write("\N{EM DASH} example.org/w1 AAAAAAAAAAAA\n")
    after = time_stamps.time_stamped(read_checkpoint("note"), "note.tsr", "root.pem")
    assert (
        before.stamped == after.stamped == answer.tst_info.gen_time.strftime("%Y-%m-%dT%H:%M:%SZ")
    )

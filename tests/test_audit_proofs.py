"""`tunewise audit checkpoint`, `cosign`, `prove` and `check`: what outsiders hold a log's keeper to."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from smalllog import contents, forged, lines, write_log

from tunewise.commands.program import run
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.checkpoints import leaf_of, read_checkpoint
from tunewise.log.content import encoded
from tunewise.log.merkle import MerkleTree
from tunewise.log.proofs import included, read_proof
from tunewise.log.reading import Log

CHECK = Path(__file__).parents[1] / "examples" / "check_proof.py"
ORIGIN = "example.com/log"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of four records with a checkpoint; the keys are `key` and `key.pub`, and all stand in the folder."""
    monkeypatch.chdir(tmp_path)
    write_log(tmp_path)
    assert run(["audit", "keygen", "key"]) == 0
    assert checkpoint() == 0
    return Path("log")


def checkpoint(*more: str) -> int:
    """The exit status of making a checkpoint."""
    return run(["audit", "checkpoint", "log", "--key", "key", "--origin", ORIGIN, *more])


def verified(*more: str) -> int:
    """The exit status of verifying the log by its checkpoint."""
    return run(["audit", "verify", "log", "--since", "log.checkpoint", *more])


def grow(log: Path) -> None:
    """Append one more record."""
    append(str(log), [encoded(contents()[0])])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """All that was printed since."""
    found = capsys.readouterr()
    return found.out + found.err


def verifier_key(capsys: pytest.CaptureFixture[str]) -> str:
    """The key that a checkpoint is shown with."""
    assert checkpoint() == 0
    return said(capsys).split("its key is ")[1].strip()


def test_each_record_is_proven_without_the_log(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the log's public key in PEM, and by the verifier key that the checkpoint was shown with."""
    Path("vkey").write_text(verifier_key(capsys))
    for number in range(1, 5):
        assert run(["audit", "prove", "log", str(number), "-o", f"proof-{number}"]) == 0
    kept = lines(log)
    log.unlink()
    for number in range(1, 5):
        for public in ("key.pub", "vkey"):
            assert run(["audit", "check", f"proof-{number}", "--key", public]) == 0
        capsys.readouterr()
        assert run(["audit", "check", f"proof-{number}", "--key", "vkey", "--record"]) == 0
        assert said(capsys).encode() == kept[number - 1]


def test_a_third_party_needs_a_hash_function_and_ed25519_alone(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script in the examples knows nothing of Tunewise; one changed byte anywhere in a proof and it fails."""
    key = verifier_key(capsys)
    assert "tunewise" not in re.findall(r"^(?:import|from) (\w+)", CHECK.read_text(), re.M)
    run(["audit", "prove", "log", "3", "-o", "proof"])
    text = Path("proof").read_text()
    assert checked_alone(key).returncode == 0
    signed = text.rindex("\u2014")
    for at in (
        60,
        text.index("index") + 6,
        text.index("index") + 20,
        text.index(ORIGIN),
        signed + 40,
    ):
        Path("proof").write_text(text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1 :])
        assert checked_alone(key).returncode == 1
        assert run(["audit", "check", "proof", "--key", "key.pub"]) != 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["PROOF", "KEY"], 0, "record 2 (from 0) of 4 of example.com/log: holds"),
        (["PROOF", "vkey"], 0, "holds"),
        ([], 2, "usage: python check_proof.py PROOF KEY"),
        (["PROOF"], 2, "usage:"),
        (["PROOF", "KEY", "more"], 2, "usage:"),
        (["missing", "KEY"], 2, "missing: cannot be read"),
        ([".", "KEY"], 2, "cannot be read"),
        (["log", "KEY"], 2, "is no proof of a record"),
        (["log.rulebooks", "KEY"], 2, "cannot be read"),
        (["PROOF", ""], 2, "KEY: is neither a key"),
        (["PROOF", "key.pub"], 2, "KEY: is neither a key"),
        (["PROOF", "missing.key"], 2, "KEY: is neither a key"),
        (["PROOF", "example.com/log"], 2, "KEY: is neither a key"),
        (["PROOF", "HALF"], 2, "KEY: is neither a key"),
        (["PROOF", "WRONG"], 1, "does not hold: the checkpoint is not signed by this key"),
        (["PROOF", "OTHER"], 1, "does not hold: the checkpoint is of another log"),
        (["beyond", "KEY"], 1, "does not hold: the log has no such record"),
        (["unsigned", "KEY"], 1, "does not hold: the checkpoint is not signed by this key"),
    ],
)
def test_the_script_ends_with_one_line(
    log: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is missing, halved or another's: what it found, and no traceback."""
    key = verifier_key(capsys)
    Path("vkey").write_text(f"{key}\n")
    run(["audit", "prove", "log", "3", "-o", "PROOF"])
    proof = Path("PROOF").read_text("utf-8")
    Path("beyond").write_text(proof.replace("index 2", "index 9"), "utf-8")
    Path("unsigned").write_text(proof[: proof.rindex(" ")] + " A\n", "utf-8")
    name, identity, coded = key.split("+", 2)
    other = "B" if coded[9] == "A" else "A"
    keys = {
        "KEY": key,
        "HALF": key[: len(key) // 2 + 8],
        "WRONG": f"{name}+{identity}+{coded[:9]}{other}{coded[10:]}",
        "OTHER": key.replace("example.com", "example.org"),
    }
    done = script(*(keys.get(one, one) for one in arguments))
    assert (done.returncode, len((done.stdout + done.stderr).splitlines())) == (status, 1)
    assert said in done.stdout + done.stderr


def checked_alone(key: str) -> subprocess.CompletedProcess[str]:
    return script("proof", key)


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHECK), *arguments], text=True, capture_output=True, check=False
    )


def test_all_proofs_of_a_long_log_hold_without_it(tmp_path: Path) -> None:
    """Of 10,000 records each leads to the root, through at most 14 hashes."""
    path, previous, written = tmp_path / "log", None, []
    (content,) = contents()[1:2]
    for number in range(10_000):
        named = {**content, "case": {**content["case"], "name": str(number)}}
        line, previous = sealed(encoded(named), None, previous)
        written.append(line)
    path.write_bytes(b"".join(written))
    run(["audit", "keygen", str(tmp_path / "key")])
    note = str(tmp_path / "note")
    assert run(["audit", "checkpoint", str(path), "--key", str(tmp_path / "key"), "-o", note]) == 0
    found, trusted = list(Log(path).entries()), read_checkpoint(note)
    tree = MerkleTree(map(leaf_of, found))
    proofs = [included(entry, tree, trusted) for entry in found]
    path.unlink()
    assert [proof.fault(trusted) for proof in proofs] == [""] * 10_000
    assert max(len(proof.path) for proof in proofs) == 14
    (tmp_path / "proof").write_text(proofs[9_999].written())
    assert read_proof(str(tmp_path / "proof")) == proofs[9_999].__class__(
        proofs[9_999].line,
        9_999,
        proofs[9_999].path,
        read_proof(str(tmp_path / "proof")).checkpoint,
    )


def test_a_log_that_only_grew_is_told_so(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the checkpoint from before, with and without the key; what is not covered is counted."""
    grow(log)
    capsys.readouterr()
    assert verified("--key", "key.pub") == 0
    assert f"only grew since the checkpoint of {ORIGIN}: 4 of 5 records are covered" in said(capsys)
    assert verified() == 0
    assert "whose signature --key would check" in said(capsys)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop(),
        lambda found: found.pop(0),
        lambda found: found.pop(1),
        lambda found: found.reverse(),
        lambda found: found.insert(1, found[0]),
        lambda found: found[1]["case"].update(owner="somebody else"),
        lambda found: found[0].update(written="2020-01-01T00:00:00Z"),
        lambda found: found[3].update(written=None),
    ],
)
def test_whatever_the_keeper_does_to_covered_records_is_found(
    log: Path, change: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut, moved, doubled, renamed, dated back and chained anew: the chain is whole, and the root another."""
    forged(log, change)  # type: ignore[arg-type]
    capsys.readouterr()
    assert verified("--quick") == 1
    assert re.search("log: (the checkpoint is of|the first 4 records are not)", said(capsys))


def test_a_new_checkpoint_never_contradicts_the_one_before(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After growth it replaces it; after anything else nothing is written, and the old one stays."""
    before = Path("log.checkpoint").read_bytes()
    grow(log)
    assert checkpoint() == 0
    after = Path("log.checkpoint").read_bytes()
    assert after != before
    forged(log, lambda found: found.pop(0))
    assert checkpoint() == 2
    assert "did more than grow" in said(capsys)
    assert checkpoint("--origin", "example.com/other") == 2
    assert Path("log.checkpoint").read_bytes() == after


def test_a_log_that_is_not_whole_gets_no_checkpoint(log: Path) -> None:
    """Whoever signs a checkpoint says that the log was whole."""
    log.write_bytes(log.read_bytes().replace(b"With data", b"With date", 1))
    assert checkpoint("-o", "other") == 1
    assert not Path("other").exists()


def test_growth_is_proven_without_the_log(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From one checkpoint to a later one; a log that was written anew has no such proof."""
    Path("old").write_bytes(Path("log.checkpoint").read_bytes())
    grow(log)
    grow(log)
    checkpoint()
    assert run(["audit", "prove", "log", "--since", "old", "-o", "growth"]) == 0
    log.unlink()
    capsys.readouterr()
    check = ["audit", "check", "growth", "--key", "key.pub"]
    assert run([*check, "--since", "old"]) == 0
    assert "nothing but growth from 4 to 6 records" in said(capsys)
    assert run([*check, "--since", "log.checkpoint"]) == 1
    assert run(check) == 2


def test_two_histories_are_found_by_whoever_saw_one(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proof out of one history does not hold under a checkpoint of the other, though both are signed."""
    Path("old").write_bytes(Path("log.checkpoint").read_bytes())
    run(["audit", "prove", "log", "2", "-o", "proof"])
    forged(log, lambda found: found[0]["case"].update(owner="another"))
    Path("log.checkpoint").unlink()
    assert checkpoint() == 0
    capsys.readouterr()
    check = ["audit", "check", "proof", "--key", "key.pub"]
    assert run([*check, "--checkpoint", "log.checkpoint"]) == 1
    assert "does not lead to the checkpoint's root" in said(capsys)
    assert run(["audit", "prove", "log", "--since", "old"]) == 2


def test_a_witness_cosigns_what_only_grew(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a proof from what it saw last; whoever trusts it then asks for its signature."""
    run(["audit", "keygen", "w"])
    cosign = ["audit", "cosign", "log.checkpoint", "--key", "w", "--name", "example.org/w1"]
    cosign += ["--log-key", "key.pub"]
    capsys.readouterr()
    assert run(cosign) == 0
    Path("witness").write_text(said(capsys).split("the witness's key is ")[1])
    Path("old").write_bytes(Path("log.checkpoint").read_bytes())
    assert verified("--key", "key.pub", "--witness", "witness") == 0
    assert "cosigned by example.org/w1, 20" in said(capsys)
    grow(log)
    checkpoint()
    assert verified("--witness", "witness") == 2
    assert "is not cosigned by 'example.org/w1'" in said(capsys)
    run(["audit", "prove", "log", "--since", "old", "-o", "growth"])
    assert run([*cosign, "--since", "old"]) == 2
    assert run([*cosign, "--since", "old", "--proof", "growth"]) == 0
    assert verified("--witness", "witness") == 0
    run(["audit", "prove", "log", "1", "-o", "proof"])
    assert run(["audit", "check", "proof", "--key", "key.pub", "--witness", "witness"]) == 0


def test_a_witness_refuses_another_history(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Though the log's key signed both, and whatever proof comes with it."""
    run(["audit", "keygen", "w"])
    Path("old").write_bytes(Path("log.checkpoint").read_bytes())
    forged(log, lambda found: found[0]["case"].update(owner="another"))
    Path("log.checkpoint").unlink()
    grow(log)
    checkpoint()
    Path("middle").write_bytes(Path("log.checkpoint").read_bytes())
    grow(log)
    checkpoint()
    run(["audit", "prove", "log", "--since", "middle", "-o", "growth"])
    text = Path("growth").read_text().replace("old 5", "old 4", 1)
    Path("growth").write_text(text)
    cosign = ["audit", "cosign", "log.checkpoint", "--key", "w", "--name", "example.org/w1"]
    cosign += ["--log-key", "key.pub", "--since", "old", "--proof", "growth"]
    capsys.readouterr()
    assert run(cosign) == 2
    assert "is not cosigned" in said(capsys)


def test_another_key_is_refused(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A checkpoint that somebody else signed, and one that was changed after it was signed."""
    run(["audit", "keygen", "other"])
    capsys.readouterr()
    assert verified("--key", "other.pub") == 2
    assert "is not signed by this key" in said(capsys)
    note = Path("log.checkpoint")
    note.write_text(note.read_text().replace("\n4\n", "\n3\n"))
    assert verified("--key", "key.pub") == 2
    assert "its signature does not hold" in said(capsys)


@pytest.mark.parametrize("text", ["", "x", "old 1\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n\nx\n"])
def test_what_is_no_proof_is_refused(
    log: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, with status 2."""
    Path("proof").write_text(text)
    capsys.readouterr()
    assert run(["audit", "check", "proof", "--key", "key.pub"]) == 2
    assert len(said(capsys).splitlines()) == 1

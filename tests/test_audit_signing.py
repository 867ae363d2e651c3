"""`tunewise audit sign`: who stands behind a log, and what was altered since."""

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from smalllog import contents, lines, records, write_log

from tunewise.commands.program import run
from tunewise.log.appending import append
from tunewise.log.content import encoded


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A signed log of four records; the keys are `key` and `key.pub` beside it."""
    path = write_log(tmp_path)
    assert run(["audit", "keygen", str(tmp_path / "key")]) == 0
    assert run(["audit", "sign", str(path), "--key", str(tmp_path / "key")]) == 0
    return path


@pytest.fixture
def printed(log: Path, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What is printed from here on."""
    capsys.readouterr()
    return capsys


def verified(log: Path, key: str = "key.pub") -> int:
    """The exit status of verifying a log by a key."""
    return run(["audit", "verify", str(log), "--key", str(log.parent / key)])


def test_a_signed_log_is_verified_by_the_public_key(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """How many records are signed, when and by which key is said."""
    assert verified(log) == 0
    signature = json.loads(Path(f"{log}.sig").read_text())
    last = printed.readouterr().out.splitlines()[-1]
    assert last == f"the first 4 are signed, {signature['written']}, by key {signature['key']}"
    assert (signature["records"], signature["head"]) == (4, records(log)[-1]["digest"])


def test_records_added_since_are_told_from_signed_ones(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """A log that grew is well; that the rest is not signed is said."""
    append(str(log), [encoded(contents()[0])])
    assert verified(log) == 0
    assert printed.readouterr().out.splitlines()[-1] == "1 later one is not signed"


def test_a_lost_end_and_a_log_written_anew_are_found(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """Both are whole in themselves, and neither is what was signed."""
    whole = lines(log)
    log.write_bytes(b"".join(whole[:3]))
    assert verified(log) == 1
    out = printed.readouterr().out
    assert f"{log}: 4 records were signed, but 3 are left: the end was cut off" in out
    log.unlink()
    append(str(log), map(encoded, contents()[::-1]))
    assert verified(log) == 1
    assert (
        "4 records were signed, but line 4 is not the one that was the last"
        in printed.readouterr().out
    )
    assert verified(log) == 1
    assert "are signed" not in printed.readouterr().out


def test_every_altered_byte_of_a_signature_is_found(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """The count, the digest, the time, the key and the signature are all covered."""
    from tunewise.log.signing import checked, public_key
    from tunewise.log.trust_anchors import Invalid

    path, key = Path(f"{log}.sig"), public_key(f"{log.parent}/key.pub")
    whole = path.read_bytes()
    assert checked(str(path), key).records == 4
    other = path.with_name("other.sig")
    for place in range(len(whole)):
        text = bytearray(whole)
        text[place] ^= 1
        other.unlink(missing_ok=True)
        other.write_bytes(text)
        with pytest.raises(Invalid):
            checked(str(other), key)
    for text in (b"", whole + b"\n", whole[:-1], b"\xff" + whole, whole * 2):
        other.write_bytes(text)
        with pytest.raises(Invalid):
            checked(str(other), key)


def test_an_altered_signature_is_named(log: Path, printed: pytest.CaptureFixture[str]) -> None:
    """It is a finding, and not that the log is signed."""
    path = Path(f"{log}.sig")
    path.write_text(path.read_text().replace('"records":4', '"records":3'))
    assert verified(log) == 1
    out = printed.readouterr().out
    assert "the signature does not hold: it or what it covers was altered" in out
    assert "are signed" not in out


def test_a_signature_by_another_key_is_named(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """The fingerprint of the key that signed helps to find whose it is."""
    assert run(["audit", "keygen", str(log.parent / "other")]) == 0
    assert verified(log, "other.pub") == 1
    fingerprint = json.loads(Path(f"{log}.sig").read_text())["key"]
    assert f"the signature is by another key, whose fingerprint is {fingerprint}" in (
        printed.readouterr().out
    )


def test_a_missing_signature_is_a_finding(log: Path, printed: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for a signature is told that there is none; without --key one is pointed at."""
    assert run(["audit", "verify", str(log)]) == 0
    assert f"there is a signature, {log}.sig; --key checks it" in printed.readouterr().out
    Path(f"{log}.sig").rename(log.parent / "elsewhere")
    assert verified(log) == 1
    assert f"the signature is missing: there is no {log}.sig" in printed.readouterr().out
    arguments = ["audit", "verify", str(log), "--signature", str(log.parent / "elsewhere")]
    assert run(arguments) == 2
    assert run([*arguments, "--key", str(log.parent / "key.pub")]) == 0


def test_a_broken_log_is_not_signed(log: Path, printed: pytest.CaptureFixture[str]) -> None:
    """Nobody vouches for what does not hold; the earlier signature stays."""
    before = Path(f"{log}.sig").read_bytes()
    log.write_bytes(log.read_bytes().replace(b"Enough", b"enough", 1))
    assert run(["audit", "sign", str(log), "--key", str(log.parent / "key")]) == 1
    assert "is not whole, so it is not signed" in printed.readouterr().err
    assert Path(f"{log}.sig").read_bytes() == before


def test_a_signature_replaces_neither_log_nor_key(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """A slip with -o costs nothing."""
    key = log.parent / "key"
    before = log.read_bytes(), key.read_bytes()
    for target in (log, key):
        assert run(["audit", "sign", str(log), "--key", str(key), "-o", str(target)]) == 2
    assert (log.read_bytes(), key.read_bytes()) == before


def test_the_private_key_is_for_its_owner_alone_and_never_replaced(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """Two files are written, and neither where one is there."""
    key, public = log.parent / "key", log.parent / "key.pub"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes(), public.read_bytes()
    assert run(["audit", "keygen", str(key)]) == 2
    assert run(["audit", "keygen", str(log.parent / "missing" / "key")]) == 2
    shutil.copy(public, log.parent / "new.pub")
    assert run(["audit", "keygen", str(log.parent / "new")]) == 2
    assert not (log.parent / "new").exists()
    assert (key.read_bytes(), public.read_bytes()) == before
    assert printed.readouterr().err.count("is there already, and a key is never replaced") == 2


@pytest.mark.parametrize(
    "text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_one_line(
    log: Path, text: str, printed: pytest.CaptureFixture[str]
) -> None:
    """A wrong file, for signing or for checking, is status 2 and says what was expected."""
    wrong = log.parent / "wrong.pem"
    wrong.write_text(text)
    assert run(["audit", "sign", str(log), "--key", str(wrong)]) == 2
    assert verified(log, "wrong.pem") == 2
    assert verified(log, "key") == 2
    assert verified(log, "missing") == 2
    err = printed.readouterr().err.splitlines()
    assert len(err) == 4
    assert err[0] == f"tunewise: {wrong}: is not a private Ed25519 key in PEM"
    assert "is a private key; give the public one that belongs to it" in err[2]


def test_a_key_of_another_kind_is_refused(log: Path, printed: pytest.CaptureFixture[str]) -> None:
    """Only Ed25519 is taken."""
    other = log.parent / "other.pem"
    made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed448", "-out", other], check=False)
    if made.returncode:
        pytest.skip("no openssl that makes such keys")
    assert run(["audit", "sign", str(log), "--key", str(other)]) == 2
    assert "is not a private Ed25519 key in PEM" in printed.readouterr().err


@pytest.fixture
def encrypted(log: Path) -> Path:
    """A private key with a passphrase, made by the library that reads it."""
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key((log.parent / "key").read_bytes(), None)
    secret = form.BestAvailableEncryption(b"a long word")
    path = log.parent / "encrypted"
    path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, secret))
    return path


def test_a_passphrase_is_asked_for_on_a_terminal_alone(
    log: Path, encrypted: Path, printed: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one the command ends in a line instead of waiting."""
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert run(["audit", "sign", str(log), "--key", str(encrypted)]) == 2
    assert "has a passphrase; run this in a terminal" in printed.readouterr().err


def test_a_passphrase_is_never_shown(log: Path, encrypted: Path) -> None:
    """It is typed unseen; a wrong one is one line."""
    signature = Path(f"{log}.sig")
    signature.unlink()
    for phrase, status in (("a wrong word", 2), ("a long word", 0)):
        arguments = ["-m", "tunewise", "audit", "sign", str(log), "--key", str(encrypted)]
        child = pexpect.spawn(sys.executable, arguments, encoding="utf-8", timeout=30)
        child.expect("Passphrase of the private key: ")
        child.sendline(phrase)
        child.expect(pexpect.EOF)
        child.wait()
        child.close()
        assert child.exitstatus == status
        assert "word" not in child.before
        assert ("the passphrase is wrong" in child.before) == (status == 2)
        assert signature.exists() == (status == 0)
    assert verified(log) == 0


def test_keys_of_openssl_work(log: Path, printed: pytest.CaptureFixture[str]) -> None:
    """PEM files as `openssl genpkey -algorithm ed25519` makes them."""
    key, public = log.parent / "made", log.parent / "made.pub"
    made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=False)
    if made.returncode:
        pytest.skip("no openssl that makes such keys")
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    assert run(["audit", "sign", str(log), "--key", str(key), "-o", f"{log}.theirs"]) == 0
    theirs = ["--key", str(public), "--signature", f"{log}.theirs"]
    assert run(["audit", "verify", str(log), *theirs]) == 0


def test_a_signature_that_nobody_checked_still_tells_that_the_log_was_cut(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """Without --key its count and digest are compared, and a difference is a finding."""
    whole = lines(log)
    assert run(["audit", "verify", str(log)]) == 0
    assert f"there is a signature, {log}.sig; --key checks it" in printed.readouterr().out
    log.write_bytes(b"".join(whole[:3]))
    assert run(["audit", "verify", str(log)]) == 1
    out = printed.readouterr().out
    message = "4 records were signed, but 3 are left: the end was cut off"
    assert f"{log}: {message} (--key checks the signature)" in out
    assert "whole and in order" not in out


def test_a_signature_that_is_none_is_a_finding_without_a_key(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """Nobody gets rid of one by spoiling it."""
    Path(f"{log}.sig").write_text("spoiled")
    assert run(["audit", "verify", str(log)]) == 1
    assert "is no signature of a log, or was altered" in printed.readouterr().out


def test_altered_records_are_not_said_to_be_signed(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """The signature holds over the last digest as it stands there, which would reassure."""
    log.write_bytes(log.read_bytes().replace(b'"value":500', b'"value":501'))
    assert verified(log) == 1
    out = printed.readouterr().out
    assert "was altered" in out
    assert "are signed" not in out


def test_a_signature_is_replaced_by_one_that_covers_more(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """By the same key, over the same records and later ones."""
    append(str(log), [encoded(contents()[0])])
    assert run(["audit", "sign", str(log), "--key", str(log.parent / "key")]) == 0
    assert json.loads(Path(f"{log}.sig").read_text())["records"] == 5


@pytest.mark.parametrize("case", ["fewer records", "another key", "no signature"])
def test_a_signature_that_says_something_else_is_not_replaced(
    log: Path, printed: pytest.CaptureFixture[str], case: str
) -> None:
    """One line says why; --replace does it all the same."""
    signature, key = Path(f"{log}.sig"), str(log.parent / "key")
    if case == "fewer records":
        log.write_bytes(b"".join(lines(log)[:3]))
    elif case == "another key":
        key = str(log.parent / "other")
        assert run(["audit", "keygen", key]) == 0
    else:
        signature.write_text("my notes")
    before = signature.read_bytes()
    assert run(["audit", "sign", str(log), "--key", key]) == 2
    err = printed.readouterr().err
    assert f"{signature}: is there already: " in err
    assert "--replace replaces it" in err
    assert len(err.splitlines()) == 1
    assert signature.read_bytes() == before
    assert run(["audit", "sign", str(log), "--key", key, "--replace"]) == 0
    assert signature.read_bytes() != before


def test_a_signature_replaces_no_rulebook_of_the_log(
    log: Path, printed: pytest.CaptureFixture[str]
) -> None:
    """Nor the log, nor the key."""
    (rulebook,) = Path(f"{log}.rulebooks").iterdir()
    key = str(log.parent / "key")
    for target, what in ((rulebook, "a rulebook of the log"), (log, "the log"), (key, "the key")):
        assert run(["audit", "sign", str(log), "--key", key, "-o", str(target)]) == 2
        assert f"is {what}, which the signature would replace" in printed.readouterr().err

"""The Merkle tree and signed notes, held to the vectors of their specifications."""

from base64 import b64decode

import pytest

from tunewise.errors import UserError
from tunewise.log.checkpoints import as_checkpoint
from tunewise.log.merkle import (
    EMPTY_ROOT,
    MerkleTree,
    leaf_hash,
    node_hash,
    root_by_inclusion,
    roots_by_consistency,
)
from tunewise.log.notes import COSIGNED, NoteKey, key_id, parsed_key, parsed_note
from tunewise.log.signing import holds
from tunewise.log.vouching import checked_checkpoint

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The leaves and roots that implementations of Certificate Transparency are tested with."""


def test_the_roots_are_those_of_certificate_transparency() -> None:
    """Of every size, also as of an earlier size of a larger tree."""
    tree = MerkleTree(LEAVES)
    assert [tree.root(size).hex() for size in range(1, 9)] == ROOTS
    assert [MerkleTree(LEAVES[:size]).root().hex() for size in range(1, 9)] == ROOTS
    assert MerkleTree([]).root() == EMPTY_ROOT
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY_ROOT.hex() == empty


def test_the_proofs_of_seven_leaves_are_those_of_the_rfc() -> None:
    """RFC 6962, section 2.1.3, names each node of its example."""
    a, b, c, d, e, f, j = map(leaf_hash, LEAVES[:7])
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k = node_hash(g, h)
    right = node_hash(i, j)
    tree = MerkleTree(LEAVES[:7])
    assert tree.inclusion(0, 7) == [b, h, right]
    assert tree.inclusion(3, 7) == [c, g, right]
    assert tree.inclusion(4, 7) == [f, j, k]
    assert tree.inclusion(6, 7) == [i, k]
    assert tree.consistency(3, 7) == [c, d, g, right]
    assert tree.consistency(4, 7) == [right]
    assert tree.consistency(6, 7) == [i, j, k]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 16, 21, 33])
def test_every_proof_holds_and_no_other_does(size: int) -> None:
    """Of every leaf and every older size; with a hash changed, left out or added, or another place, none holds."""
    leaves = [bytes([one]) * 32 for one in range(size)]
    tree = MerkleTree(leaves)
    for index, leaf in enumerate(leaves):
        path = tree.inclusion(index, size)
        assert root_by_inclusion(leaf, index, size, path) == tree.root()
        for wrong in broken(path):
            assert root_by_inclusion(leaf, index, size, wrong) != tree.root()
        assert root_by_inclusion(leaf, index, size + size, path) != tree.root()
        assert root_by_inclusion(b"other", index, size, path) != tree.root()
    for older in range(1, size + 1):
        path = tree.consistency(older, size)
        roots = tree.root(older), tree.root()
        assert roots_by_consistency(older, size, roots[0], path) == roots
        for wrong in broken(path):
            assert roots_by_consistency(older, size, roots[0], wrong) != roots
    assert root_by_inclusion(leaves[0], size, size, []) is None
    assert roots_by_consistency(0, size, EMPTY_ROOT, []) is None


def broken(path: list[bytes]) -> list[list[bytes]]:
    """A proof with each of its hashes changed, with one more and with one less."""
    changed = [[*path[:at], b"x" * 32, *path[at + 1 :]] for at in range(len(path))]
    return [*changed, [*path, b"x" * 32], *([path[:-1]] if path else [])]


SPECIFIED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_note_of_the_specification_holds() -> None:
    """The example of c2sp.org/signed-note, and the key that it is signed by; one changed byte breaks it."""
    key, note = parsed_key(SPECIFIED_KEY, "key"), parsed_note(SPECIFIED_NOTE, "note")
    (made,) = note.signatures
    assert key.made(made)
    assert holds(key.key, made.signature, note.text.encode())
    assert not holds(key.key, made.signature, note.text.encode() + b"\n")
    assert (key.written(), note.written()) == (SPECIFIED_KEY, SPECIFIED_NOTE)


COSIGNED_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
    "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJs"
    "X3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
"""The example of c2sp.org/tlog-cosignature; the specification does not name its keys."""


def test_the_checkpoint_of_the_specification_is_read() -> None:
    """Its origin, size and root; the time of its cosignature; it is written again to the byte."""
    note = parsed_note(COSIGNED_NOTE, "note")
    found = as_checkpoint(note, "note")
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.root == b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1679315147
    assert note.written() == COSIGNED_NOTE


def test_a_stranger_to_a_note_is_refused() -> None:
    """A witness that did not sign it, and one in whose name somebody else did."""
    found = as_checkpoint(parsed_note(COSIGNED_NOTE, "note"), "note")
    other = NoteKey("witness.example.com/w2", COSIGNED, bytes(32))
    with pytest.raises(UserError, match="is not cosigned by 'witness"):
        checked_checkpoint(found, None, [other])
    with pytest.raises(UserError, match="is of the log"):
        checked_checkpoint(found, parsed_key(SPECIFIED_KEY, "key"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n- example.com/foo AAAA\n",
        "text\n\n\u2014 example.com/foo AAAA\n",
        "text\n\n\u2014 a+b AAAAAAAAAAA=\n",
        SPECIFIED_NOTE.replace("\n", "\r\n"),
        SPECIFIED_NOTE[:-1],
        SPECIFIED_NOTE + "more",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    """With one sentence, whatever is wrong with it."""
    with pytest.raises(UserError, match="is no signed note"):
        parsed_note(text, "note")


@pytest.mark.parametrize("size", ["-1", "01", "1e3", "1_0", "\u0661", "", "9" * 30])
def test_a_size_that_is_no_number_is_refused(size: str) -> None:
    """Digits alone, without leading zeroes, and not more than any log has."""
    note = parsed_note(COSIGNED_NOTE.replace("20852163", size), "note")
    with pytest.raises(UserError, match="is no checkpoint"):
        as_checkpoint(note, "note")


def test_a_key_that_does_not_fit_its_id_is_refused() -> None:
    """Its id is made of its name and its bytes, so that none can be put in another's place."""
    with pytest.raises(UserError, match="has another id"):
        parsed_key(SPECIFIED_KEY.replace("foo", "bar"), "key")
    with pytest.raises(UserError, match="is no verifier key"):
        parsed_key("example.com/foo", "key")
    assert key_id("a", 1, bytes(32)) != key_id("a", 4, bytes(32))

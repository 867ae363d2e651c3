"""What the documents show is what the commands print."""

import re
from pathlib import Path

import pytest
from transcripts import ROOT, blocks, prepared, printed

DOCUMENTS = [ROOT / "docs" / "audit.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_transcript_is_what_the_commands_print(document: Path, tmp_path: Path) -> None:
    """Each block of commands prints, one after another, what stands below them."""
    folder = prepared(tmp_path)
    shown = blocks(document)
    assert shown
    for block in shown:
        assert settled(printed(block, folder)) == settled(block)


def settled(text: str) -> str:
    """A text without what differs from run to run: new keys, the time of signing, and newer dependencies."""
    text = re.sub(r"made with other versions: .*\n", "", text)
    text = re.sub(r"(public key, |by key )[0-9a-f]{64}", r"\1KEY", text)
    return re.sub(r"signed, \S+, by", "signed, TIME, by", text)

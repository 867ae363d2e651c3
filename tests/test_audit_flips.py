"""What a record says would turn it: its costs are reckoned anew, as those of the record itself are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from smalllog import forged

from tunewise.commands.program import run

CASE = str(Path(__file__).parents[1] / "examples" / "health_assistant.yaml")
Flip = dict[str, Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log whose record says what would turn it, with what costs would be then."""
    log = tmp_path_factory.mktemp("log") / "log.jsonl"
    out = str(log.with_suffix(".out"))
    more = ["--as-of", "2026-11-22", "--format", "json", "-o", f"{out}.json", "--log", str(log)]
    assert run(["decide", CASE, *more]) == 0
    return log


@pytest.fixture
def log(written: Path, tmp_path: Path) -> Path:
    """A copy, beside the same rulebooks."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(written.read_bytes())
    Path(f"{path}.rulebooks").symlink_to(f"{written}.rulebooks")
    return path


def raised(flip: Flip) -> None:
    """A sum that no rule minds."""
    name = next(name for name in flip["computed"] if name.endswith("_horizon_usd"))
    flip["computed"][name] += 1


def left_out(flip: Flip) -> None:
    """A sum that moves, said not to."""
    flip["computed"].pop(next(name for name in flip["computed"] if name.endswith("_horizon_usd")))


def test_what_would_turn_a_record_is_reckoned_anew(log: Path) -> None:
    """As it was written it is well."""
    (record,) = map(json.loads, log.read_bytes().splitlines())
    assert any(flip["computed"] for flip in record["flips"])
    assert run(["audit", "verify", str(log)]) == 0


@pytest.mark.parametrize("change", [raised, left_out])
def test_costs_of_a_change_that_were_forged_are_found(
    log: Path, change: Callable[[Flip], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Though all was chained anew, and though the decision still turns as the record says."""

    def forge(found: list[dict[str, Any]]) -> None:
        change(
            next(
                flip for flip in found[0]["flips"] if flip["facts"].keys() == {"training_examples"}
            )
        )

    forged(log, forge)
    assert run(["audit", "verify", str(log)]) == 1
    assert "_horizon_usd is" in capsys.readouterr().out
    assert run(["audit", "verify", str(log), "--no-costs"]) == 0

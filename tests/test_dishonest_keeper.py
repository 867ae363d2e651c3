"""Whoever keeps a log can write it anew: each way to do so is found, given one older checkpoint.

The keeper has time: each forged log is chained anew, and what follows from a changed fact is derived anew.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import json as coded
from smalllog import add_examples, forged, lines, records

from tunewise.cases.case import plain
from tunewise.commands.program import run
from tunewise.loading.folder import digest as digest_of
from tunewise.log.chain import sealed
from tunewise.log.content import encoded
from tunewise.log.form import Record
from tunewise.log.rederivation import Follower
from tunewise.log.rulebook_store import folder, load_stored
from tunewise.record.decision import decision_record

Found = list[dict[str, Any]]
TUNED = "Support ticket triage"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples' log and the checkpoint that somebody else keeps."""
    place = tmp_path_factory.mktemp("kept")
    add_examples(place / "log")
    assert run(["audit", "keygen", str(place / "key")]) == 0
    made = ["--key", str(place / "key"), "--origin", "example.com/log", "-o", str(place / "note")]
    assert run(["audit", "checkpoint", str(place / "log"), *made]) == 0
    return place


@pytest.fixture
def log(kept: Path, tmp_path: Path) -> Path:
    """A log that its keeper may do anything to; the checkpoint `note` and the key stand elsewhere."""
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)
    return tmp_path / "log"


def verified(log: Path, *more: str) -> int:
    """The exit status of verifying a log."""
    return run(["audit", "verify", str(log), *more])


def since(log: Path) -> list[str]:
    """What holds a log to its older checkpoint."""
    return ["--since", str(log.parent / "note"), "--key", str(log.parent / "key.pub")]


def triage(found: Found) -> dict[str, Any]:
    """The record that recommends to tune."""
    return next(one for one in found if one["case"]["name"] == TUNED)


def rederived(log: Path, record: dict[str, Any]) -> None:
    """Put into a record what follows from its facts as they stand now, as a keeper with time would."""
    follower = Follower(load_stored(str(log), record["rulebook"]["sha256"]))
    line, _ = sealed(
        encoded({k: v for k, v in record.items() if k not in ("written", "previous", "digest")}),
        record["written"],
        None,
    )
    told = follower.told(coded.decode(line, type=Record))
    found = follower.follow(told)
    record["firings"] = found.firings
    record["decisions"] = [decision_record(one) for one in found.outcomes.values()]
    record["recommendation"] = {name: one.chosen for name, one in found.outcomes.items()}
    derived = {k: {"value": plain(v), "origin": "derived"} for k, v in found.derived.items()}
    known = {k: v for k, v in record["facts"].items() if v["origin"] != "derived"}
    order = [id for id in follower.rulebook.facts if id in known or id in derived]
    record["facts"] = {id: known.get(id) or derived[id] for id in order}
    if not told.hidden:
        record["tuning_plan"] = follower.plan(told)


def in_triage(change: Callable[[dict[str, Any]], object]) -> Callable[[Found], object]:
    """A change of one record."""
    return lambda found: change(triage(found))


UNSEEN = {
    "the first is gone": lambda found: found.pop(0),
    "one in the middle is gone": lambda found: found.pop(1),
    "the last is gone": lambda found: found.pop(),
    "reordered": lambda found: found.reverse(),
    "written twice": lambda found: found.insert(0, found[0]),
    "dated back": in_triage(lambda one: one.update(written="2020-01-01T00:00:00Z")),
    "all dated back": lambda found: [
        one.update(written=f"2020-01-01T00:00:0{at}Z") for at, one in enumerate(found)
    ],
    "times removed": lambda found: [one.update(written=None) for one in found],
    "another name and owner": in_triage(lambda one: one["case"].update(name="X", owner="Y")),
    "another version of the engine": in_triage(lambda one: one["versions"].update(x="1")),
}
"""What leaves a log that is whole in itself, and follows from its facts: the checkpoint alone finds it."""


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_what_only_somebody_elses_checkpoint_can_find(
    log: Path, change: Callable[[Found], object]
) -> None:
    """Without it the log is whole and in order, which is why one gives a checkpoint away."""
    assert verified(log, *since(log)) == 0
    forged(log, change)
    assert verified(log) == 0
    assert verified(log, *since(log)) == 1


def spread(one: dict[str, Any], low: float, expected: float, high: float) -> None:
    """Write another sum over the horizon."""
    one["costs"]["fine_tuning"]["horizon"] = {"low": low, "expected": expected, "high": high}


def halved(one: dict[str, Any]) -> None:
    """Halve every sum of an approach, the facts that are told of it too, so that all adds up."""
    estimate = one["costs"]["fine_tuning"]
    spans = [estimate[part] for part in ("initial", "monthly", "horizon")]
    for span in (*spans, *(line["amount"] for line in estimate["lines"])):
        span.update({end: round(span[end] / 2, 2) for end in span})
    for part in ("initial", "monthly", "horizon"):
        one["facts"][f"tuning_{part}_usd"]["value"] = estimate[part]["expected"]


MONEY = {
    "a sum over the horizon": in_triage(lambda one: spread(one, 1, 2, 3)),
    "all sums of an approach": in_triage(halved),
    "a token price": in_triage(lambda one: one["prices"][0].update(input_usd_per_mtok=0.01)),
    "an assumption": in_triage(lambda one: one["assumptions"].update(epochs="50")),
    "the break-even": in_triage(
        lambda one: one["break_even"].update(
            months={"low": "never", "expected": "never", "high": "never"}
        )
    ),
    "a line": in_triage(
        lambda one: one["costs"]["fine_tuning"]["lines"][0]["amount"].update(expected=1)
    ),
    "a computed fact": in_triage(
        lambda one: one["facts"]["tuning_initial_usd"].update(value=900000)
    ),
}


@pytest.mark.parametrize("change", MONEY.values(), ids=MONEY)
def test_forged_money_is_found_by_reckoning_it_anew(
    log: Path, change: Callable[[Found], object]
) -> None:
    """By verify alone, without a checkpoint; with one, too."""
    forged(log, change)
    assert verified(log) == 1
    assert verified(log, "--no-costs", *since(log)) == 1


def test_a_forged_rate_is_found_by_the_checkpoint(log: Path) -> None:
    """It is the user's own, and nothing follows from it but what is shown."""
    forged(log, in_triage(lambda one: one.update(currency={"code": "AUD", "per_usd": 0.001})))
    assert verified(log, *since(log)) == 1


def test_forged_computed_facts_that_turn_the_answer_are_found(log: Path) -> None:
    """Though everything that rules make of them follows."""

    def change(found: Found) -> None:
        one = triage(found)
        for fact in ("tuning_initial_usd", "hybrid_initial_usd"):
            one["facts"][fact]["value"] = 900_000
        rederived(log, one)

    forged(log, change)
    assert verified(log) == 1


def test_costs_by_a_claimed_older_version_are_never_called_well(log: Path) -> None:
    """Whoever writes another version into a record to have its costs believed gets another exit status."""

    def change(found: Found) -> None:
        one = triage(found)
        halved(one)
        one["versions"]["genai_prices"] = "0.2.2"

    forged(log, change)
    assert verified(log) == 3
    assert verified(log, *since(log)) == 1


def test_costs_that_are_dropped_later_are_never_called_well(log: Path) -> None:
    """That they were taken out is said; when, the checkpoint tells."""

    def change(found: Found) -> None:
        one = triage(found)
        one.update(costs={}, prices=[], masked=[{"path": "costs", "action": "drop"}])
        one["break_even"] = {"horizon_months": one["break_even"]["horizon_months"]}

    forged(log, change)
    assert verified(log) == 3
    assert verified(log, *since(log)) == 1


def hide(log: Path, found: Found, fact: str, *claims: str) -> None:
    """Take a fact out of a record after the fact, and claim that rules fired on it."""
    one = triage(found)
    del one["facts"][fact]
    one["masked"] = [{"path": f"facts.{fact}", "action": "drop"}]
    seen = [firing for firing in one["firings"] if fact not in firing["facts"]]
    one["firings"] = seen + [{"rule": rule, "facts": {}} for rule in claims]
    rederived(log, one)


def test_a_fact_masked_later_that_turns_the_answer_is_never_called_well(log: Path) -> None:
    """Whichever single veto is claimed of it: either no value allows that, or nobody can verify it."""
    book = load_stored(str(log), records(log)[0]["rulebook"]["sha256"])
    vetoes = [
        rule.id
        for rule in book.rules.values()
        if "training_examples" in rule.reads and rule.then.stance == "veto"
    ]
    assert vetoes
    whole = log.read_bytes()
    for veto in vetoes:
        log.write_bytes(whole)
        forged(log, lambda found, veto=veto: hide(log, found, "training_examples", veto))
        assert verified(log) in (1, 3)
        assert verified(log, *since(log)) == 1


def test_claims_of_a_hidden_fact_must_be_true_of_one_value(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record that says of one number that it is far too small and large enough is found."""
    far_too_few, enough = "data.far_too_few", "data.enough"
    book = load_stored(str(log), records(log)[0]["rulebook"]["sha256"])
    claims = [rule for rule in (far_too_few, enough) if rule in book.rules]
    forged(log, lambda found: hide(log, found, "training_examples", *claims))
    capsys.readouterr()
    assert verified(log) == 1
    assert "what it claims of training_examples is true of no value" in capsys.readouterr().out


def test_another_rulebook_under_the_same_name_is_found(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the checkpoint, and by whoever pins the digest that verify names."""
    digest = records(log)[0]["rulebook"]["sha256"]
    assert verified(log, "--rulebook", digest) == 0
    assert f"decided by the rulebook {digest}" in capsys.readouterr().out
    assert verified(log, "--rulebook", "0" * 64) == 1
    assert "which is not the one given" in capsys.readouterr().out
    swapped(log, digest)
    assert verified(log) == 0
    assert verified(log, "--rulebook", digest) == 1
    assert verified(log, *since(log)) == 1


def swapped(log: Path, digest: str) -> None:
    """Store another rulebook of the same version, one rule's reason changed, and write the log anew by it."""
    path = folder(str(log)) / f"{digest}.json"
    stored = json.loads(path.read_text("utf-8"))
    name = "data.yaml"
    stored["files"][name] += "\n# nobody will notice\n"
    stored["sha256"] = digest_of(stored["files"])
    text = json.dumps(stored, indent=2, ensure_ascii=False) + "\n"
    path.with_stem(stored["sha256"]).write_text(text, "utf-8")
    path.unlink()
    forged(
        log,
        lambda found: [one["rulebook"].update(sha256=stored["sha256"]) for one in found],
    )


def test_an_older_state_of_the_log_is_found(log: Path) -> None:
    """A copy from before the checkpoint was made, though each of its records is genuine."""
    log.write_bytes(b"".join(lines(log)[:-2]))
    assert verified(log) == 0
    assert verified(log, *since(log)) == 1


def test_a_renamed_log_is_found_by_its_origin(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another log's checkpoint by the same key does not pass for this one's."""
    note = log.parent / "other"
    made = ["--key", str(log.parent / "key"), "--origin", "example.com/other", "-o", str(note)]
    assert run(["audit", "checkpoint", str(log), *made]) == 0
    key = capsys.readouterr().out.split("its key is ")[1]
    (log.parent / "other.key").write_text(key)
    assert verified(log, "--since", str(log.parent / "note"), "--key", str(note) + ".key") == 2
    assert "the key is that of 'example.com/other'" in capsys.readouterr().err

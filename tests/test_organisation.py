"""An organisation's policy over the rulebook: what each part does, in every command, and what is said of mistakes."""

import json
import re
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from smallbook import book, changed, write

from tunewise import evaluate, evaluate_table
from tunewise.commands.program import run
from tunewise.costs.model import cost_book
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.conditions import All
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.organisation.rulebooks import (
    in_force,
    of_texts,
    under_organisation,
    under_policy,
    without_organisation,
)
from tunewise.organisation.thresholds import thresholds
from tunewise.proving.forbidden import without_policy, without_policy_text
from tunewise.proving.search import encode

EXAMPLES = Path(__file__).parents[1] / "examples"
INSURER = EXAMPLES / "organisation" / "insurer.yaml"
DAY = date(2026, 11, 28)
OWNED = "owner: me, reason: So it is decided."


def under(text: str, day: date = DAY, rulebook: Rulebook | None = None) -> Rulebook:
    """The shipped rulebook, or another one, under a policy."""
    return under_policy(rulebook or load(), text, "policy.yaml", day)


def refused(text: str, day: date = DAY) -> str:
    """What is said of a policy that cannot be taken."""
    with pytest.raises(UserError) as caught:
        under(text, day)
    return str(caught.value)


def decided(case: dict[str, Any], policy: Path | str, day: str = "2026-11-28") -> dict[str, Any]:
    """The decision on facts under a policy."""
    return evaluate({"name": "A case", "facts": case}, organisation=policy, as_of=day)


def firing(decision: dict[str, Any], rule: str) -> dict[str, Any] | None:
    """A rule that fired in a decision."""
    return next((one for one in decision["firings"] if one["rule"] == rule), None)


def test_a_threshold_is_set_by_the_name_of_its_fact():
    found = firing(decided({"requests_per_month": 15_000}, INSURER), "load.low_load")
    assert found is not None
    assert found["because"].startswith("By your organisation (PLAT-12): 15,000 requests a month")
    assert "ORGANISATION.load.low_load.requests_per_month" in found["sources"]
    assert not firing(decided({"requests_per_month": 20_000}, INSURER), "load.low_load")


def test_a_strength_is_set_and_the_rule_keeps_its_reason():
    found = firing(decided({"deadline_weeks": 10}, INSURER), "team.deadline_tight")
    assert found is not None
    assert found["conclusion"]["strength"] == "strong"
    assert found["conclusion"]["points"] == -4
    own, policy = found["because"].split(" By your organisation (PLAT-15): ")
    assert "10" in own
    assert policy == "Releases of own models take our change board eight weeks."


def test_a_rule_that_is_off_does_not_fire_and_comes_back():
    case = {"ml_expertise": "none"}
    assert not firing(decided(case, INSURER), "team.no_ml_expertise")
    assert not firing(decided(case, INSURER, "2027-06-30"), "team.no_ml_expertise")
    assert firing(decided(case, INSURER, "2027-07-01"), "team.no_ml_expertise")


def test_a_rule_that_is_added_speaks_of_the_case():
    case = {"stage": "pilot", "tuning_pilot": "promising", "requests_per_month": 10_000_000}
    found = firing(
        decided({**case, "organisation": "enterprise"}, INSURER), "organisation.budget_guard"
    )
    assert found is not None
    assert found["because"].startswith("By your organisation (FIN-7): Tuning would take ")
    assert found["sources"] == ["ORGANISATION.budget_guard"]


def test_what_is_forbidden_is_never_chosen():
    decision = decided({"data_sensitivity": "regulated", "task_type": "extraction"}, INSURER)
    assert decision["recommendation"]["hosting"] == "self_hosted"
    assert decision["recommendation"]["model_size"] == "large"
    (hosting,) = (one for one in decision["decisions"] if one["decision"] == "hosting")
    vetoes = {one["option"]: one["vetoed_by"] for one in hosting["options"]}
    assert "organisation.regulated_on_others_machines" in vetoes["public_api"]
    assert "organisation.regulated_on_others_machines" in vetoes["onshore_hosted"]


def test_models_alone_that_may_be_used_are_assumed_and_compared():
    book = cost_book(under(INSURER.read_text("utf-8")))
    assert book is not None
    allowed = {"openai/gpt-6-sol", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"}
    assert set(book.assumptions["base_model"].settings.values()) == allowed
    assert set(book.compared) == allowed
    stated = decided({"base_model": "anthropic/claude-sonnet-4-5"}, INSURER)
    assert stated["facts"]["base_model_allowed"] == {"value": False, "origin": "computed"}
    assert "organisation.models_allowed" in {one["rule"] for one in stated["advice"]}
    assert "base_model_allowed" not in decided({}, INSURER)["facts"]
    assert decided({"base_model": "OpenAI/gpt-6-sol"}, INSURER)["facts"]["base_model_allowed"][
        "value"
    ]


def test_providers_that_may_be_used(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(f"prefer: {{providers: {{allowed: [openai, azure], {OWNED}}}}}")
    told = {
        model: firing(decided({"base_model": model}, path), "organisation.providers_allowed")
        for model in ("openai/gpt-4o", "anthropic/claude-sonnet-4-5")
    }
    assert told["openai/gpt-4o"] is None
    assert told["anthropic/claude-sonnet-4-5"] is not None


def test_options_that_alone_are_allowed():
    found = under(f"prefer: {{hosting: {{allowed: self_hosted, {OWNED}}}}}")
    rule = found.rules["organisation.allowed_hosting"]
    assert rule.when == All(())
    assert rule.then.options == ("public_api", "onshore_hosted")
    assert (
        under(f"prefer: {{oversight: {{allowed: [automated, human_review], {OWNED}}}}}").rules
        == load().rules
    )


def test_prices_count_by_date_before_those_of_the_rulebook_and_after_those_of_a_run():
    prices = [
        decided({"requests_per_month": 10_000_000}, INSURER, day)["cost_basis"]["assumptions"]
        for day in ("2025-12-31", "2026-11-28", "2027-07-01")
    ]
    assert [one.get("token_price_factor", {}).get("value") for one in prices] == [None, 0.85, 0.8]
    case = {"name": "A case", "facts": {}}
    found = evaluate(case, organisation=INSURER, assume={"token_price_factor": 0.5}, as_of=DAY)
    assert found["cost_basis"]["assumptions"]["token_price_factor"]["value"] == 0.5


def test_the_decision_names_the_policy_and_every_entry():
    policy = decided({}, INSURER)["rulebook"]["organisation"]
    assert policy["sha256"] == sha256(INSURER.read_bytes()).hexdigest()
    assert policy["over"] == load().sha256
    entries = {(one["kind"], one["name"]): one for one in policy["entries"]}
    assert len(entries) == 10
    assert entries["off", "team.no_ml_expertise"] == {
        "kind": "off",
        "name": "team.no_ml_expertise",
        "owner": "ML platform",
        "reason": "Contractors prepare data, train and evaluate for every team.",
        "ticket": "PLAT-21",
        "until": "2027-06-30",
        "state": "in_force",
        "rules": ["team.no_ml_expertise"],
    }
    assert "organisation" not in evaluate({"name": "A case", "facts": {}})["rulebook"]


def test_a_table_is_decided_as_its_cases_are():
    polars = pytest.importorskip("polars")
    facts = {
        "data_sensitivity": "regulated",
        "requests_per_month": 15_000,
        "base_model": "openai/gpt-4o",
    }
    row = evaluate_table(
        polars.DataFrame([{"name": "A case", **facts}]), organisation=INSURER, as_of=DAY
    ).row(0, named=True)
    alone = decided(facts, INSURER)
    for id, chosen in alone["recommendation"].items():
        assert row[id] == chosen
    assert row["prompting_horizon_usd"] == alone["costs"]["prompting"]["horizon"]["p50"]


def test_a_threshold_of_any_rule_has_a_name_and_can_be_set_to_what_it_is():
    """Every shipped rule: setting a threshold to its own value changes nothing, and the entry says so."""
    shipped, entries = load(), []
    for rule in shipped.rules.values():
        for name, one in thresholds(rule.when).items():
            value = list(one.value) if isinstance(one.value, tuple) else one.value
            entries.append(f"  {rule.id}.{name}: {{value: {json.dumps(value)}, {OWNED}}}")
    assert len(entries) > 500
    for start in range(0, len(entries), 500):
        found = under("set:\n" + "\n".join(entries[start : start + 500]))
        assert found.rules == shipped.rules
        assert found.organisation is not None
        assert {entry.state for entry in found.organisation.entries} == {"idle"}


def test_a_threshold_that_is_asked_twice_has_a_name_for_each():
    """Of a rule that asks one fact several things; the one that is set moves, and no other."""
    several = [
        (rule, name, one)
        for rule in load().rules.values()
        for name, one in thresholds(rule.when).items()
        if name.count(".") and isinstance(one.value, int) and not isinstance(one.value, bool)
    ]
    assert len(several) >= 5
    for rule, name, one in several:
        value = one.value + 1 if one.part else int(one.value != 1)
        found = under(f"set: {{{rule.id}.{name}: {{value: {value}, {OWNED}}}}}").rules[rule.id]
        now, was = thresholds(found.when), thresholds(rule.when)
        assert {key for key in was if was[key].value != now[key].value} == {name}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "says nothing; expected one of set, off, add, forbid, prefer"),
        ("[]", "expected a mapping of names, found a list"),
        ("sett: {}", "policy.yaml:1: sett: unknown key 'sett'; did you mean 'set'?"),
        ("off: {a.b: {owner: me}}", "policy.yaml:1: off.a.b: the key 'reason' is missing"),
        (
            "off:\n  data.far_to_few: {owner: me, reason: No.}",
            "policy.yaml:2: off.data.far_to_few: unknown rule 'data.far_to_few'; did you mean 'data.far_too_few'?",
        ),
        (
            f"set:\n  load.low_lod.requests_per_month: {{value: 1, {OWNED}}}",
            "policy.yaml:2: set.load.low_lod.requests_per_month: unknown rule 'load.low_lod'; "
            "did you mean 'load.low_load'?",
        ),
        (
            f"set:\n  load.low_load.request_per_month: {{value: 1, {OWNED}}}",
            "unknown threshold of load.low_load 'request_per_month'; did you mean 'requests_per_month'?",
        ),
        (
            f"set:\n  load.low_load.requests_per_month:\n    value: many\n    {OWNED.replace(', ', chr(10) + '    ')}",
            "policy.yaml:3: set.load.low_load.requests_per_month: requests_per_month: expected a number",
        ),
        (
            f"set: {{load.low_load.strength: {{value: huge, {OWNED}}}}}",
            "unknown strength 'huge'; allowed: weak, moderate, strong",
        ),
        (
            f"set: {{hosting.closed_model.strength: {{value: weak, {OWNED}}}}}",
            "a rule that concludes 'exclude' has no strength",
        ),
        (
            f"set: {{epoch: {{value: 2, {OWNED}}}}}",
            "set.epoch: unknown assumption; did you mean 'epochs'?",
        ),
        (f"set: {{epochs: {{value: -2, {OWNED}}}}}", "set.epochs: expected a number from"),
        (
            f"set: {{epochs: {{value: [], {OWNED}}}}}",
            "expected rising days, each once, under 'from'",
        ),
        (
            f"set: {{epochs: {{value: [{{from: 2026-13-01, value: 1}}], {OWNED}}}}}",
            "expected a date such as 2026-11-22, found '2026-13-01'",
        ),
        (
            f"off: {{data.far_too_few: {{until: 20261231, {OWNED}}}}}",
            "off.data.far_too_few.until: expected text, got a whole number (20261231)",
        ),
        (
            f"off: {{data.far_too_few: {{until: '20261231', {OWNED}}}}}",
            "expected a date such as 2026-11-22, found '20261231'",
        ),
        (
            f"forbid: {{a: {{decision: hostin, options: [public_api], {OWNED}}}}}",
            "unknown decision 'hostin'; did you mean 'hosting'?",
        ),
        (
            f"forbid: {{a: {{decision: hosting, options: [public], {OWNED}}}}}",
            "unknown option of 'hosting' 'public'; did you mean 'public_api'?",
        ),
        (
            "forbid: {a: {when: {data_sensitivty: {is: a}}, decision: hosting, options: [public_api], "
            f"{OWNED}}}}}",
            "unknown fact 'data_sensitivty'; did you mean 'data_sensitivity'?",
        ),
        (
            "forbid: {a: {decision: hosting, options: [public_api], owner: me, reason: 'Not for {stage}.'}}",
            "unknown fact in the reason (the condition reads) 'stage'",
        ),
        (
            f"prefer: {{model: {{allowed: [a], {OWNED}}}}}",
            "unknown decision, or models or providers 'model'; did you mean 'models'?",
        ),
        (
            f"prefer: {{models: {{allowed: {{frontie: [openai/gpt-4o]}}, {OWNED}}}}}",
            "unknown size 'frontie'; did you mean 'frontier'?",
        ),
        (f"prefer: {{models: {{allowed: [openai/gpt-4o], {OWNED}}}}}", "expected models by size"),
        (
            "add: {a: {when: {stage: {is: pilot}}, then: {support: {approach: promting}, strength: weak}, "
            f"checked: 2026-11-28, {OWNED}}}}}",
            "unknown option of 'approach' 'promting'; did you mean 'prompting'?",
        ),
        (
            f"forbid: {{a.b: {{decision: hosting, options: [public_api], {OWNED}}}}}",
            "a name may hold letters, digits and _ only",
        ),
        (
            f"set: {{load.low_load.strength: {{value: weak, {OWNED}}}}}\noff: {{load.low_load: {{{OWNED}}}}}",
            "off.load.low_load: is changed under 'set', too; leave one of both out",
        ),
        (
            "off: {data.far_too_few: {owner: ' ', reason: No.}}",
            "off.data.far_too_few.owner: is empty",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_right_name(text, said):
    found = refused(text)
    assert said in found
    assert found.count("\n") <= 1


def test_every_mistake_of_a_file_is_told_at_once():
    assert refused("off: {x.y: {}, data.far_too_few: {}}").count("\n") == 3


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]",
        "off: {load.low_load: {owner: a, reason: b}, load.low_load: {owner: a, reason: b}}",
        "off: !!python/object:os.system {}",
        "off: " + "[" * 100 + "]" * 100,
        "off:\n" + "".join(f"  a.r{i}: {{owner: a, reason: b}}\n" for i in range(1_001)),
        "--- {}\n--- {}",
        "off: 7",
        "set: {epochs: {value: .nan, owner: a, reason: b}}",
        "set: {epochs: {value: 1e999, owner: a, reason: b}}",
        "forbid: {a: {decision: [hosting], options: {}, owner: a, reason: b}}",
        "prefer: {hosting: {allowed: {a: {b: c}}, owner: a, reason: b}}",
        'off: {"\\x1b[31m": {owner: a, reason: b}}',
        "set: {'...': {value: 1, owner: a, reason: b}}",
        "off: {data.far_too_few: {owner: a, reason: b, until: 9999-12-31}}",
    ],
)
def test_a_hostile_file_ends_in_plain_lines(text, tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    case = str(EXAMPLES / "legal_clauses.yaml")
    assert run(["decide", case, "--organisation", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tunewise: {path}") or str(path) in said
    assert said.count("\n") <= 4
    assert "\x1b" not in said


def test_a_file_that_is_none_is_said_so(tmp_path, capsys):
    (tmp_path / "big.yaml").write_bytes(b"# " + b"x" * 5_000_000)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    case = str(EXAMPLES / "legal_clauses.yaml")
    for name in ("big.yaml", "bytes.yaml", "none.yaml", "."):
        assert run(["decide", case, "--organisation", str(tmp_path / name)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4


def test_what_has_ended_is_not_held_to_the_rulebook():
    """An id that vanished stops nobody once its entry has ended: it has no effect at all."""
    text = f"off: {{no.such_rule: {{until: 2026-06-30, {OWNED}}}}}"
    found = under(text)
    assert found.rules == load().rules
    assert found.organisation is not None
    assert [entry.state for entry in found.organisation.entries] == ["ended"]
    assert "unknown rule" in refused(text, date(2026, 6, 30))


def test_a_rulebook_counts_on_a_day_as_if_it_was_read_on_that_day():
    days = [date(2025, 12, 31), DAY, date(2027, 6, 30), date(2027, 7, 1), date(2028, 1, 1)]
    read = [under(INSURER.read_text("utf-8"), day) for day in days]
    assert len({one.sha256 for one in read}) == 4
    for start in read:
        for day, expected in zip(days, read, strict=True):
            found = in_force(start, day)
            assert found.sha256 == expected.sha256
            assert found.rules.keys() == expected.rules.keys()
            assert cost_book(found) == cost_book(expected)
    assert without_organisation(read[0]).sha256 == load().sha256


def test_the_kept_rulebook_is_never_served_under_a_policy(tmp_path, monkeypatch):
    """What is kept ready made is the shipped rulebook alone, before and after a policy was used."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shipped = load()
    book = cost_book(shipped)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "tunewise").iterdir()}
    governed = under_organisation(load(), INSURER, DAY)
    assert cost_book(governed) != book
    assert governed.sha256 != shipped.sha256
    assert {path.name: path.read_bytes() for path in (tmp_path / "tunewise").iterdir()} == kept
    assert load() == shipped
    assert cost_book(load()) == book


def test_texts_that_were_stored_say_the_same():
    book = under(INSURER.read_text("utf-8"), date(2027, 8, 1))
    again = of_texts(book.texts, "stored.json")
    assert again.sha256 == book.sha256
    assert {id: rule.when for id, rule in again.rules.items()} == {
        id: rule.when for id, rule in book.rules.items()
    }
    with pytest.raises(UserError, match="on which nothing begins or ends"):
        of_texts({**book.texts, "organisation.since": "2027-08-02"}, "stored.json")


def test_a_new_policy_works_part_by_part_once_its_marks_are_taken_away(tmp_path, capsys):
    """Every line of the example that is written is right; a file that is there is left alone."""
    path = tmp_path / "organisation.yaml"
    assert run(["rules", "organisation", "new", str(path)]) == 0
    text = path.read_text("utf-8")
    schema = text.split("$schema=")[1].splitlines()[0]
    assert (tmp_path / schema).resolve().name == "organisation.schema.json"
    lines = [line for line in text.splitlines()[1:] if not line.startswith("##")]
    assert all(line.startswith("# ") for line in lines)
    path.write_text("\n".join(line[2:] for line in lines), encoding="utf-8")
    found = under_organisation(load(), path, DAY).organisation
    assert found is not None
    assert {entry.kind for entry in found.entries} == {"set", "off", "add", "forbid", "prefer"}
    assert {entry.state for entry in found.entries} == {"in_force"}
    assert run(["rules", "organisation", "new", str(path)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_a_policy_changes_is_told_in_sentences_and_on_an_inventory(tmp_path, capsys):
    inventory = tmp_path / "inventory.csv"
    inventory.write_text(
        "name,data_sensitivity,task_type\nA,regulated,extraction\nB,public,extraction\n"
    )
    command = ["rules", "diff", "--organisation", str(INSURER), "--as-of", "2026-11-28"]
    assert run([*command, "--inventory", str(inventory), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    changed = {(one["kind"], one["id"]): one["how"] for one in found["changes"]}
    assert changed["rule", "team.no_ml_expertise"] == "removed"
    assert changed["rule", "organisation.budget_guard"] == "added"
    assert changed["cost", "cards.h100_on_demand"] == "changed"
    assert found["inventory"]["cases"] == 2
    assert found["inventory"]["changed"] >= 1
    assert run([*command, "--inventory", str(inventory)]) == 0
    text = capsys.readouterr().out
    assert "off team.no_ml_expertise counts until 2027-06-30: Contractors" in text
    assert "A month" in text
    assert run([*command, "--fail-on-change"]) == 1


def test_an_upgrade_says_what_vanished_what_is_idle_and_what_changes_here_alone(tmp_path, capsys):
    """Between two versions of a small rulebook, under one policy."""
    old = write(tmp_path / "old")
    new = write(
        tmp_path / "new",
        changed(
            ("data.yaml", "at_least: 500", "at_least: 700"), ("data.yaml", "  enough:", "  enough:")
        ),
    )
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        f"set: {{data.enough.examples: {{value: 700, {OWNED}}}}}\n"
        f"off: {{data.gone: {{{OWNED}}}}}\n",
    )
    assert (
        run(
            ["rules", "diff", str(old), str(new), "--organisation", str(policy), "--format", "json"]
        )
        == 1
    )
    found = json.loads(capsys.readouterr().out)
    states = {one["name"]: one["state"] for one in found["entries"]}
    assert states == {"data.enough.examples": "idle", "data.gone": "vanished"}
    assert found["changes"] == []
    (unfelt,) = found["unfelt"]
    assert unfelt["id"] == "data.enough"


def test_what_is_forbidden_is_proved(tmp_path, capsys):
    """Over a small rulebook: `rules prove` holds each thing forbidden as an invariant."""
    folder = write(tmp_path / "rules")
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "forbid: {no_cloud: {when: {may_train: {is: false}}, decision: hosting, options: [public_api], "
        f"{OWNED}}}}}"
    )
    command = [
        "rules",
        "prove",
        "--rules",
        str(folder),
        "--organisation",
        str(policy),
        "--format",
        "json",
    ]
    run(command)
    claims = json.loads(capsys.readouterr().out)["claims"]
    held = [one["status"] for one in claims if one["kind"] == "invariant"]
    assert held == ["proved"]


def test_what_the_guide_shows_is_a_policy():
    """Each block of YAML in docs/organisation.md can be taken as it stands."""
    guide = (EXAMPLES.parent / "docs" / "organisation.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) >= 4
    for block in blocks:
        found = under(block).organisation
        assert found is not None
        assert {entry.state for entry in found.entries} == {"in_force"}


def test_check_warns_of_entries_that_do_nothing(tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text(
        f"set:\n  load.low_load.requests_per_month: {{value: 10000, {OWNED}}}\n"
        f"  epochs: {{value: 3, {OWNED}}}\n"
        f"off: {{load.low_load: {{until: 2026-01-01, {OWNED}}}}}\n"
        f"prefer: {{oversight: {{allowed: [automated, human_review], {OWNED}}}}}\n"
    )
    options = ["--organisation", str(path), "--as-of", "2026-11-28", "--format", "json"]
    run(["rules", "check", *options])
    found = [one for one in json.loads(capsys.readouterr().out) if one["id"].endswith("-entry")]
    assert [(one["line"], one["id"]) for one in found] == [
        (2, "idle-entry"),
        (3, "idle-entry"),
        (4, "ended-entry"),
        (5, "idle-entry"),
    ]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_report_says_what_is_by_the_organisation_with_reason_and_ticket(form, capsys):
    """A changed rule where it speaks, its entry among the sources, and each rule that is off, in every form."""
    case = str(EXAMPLES / "legal_clauses.yaml")
    options = ["--organisation", str(INSURER), "--as-of", "2026-11-28", "--format", form]
    assert run(["decide", case, *(["--full"] if form == "text" else []), *options]) == 0
    said = " ".join(
        re.sub(r"<[^>]+>|\\\\", " ", capsys.readouterr().out).replace("&#39;", "'").split()
    )
    for part in (
        "By your organisation (PLAT-15): Releases of own models take our change board eight weeks",
        "under your organisation's policy, of which 10 entries count",
        "PLAT-21: Contractors prepare data, train and evaluate for every team",
    ):
        assert part in said


def test_what_is_forbidden_is_shown_by_the_smallest_case_that_comes_to_it_otherwise():
    """Of a small rulebook; and what no case comes to anyway is told as doing nothing."""
    plain = book()
    text = (
        f"forbid:\n  cloud: {{when: {{stage: {{is: pilot}}}}, decision: hosting, options: [public_api], {OWNED}}}\n"
        f"  tuned: {{when: {{may_train: {{is: false}}}}, decision: approach, options: [fine_tuning], {OWNED}}}\n"
    )
    governed = under(text, rulebook=plain)
    with closing(Evaluator(plain, DAY)) as evaluator:
        encoded = encode(plain, evaluator.trials().conclude)
        cloud, tuned = without_policy(encoded, governed)
    assert cloud.status == "broken"
    assert cloud.cases[0].facts == {"stage": "pilot"}
    assert "without it hosting public_api where stage=pilot" in without_policy_text(cloud)
    assert tuned.status == "proved"
    assert "does nothing" in without_policy_text(tuned)


def test_the_list_of_rules_tells_the_id_of_every_option_of_a_decision(capsys):
    for decision in load().decisions.values():
        assert run(["rules", "list", "--decision", decision.id]) == 0
        told = re.findall(r"\(([^)]*)\)  \[", capsys.readouterr().out)
        ids = {id for one in told for id in one.split(", ")}
        assert ids >= set(decision.options), decision.id


ONLY_OWN = f"""
prefer:
  hosting: {{allowed: [self_hosted], {OWNED}}}
  models: {{allowed: {{frontier: openai/gpt-6-sol}}, {OWNED}}}
"""


def test_what_is_ruled_out_in_every_case_is_not_said_to_open_again(tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text(ONLY_OWN, "utf-8")
    case = str(EXAMPLES / "health_assistant.yaml")
    assert run(["decide", case, "--organisation", str(path), "--full", "--no-turning"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "nothing is known yet" not in text
    assert "no longer true: ." not in text
    assert "is ruled out in every case: By your organisation: So it is decided." in text
    (hosting,) = (
        one
        for one in decided({"error_impact": "low"}, path)["decisions"]
        if one["decision"] == "hosting"
    )
    assert {one["rule"] for one in hosting["lifted_by"]} == {"hosting.closed_model"}


def test_providers_that_may_not_be_used_are_neither_compared_nor_taken_silently(tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text(f"prefer: {{providers: {{allowed: [anthropic], {OWNED}}}}}", "utf-8")
    found = cost_book(under(path.read_text("utf-8")))
    assert found is not None
    assert not found.compared
    case = {"requests_per_month": 50_000, "input_tokens": 2_000, "output_tokens": 300}
    decision = decided(case, path)
    assert decision["cheaper_model"] is None
    told = firing(decision, "organisation.providers_allowed")
    assert told is not None
    assert told["because"].startswith("By your organisation: ")
    notes = decision["cost_basis"]["notes"]
    assert any("does not let openai/gpt-6-sol be used" in note for note in notes)
    assert not firing(
        decided({**case, "base_model": "anthropic/claude-sonnet-4-5"}, path),
        "organisation.providers_allowed",
    )
    assert run(["rules", "check", "--organisation", str(path)]) == 0
    said = capsys.readouterr().out
    assert "warning[unassumed-model]: prefer providers: lets no model" in said
    assert "frontier (openai/gpt-6-sol)" in said
    assert run(["rules", "check", "--organisation", str(INSURER)]) == 0
    assert "unassumed-model" not in capsys.readouterr().out


def test_a_table_heeds_the_providers_that_may_be_used_as_a_case_does(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "policy.yaml"
    tuned = "when: {base_model_allowed: {is: false}}, then: {exclude: {approach: prompting}}"
    path.write_text(
        f"prefer: {{providers: {{allowed: [anthropic], {OWNED}}}}}\n"
        f"add: {{elsewhere: {{{tuned}, checked: 2026-11-28, {OWNED}}}}}\n",
        "utf-8",
    )
    case = {"requests_per_month": 50_000, "input_tokens": 2_000, "output_tokens": 300}
    rows = [{**case, "base_model": name} for name in (None, "anthropic/claude-sonnet-4-5")]
    table = polars.DataFrame([{"name": "A case", **row} for row in rows])
    found = evaluate_table(table, organisation=path, as_of=DAY)
    alone = [decided({id: v for id, v in row.items() if v is not None}, path) for row in rows]
    assert list(found["approach"]) == [one["recommendation"]["approach"] for one in alone]
    assert [one != "prompting" for one in found["approach"]] == [True, False]


def test_check_tells_an_owner_of_own_entries_alone(tmp_path, capsys):
    """An acceptance of the rulebook that a policy makes idle is not for its owner to mend; an own rule is."""
    assert run(["rules", "check", "--organisation", str(INSURER), "--as-of", "2026-11-28"]) == 0
    assert "warning" not in capsys.readouterr().out
    path = tmp_path / "policy.yaml"
    never = "when: {requests_per_month: {below: 0}}, then: {advise: risk, strength: weak}"
    path.write_text(f"add: {{never: {{{never}, checked: 2026-11-28, {OWNED}}}}}", "utf-8")
    run(["rules", "check", "--organisation", str(path)])
    found = [line for line in capsys.readouterr().out.splitlines() if "[" in line]
    assert found
    assert all(line.startswith(str(path)) for line in found)


OWN_MACHINES = f"""
forbid:
  patients:
    when: {{data_sensitivity: {{is: regulated}}}}
    decision: hosting
    options: [public_api, onshore_hosted]
    owner: CISO
    ticket: SEC-4
    reason: Patient data stay on our own machines.
prefer:
  models: {{allowed: {{frontier: openai/gpt-6-sol}}, {OWNED}}}
"""


def test_check_warns_of_a_policy_that_leaves_no_option(tmp_path, capsys):
    path = tmp_path / "policy.yaml"
    path.write_text(OWN_MACHINES, "utf-8")
    assert run(["rules", "check", "--organisation", str(path)]) == 0
    found = capsys.readouterr().out
    said = (
        "forbid patients: leaves no option of hosting where data sensitivity is regulated, together"
    )
    assert f"{path}:3: warning[no-option-left]: {said} with hosting.closed_model" in found
    assert "organisation.allowed_models" in found
    large = "large: together/meta-llama/Llama-3.3-70B-Instruct-Turbo"
    open_too = OWN_MACHINES.replace("openai/gpt-6-sol}", f"openai/gpt-6-sol, {large}}}")
    path.write_text(open_too, "utf-8")
    assert run(["rules", "check", "--organisation", str(path)]) == 0
    assert "no-option-left" not in capsys.readouterr().out


MEASURED = """
name: Patient letters
facts: {task_type: summarization, stage: pilot, data_sensitivity: regulated, requests_per_month: 50000,
  input_tokens: 2000, output_tokens: 300, prompt_testing: systematic,
  prompt_accuracy: 0.9, accuracy_target: 0.85, gap_kinds: []}
"""


@pytest.mark.parametrize("form", [[], ["--brief", "--format", "text"]])
def test_what_a_policy_decided_is_told_in_short(form, tmp_path, capsys):
    """What it leaves no option, by entry and ticket; what it rules out; a stated model that may not be used."""

    def told(policy: str, case: str) -> str:
        (tmp_path / "policy.yaml").write_text(policy, "utf-8")
        (tmp_path / "case.yaml").write_text(case, "utf-8")
        command = ["decide", str(tmp_path / "case.yaml"), "--no-turning", *form]
        assert run([*command, "--organisation", str(tmp_path / "policy.yaml")]) == 0
        return " ".join(capsys.readouterr().out.split())

    why = "By your organisation (SEC-4): Patient data stay on our own machines."
    shut = "Your organisation's policy leaves no option of hosting (forbid patients)."
    assert f"{shut} {why}" in told(OWN_MACHINES, MEASURED)
    sampled = f"prefer: {{oversight: {{allowed: [automated], {OWNED}}}}}"
    said = told(sampled, MEASURED)
    assert "By your organisation: So it is decided." in said
    assert "leaves no option" not in said
    stated = MEASURED.replace("gap_kinds", "base_model: mistral/mistral-small-2603, gap_kinds")
    only = f"prefer: {{providers: {{allowed: [openai], {OWNED}}}}}"
    assert "By your organisation: So it is decided." in told(only, stated)
    assert "By your organisation" not in told(only, MEASURED)


def test_a_price_that_is_agreed_until_a_day_is_said_to_be_taken_beyond_it(tmp_path):
    path = tmp_path / "policy.yaml"
    case = {"requests_per_month": 50_000, "input_tokens": 2_000, "output_tokens": 300}
    for until, told in (("2027-06-30", True), ("2039-06-30", False)):
        path.write_text(
            f"set: {{token_price_factor: {{value: 0.8, until: {until}, {OWNED}}}}}", "utf-8"
        )
        notes = decided(case, path)["cost_basis"].get("notes", [])
        said = f"is agreed until {until} and taken for all"
        assert any("(token_price_factor)" in one and said in one for one in notes) is told


def test_a_difference_tells_each_value_by_name_that_changed(tmp_path, capsys):
    assert run(["rules", "diff", "--organisation", str(INSURER), "--as-of", "2026-11-28"]) == 0
    said = capsys.readouterr().out
    assert "Its values changed: efficient from openai/gpt-6-luna to openai/gpt-6-sol" in said
    assert "Its values changed." not in said

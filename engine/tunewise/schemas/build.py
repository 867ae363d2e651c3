"""JSON Schemas of every file that people write and of the JSON that Tunewise prints, made from the model.

`python -m tunewise.schemas` writes them next to the rulebook; with `--check` it fails where one is not current.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tunewise.authoring.rulecases import RuleCaseText
from tunewise.cases.case import CASE_COLUMNS, CaseText
from tunewise.costs.book import (
    BASES,
    Assumption,
    Component,
    Doubt,
    Ending,
    Gap,
    Lever,
    Quote,
    Serving,
)
from tunewise.costs.settings import DatedValue, Span
from tunewise.errors import UserError
from tunewise.inference.deciding import BLOCKED
from tunewise.inventories.mapping import MappingText
from tunewise.jsonschema import DATE, TEXT, Schema, listing, mapping, table
from tunewise.knowledge.remedy import EvaluationSet
from tunewise.knowledge.rule import Decision, Option, Prior, SourceDocument, SourceItem
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact, Group
from tunewise.loading.assembly import load
from tunewise.loading.declarations import RulebookHeader
from tunewise.loading.folder import shipped
from tunewise.loading.remedyfile import RemedyText, RulingText
from tunewise.loading.rulefile import RuleText
from tunewise.record.decision import as_json
from tunewise.record.schema import decision_schema
from tunewise.schemas.log_lines import batch_run_schema, human_decision_schema, record_schema
from tunewise.schemas.organisation import organisation_schema
from tunewise.schemas.parts import (
    CONDITION,
    conclusion_schema,
    condition_parts,
    facts,
    one_or_more,
    struct,
)
from tunewise.structure import NAME_PATTERN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS_FOLDER = "schemas"
SENTENCE: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
DAYS: Schema = {"type": "integer", "minimum": 1}
SOURCE_ITEMS = listing({"$ref": "#/$defs/item"})
ACCEPTS = table(SENTENCE)
NAMED_ENTRIES: Schema = {"pattern": NAME_PATTERN.pattern.replace(r"\Z", "$")}


def schemas(rulebook: Rulebook) -> dict[str, Schema]:
    """Return every schema by the name of its file, without the suffix."""
    return {
        "facts": _titled("The vocabulary of a Tunewise rulebook", _facts(rulebook)),
        "decisions": _titled("The decisions of a Tunewise rulebook", _decisions()),
        "rulebook": _titled("What a Tunewise rulebook says of itself", _header(rulebook)),
        "sources": _titled("The sources of a Tunewise rulebook", _sources()),
        "remedies": _titled("The remedies of a Tunewise rulebook", _remedies(rulebook)),
        "rules": _titled("A file of rules of a Tunewise rulebook", _rules(rulebook)),
        "costs": _titled("A cost file of a Tunewise rulebook", _costs(rulebook)),
        "case": _titled("A use case for Tunewise", _case(rulebook)),
        "cases": _titled("Cases that test a Tunewise rulebook", _rule_cases(rulebook)),
        "organisation": _titled("An organisation's policy", organisation_schema(rulebook)),
        "mapping": _titled("How a register is read", _mapping(rulebook)),
        "decision": _titled("What 'tunewise decide --format json' prints", decision_schema()),
        "record": _titled("A line of a Tunewise decision log", record_schema()),
        "batch_run": _titled("The end of a run of a batch in its log", batch_run_schema()),
        "human_decision": _titled(
            "A person's decision in a Tunewise decision log", human_decision_schema()
        ),
    }


def _titled(title: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **schema}


def _facts(rulebook: Rulebook) -> Schema:
    fact = struct(
        Fact,
        ask_when=CONDITION,
        group={"enum": list(rulebook.facts.groups)},
        origin={"enum": ["given", "derived", "computed"], "default": "given"},
        sources=SOURCE_ITEMS,
        accepts=ACCEPTS,
    )
    listed = {"properties": {"type": {"enum": ["choice", "set"]}}}
    fact |= {
        "if": listed,
        "then": {"required": ["values"]},
        "else": {"properties": {"values": {"maxProperties": 0}}},
    }
    properties = {
        "groups": table(struct(Group), propertyNames=NAMED_ENTRIES),
        "facts": table(fact, propertyNames=NAMED_ENTRIES),
    }
    schema = mapping(properties, ["groups", "facts"])
    return {**schema, "$defs": {**_item(rulebook), **condition_parts(rulebook.facts)}}


def _decisions() -> Schema:
    options = table(struct(Option, accepts=ACCEPTS), propertyNames=NAMED_ENTRIES, minProperties=2)
    prior = struct(Prior, given=(), checked=DATE)
    decision = struct(Decision, options=options, prior=prior)
    return mapping(
        {"decisions": table(decision, propertyNames=NAMED_ENTRIES, minProperties=1)}, ["decisions"]
    )


def _header(rulebook: Rulebook) -> Schema:
    strengths = ["weak", "moderate", "strong"]
    points = mapping({name: {"type": "integer", "minimum": 1} for name in strengths}, strengths)
    schema = struct(RulebookHeader, given=(), strengths=points, least_known=CONDITION)
    given = {id: rulebook.facts[id] for id in rulebook.facts.given}
    return {**schema, "$defs": condition_parts(given)}


def _sources() -> Schema:
    properties = {
        "documents": table(struct(SourceDocument), propertyNames=NAMED_ENTRIES),
        "items": table(struct(SourceItem, given=("id", "document")), propertyNames=NAMED_ENTRIES),
    }
    return mapping(properties, ["documents", "items"])


def _item(rulebook: Rulebook) -> Schema:
    """Return what stands under `$defs` for source items."""
    return {"item": {"enum": list(rulebook.items)}}


def _rules(rulebook: Rulebook) -> Schema:
    rule = struct(
        RuleText,
        when=CONDITION,
        unless=CONDITION,
        then=conclusion_schema(rulebook.facts, rulebook.decisions),
        because=SENTENCE,
        sources=SOURCE_ITEMS,
        checked=DATE,
        until=DATE,
        accepts=ACCEPTS,
    )
    named = {"title": TEXT, "about": TEXT, "rules": table(rule, propertyNames=NAMED_ENTRIES)}
    schema = mapping(named, ["rules"])
    return {**schema, "$defs": {**_item(rulebook), **condition_parts(rulebook.facts)}}


def _remedies(rulebook: Rulebook) -> Schema:
    facts = rulebook.facts.values()
    findings = {
        f.id: {"enum": list(f.options)} for f in facts if f.origin == "derived" and f.ordered
    }
    ruling = struct(RulingText, when=CONDITION, unless=CONDITION, because=SENTENCE)
    verdict = {d.id: listing({"enum": list(d.options)}, 1) for d in rulebook.decisions.values()}
    remedy = struct(
        RemedyText,
        mends=mapping(findings),
        when=CONDITION,
        unless=CONDITION,
        done=ruling,
        never=ruling,
        verdict=mapping(verdict, maxProperties=1),
        because=SENTENCE,
        gate=SENTENCE,
        sources=SOURCE_ITEMS,
        checked=DATE,
    )
    test = struct(EvaluationSet, sources=SOURCE_ITEMS, checked=DATE)
    remedies = table(remedy, propertyNames=NAMED_ENTRIES)
    named = {"title": TEXT, "about": TEXT, "test": test, "remedies": remedies}
    schema = mapping(named, ["test", "remedies"])
    return {**schema, "$defs": {**_item(rulebook), **condition_parts(rulebook.facts)}}


def _costs(rulebook: Rulebook) -> Schema:
    sourced = {"sources": SOURCE_ITEMS}
    properties = {
        "title": TEXT,
        "about": TEXT,
        "plan": table(TEXT),
        "assumptions": table(struct(Assumption, **sourced)),
        "components": table(struct(Component, **sourced, checked=DATE)),
        "quotes": table(struct(Quote)),
        "gaps": table(struct(Gap)),
        "endings": table(struct(Ending, **sourced)),
        "says": table(TEXT),
        "currencies": table(TEXT),
        "levers": table(struct(Lever)),
        "compared": table(TEXT),
        "choices": table(TEXT),
        "servings": table(struct(Serving)),
        "moved": table(TEXT),
        "doubts": table(struct(Doubt, sources=SOURCE_ITEMS)),
        "review": mapping(dict.fromkeys(BASES, DAYS)),
    }
    defs = {**_item(rulebook), "Span": struct(Span, given=()), "DatedValue": struct(DatedValue)}
    return {**mapping(properties), "$defs": defs}


def _case(rulebook: Rulebook) -> Schema:
    return struct(CaseText, name=SENTENCE, facts=facts(rulebook.facts))


def _mapping(rulebook: Rulebook) -> Schema:
    """Return the schema of a mapping file; what its columns are called is the register's own affair."""
    words: Schema = {"type": "string"}
    given = facts(rulebook.facts)["properties"]
    parts = {name: TEXT for name in CASE_COLUMNS if name != "name"}
    return struct(
        MappingText,
        values=table(table({})),
        constants=mapping({**parts, **given}),
        skip_rows=table(listing(words)),
    )


def _rule_cases(rulebook: Rulebook) -> Schema:
    case = struct(
        RuleCaseText,
        name=SENTENCE,
        facts={"$ref": "#/$defs/facts"},
        near={"$ref": "#/$defs/facts", "minProperties": 1, "maxProperties": 1},
        sources=SOURCE_ITEMS,
        expect=_expectation(rulebook),
    )
    unnamed = {**case, "required": [name for name in case["required"] if name != "name"]}
    either = {"anyOf": [listing(case, 1), table(unnamed, minProperties=1)]}
    schema = mapping({"title": TEXT, "about": TEXT, "cases": either}, ["cases"])
    return {**schema, "$defs": {**_item(rulebook), "facts": facts(rulebook.facts)}}


def _expectation(rulebook: Rulebook) -> Schema:
    options = {d.id: list(d.options) for d in rulebook.decisions.values()}
    rules = listing(
        {"type": "string", **NAMED_ENTRIES}
    )  # their ids would make each new rule a new schema
    properties = {
        **{id: one_or_more({"enum": [*names, BLOCKED]}) for id, names in options.items()},
        "vetoed": mapping({id: one_or_more({"enum": names}) for id, names in options.items()}),
        "fires": rules,
        "not_fires": rules,
        "advice": rules,
    }
    return mapping(properties, minProperties=1)


def texts(rulebook: Rulebook) -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    return {f"{name}.schema.json": as_json(schema) for name, schema in schemas(rulebook).items()}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a schema is not current.")
@click.option("--rules", metavar="DIR", help="Another rulebook than the one that is shipped.")
def write_schemas(check: bool, rules: str | None) -> None:
    """Write the JSON Schemas of a rulebook into its folder 'schemas'."""
    try:
        wanted = texts(load(rules))
        folder = Path(rules if rules is not None else str(shipped())) / SCHEMAS_FOLDER
        stale = {name: text for name, text in wanted.items() if _text(folder / name) != text}
        if not check:
            _write(folder, stale)
        elif stale:
            names = ", ".join(stale)
            click.echo(f"not current: {names}; run 'python -m tunewise.schemas'", err=True)
            sys.exit(1)
    except UserError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _write(folder: Path, stale: dict[str, str]) -> None:
    from tunewise.writing import write_whole

    folder.mkdir(exist_ok=True)
    for name, text in stale.items():
        write_whole(folder / name, text)
        click.echo(f"wrote {folder / name}")


if __name__ == "__main__":
    write_schemas()

"""The JSON Schema of `tunewise.decision/2`, the object that decision.py makes of an evaluation.

It names no fact, decision or rule: an answer from any rulebook is held to it.
"""

from __future__ import annotations

from typing import Any, get_args

from tunewise.costs.book import Basis, Period
from tunewise.costs.breakeven import NEVER, BreakEvenReason
from tunewise.costs.explained import QuantityOrigin
from tunewise.costs.sampling import DISTRIBUTION
from tunewise.costs.served import VERDICTS
from tunewise.explaining.certainty import CertaintyStatus
from tunewise.explaining.ladder import RungStatus
from tunewise.explaining.reasons import STANCES
from tunewise.jsonschema import DATE, TEXT, Schema, listing, mapping, table
from tunewise.knowledge.conclusions import AdviceKind, Strength
from tunewise.record.decision import DECISION_SCHEMA, PLANNED
from tunewise.record.plan_schema import AMOUNT, drawn, plan_schema
from tunewise.record.policy_schema import policy_schema

TEXTS = listing(TEXT)
INTEGER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
VALUE: Schema = {
    "anyOf": [{"type": ["boolean", "number", "string"]}, {"type": "array", "items": TEXT}]
}
DIGEST_TEXT: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
RULEBOOK = {"version": TEXT, "sha256": DIGEST_TEXT}
STRENGTH: Schema = {"enum": list(get_args(Strength))}
KIND: Schema = {"enum": list(get_args(AdviceKind))}
ESTIMATED = ("initial", "monthly", "horizon")
ORIGINS = ("given", "assumed", "derived", "computed")


def decision_schema() -> Schema:
    """Return the schema of one decision, or of the list that several cases make."""
    one: Schema = {"$ref": "#/$defs/decision"}
    return {
        "if": {"type": "array"},
        "then": listing(one, 2),
        "else": one,
        "$defs": {"decision": _decision(), "conclusion": _conclusion()},
    }


def whole_number(**properties: Any) -> Schema:
    """Return the schema of an object that has all of these keys and no others."""
    return mapping(properties, properties)


def _or_none(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _case() -> Schema:
    own = {"name": TEXT, "description": TEXT, "owner": TEXT, "tags": TEXTS}
    register = {"id": TEXT, "row": {"type": "integer", "minimum": 1}, "inventory": DIGEST_TEXT}
    return mapping({**own, **register}, own)


def _decision() -> Schema:
    known = whole_number(
        schema={"const": DECISION_SCHEMA},
        case=_case(),
        as_of=DATE,
        versions=table(TEXT, required=["tunewise", "durable_rules", "genai_prices"]),
        rulebook=mapping({**RULEBOOK, "organisation": policy_schema(DIGEST_TEXT)}, RULEBOOK),
        facts=table(whole_number(value=VALUE, origin={"enum": list(ORIGINS)})),
        recommendation=table(TEXT, minProperties=1),
        known=whole_number(facts=COUNT, of=COUNT),
        certainty=table(_certainty(), minProperties=1),
        flips=listing(_flip()),
        sufficient=_sufficient(),
        ladder=listing(_rung()),
        plans=listing(plan_schema(), 2),
        tuning_plan=mapping(dict.fromkeys(PLANNED, TEXT)),
        decisions=listing(_outcome(), 1),
        firings=listing(_firing()),
        reasons=listing(_reason()),
        advice=listing(
            whole_number(rule=TEXT, kind=KIND, strength=STRENGTH, text=TEXT, sources=TEXTS)
        ),
        costs=table(_estimate()),
        break_even=_break_even(),
        uncertainty=_uncertainty(),
        cheaper_model=_or_none(
            whole_number(model=TEXT, **dict.fromkeys(ESTIMATED, drawn()), worth=_worth())
        ),
        cost_basis=whole_number(
            assumptions=table(_assumption()),
            gaps=TEXTS,
            notes=TEXTS,
            overdue=TEXTS,
            currency=whole_number(
                code={"type": "string", "pattern": "^[A-Z]{3}$"},
                per_usd={"type": "number", "exclusiveMinimum": 0},
            ),
        ),
        near_misses=listing(_near_miss()),
        unknown=table(TEXTS),
    )
    return {**known, "properties": {**known["properties"], "turning": _turning()}}


def _turning() -> Schema:
    """Return the schema of where the answer turns, which stands there only where it was searched."""
    number: Schema = {"type": "number"}
    turn = whole_number(at=number, changes=table(TEXT, minProperties=1), rules=TEXTS)
    lever = whole_number(
        lever=TEXT,
        here=number,
        given={"type": "boolean"},
        if_stated=table(TEXT),
        **{"from": number, "to": number},
        below=listing(turn),
        above=listing(turn),
    )
    price: Schema = {"type": "number", "minimum": 0}
    model = whole_number(
        model=TEXT,
        input_usd_per_mtok=price,
        output_usd_per_mtok=price,
        prompting_monthly=drawn(),
        prompting_per_1000_requests=_or_none(drawn()),
        break_even_months=_or_none(drawn({"const": NEVER})),
        ends=_or_none(DATE),
        changes=table(TEXT),
    )
    option = whole_number(fact=TEXT, option=TEXT, changes=table(TEXT))
    return whole_number(levers=listing(lever), models=listing(model), options=listing(option))


def _certainty() -> Schema:
    turn = whole_number(facts=table(VALUE, minProperties=1), to=TEXT, rules=TEXTS)
    return whole_number(status={"enum": list(get_args(CertaintyStatus))}, turns=listing(turn))


def _flip() -> Schema:
    """Return what a change is that would turn a decision: the values nearest to the case's own."""
    amount: Schema = {"type": ["number", "null"]}
    facts = table(VALUE, minProperties=1)
    usd = {"initial_usd": amount, "monthly_usd": amount}
    return whole_number(decision=TEXT, facts=facts, to=TEXT, yours={"type": "boolean"}, **usd)


def _sufficient() -> Schema:
    """Return what facts are that settle the first decision, with how far numbers of them may move."""
    ends = {**listing({"type": ["number", "null"]}), "minItems": 2, "maxItems": 2}
    known = whole_number(decision=TEXT, facts=TEXTS, ranges=table(ends))
    return _or_none(known)


def _outcome() -> Schema:
    evidence = whole_number(rule=TEXT, points=INTEGER)
    option = whole_number(option=TEXT, score=INTEGER, vetoed_by=TEXTS, evidence=listing(evidence))
    known = {
        "decision": TEXT,
        "chosen": TEXT,
        "margin": {"type": ["integer", "null"], "minimum": 0},
        "options": listing(option, 2),
    }
    lifted = listing(whole_number(rule=TEXT, no_longer=TEXT))
    number: Schema = {"type": "number"}
    over = whole_number(rule=TEXT, fact=TEXT, limit=number, over=number)
    nearest = whole_number(option=TEXT, over=listing(over), rules=TEXTS)
    return mapping({**known, "nearest": nearest, "lifted_by": lifted}, known)


def _reason() -> Schema:
    return whole_number(
        rule=TEXT,
        stance={"enum": list(STANCES)},
        points=INTEGER,
        options=listing(TEXT, 1),
        text=TEXT,
        sources=TEXTS,
        decisive={"type": "boolean"},
    )


def _rung() -> Schema:
    return whole_number(
        remedy=TEXT,
        label=TEXT,
        status={"enum": list(get_args(RungStatus))},
        because=TEXT,
        takes=TEXT,
        gate=TEXT,
        sources=TEXTS,
    )


def _firing() -> Schema:
    return whole_number(
        rule=TEXT,
        facts=table(VALUE),
        conclusion={"$ref": "#/$defs/conclusion"},
        because=TEXT,
        sources=TEXTS,
    )


def _span() -> Schema:
    """Return the schema of a low, an expected and a high number, as an input is stated."""
    return whole_number(**dict.fromkeys(("low", "expected", "high"), AMOUNT))


def _worth() -> Schema:
    amounts = dict.fromkeys(("per_1000_right", "errors"), _or_none(drawn()))
    return _or_none(whole_number(right={"type": "number"}, fact=TEXT, **amounts))


def _estimate() -> Schema:
    line = whole_number(
        id=TEXT,
        item=TEXT,
        period={"enum": list(get_args(Period))},
        quantity=drawn(),
        unit=TEXT,
        rate=drawn(),
        amount=drawn(),
        basis={"enum": list(get_args(Basis))},
        sources=TEXTS,
        checked=TEXT,
        note=TEXT,
        assumes=TEXTS,
        terms=TEXTS,
    )
    quantity = whole_number(
        value={"anyOf": [drawn(), TEXT]},
        unit=TEXT,
        words=TEXT,
        origin={"enum": list(get_args(QuantityOrigin))},
        sources=TEXTS,
        inputs=TEXTS,
    )
    return whole_number(
        **dict.fromkeys(ESTIMATED, drawn()),
        per_1000_requests=_or_none(drawn()),
        holes=TEXTS,
        worth=_worth(),
        serving=_or_none(_serving()),
        lines=listing(line),
        quantities=table(quantity),
    )


def _serving() -> Schema:
    """Return the schema of how a plan's model is served, and of what else was considered."""
    number: Schema = {"type": "number", "minimum": 0}
    considered = whole_number(
        id=TEXT,
        label=TEXT,
        monthly_usd=number,
        cards=number,
        copies=number,
        verdict={"enum": list(VERDICTS)},
    )
    busy = _or_none(number)
    return whole_number(chosen=TEXT, busy_share=busy, considered=listing(considered))


def _break_even() -> Schema:
    """Return the schema of the break-even; a rulebook without costs has its horizon alone."""
    when = drawn({"const": NEVER})
    known = {
        "months": when,
        "requests_per_month": when,
        "first_at": {"type": ["number", "null"], "minimum": 0},
        "reason": {"enum": list(get_args(BreakEvenReason))},
        "sentence": TEXT,
    }
    horizon = {"horizon_months": {"type": "integer", "minimum": 0}}
    schema = mapping({**known, **horizon}, horizon)
    return {**schema, "dependentRequired": {name: list(known) for name in known}}


def _uncertainty() -> Schema:
    """Return the schema of how sure the totals are; null where nothing is priced."""
    dollars: Schema = {"type": "number"}
    compared: Schema = {"type": ["number", "null"]}
    found = whole_number(
        distribution={"const": DISTRIBUTION},
        seed=INTEGER,
        draws={"type": "integer", "minimum": 1},
        inputs=COUNT,
        totals=table(drawn()),
        tuning_cheaper={**compared, "minimum": 0, "maximum": 1},
        difference=compared,
        drivers=listing(
            whole_number(
                key=TEXT, input=_span(), difference=whole_number(low=dollars, high=dollars)
            )
        ),
    )
    return _or_none(found)


def _assumption() -> Schema:
    one: Schema = {"anyOf": [_span(), {"type": ["number", "string", "null"]}]}
    setting: Schema = {"anyOf": [one, table(one)]}
    return whole_number(
        label=TEXT, value=setting, default=setting, unit=TEXT, overridden={"type": "boolean"}
    )


def _near_miss() -> Schema:
    known = {"value": _or_none(VALUE), "conclusion": {"$ref": "#/$defs/conclusion"}}
    return whole_number(rule=TEXT, fact=TEXT, needed=TEXT, **known)


def _conclusion() -> Schema:
    options = table(listing(TEXT, 1), minProperties=1, maxProperties=1)
    derived = table(VALUE, minProperties=1, maxProperties=1)
    return {
        "oneOf": [
            whole_number(derive=derived),
            whole_number(
                support=options, strength=STRENGTH, points={"type": "integer", "minimum": 1}
            ),
            whole_number(
                oppose=options, strength=STRENGTH, points={"type": "integer", "maximum": -1}
            ),
            whole_number(exclude=options),
            whole_number(advise=KIND, strength=STRENGTH),
        ]
    }

"""Properties that any expert would sign, declared in properties.yaml and held over random cases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tunewise.cases.case import Case
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.single import Conclusions
from tunewise.loading.assembly import load
from tunewise.proving.properties import read_properties
from tunewise.reading import read

PATH = Path(__file__).with_name("properties.yaml")
PROPERTIES = read(PATH).data["properties"]
BOOK = load()
DECLARED = read_properties(str(PATH), BOOK)
WHERE = {prop.id: prop.where for prop in DECLARED.properties}
HOLDS = Interpreter(BOOK.scales).holds
NUMBERS = {
    "share": [0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0],
    "integer": [0, 1, 2, 3, 5, 10, 24, 60, 100, 300, 500, 1000, 5000, 20000, 200000, 10**7],
    "number": [1, 4, 8, 10, 24, 80, 320, 1000, 9999, 10**4, 10**5, 10**6, 10**7],
}


def values(fact) -> st.SearchStrategy:
    """Values on and between the thresholds that rules use."""
    if fact.type == "boolean":
        return st.booleans()
    if fact.type == "choice":
        return st.sampled_from(fact.options)
    if fact.type == "set":
        return st.lists(st.sampled_from(fact.options), unique=True, max_size=3).map(fact.check)
    allowed = [n for n in NUMBERS[fact.type] if fact.minimum <= n <= fact.upper]
    return st.sampled_from(allowed)


FACTS = [BOOK.facts[id] for id in BOOK.facts.given if BOOK.facts[id].type != "text"]
CASES = st.lists(st.sampled_from(FACTS), unique_by=lambda f: f.id, max_size=30).flatmap(
    lambda facts: st.fixed_dictionaries({fact.id: values(fact) for fact in facts})
)


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    """One evaluator for all properties, prices included."""
    made = Evaluator(BOOK, date(2026, 11, 22))
    yield made
    made.close()


def priced(evaluator: Evaluator, case: Case) -> Conclusions:
    """What is concluded of a case; one that costs more than is reckoned with is passed over."""
    try:
        return evaluator.evaluate(case).conclusions
    except UserError as error:
        if "would cost more than" not in str(error):
            raise
        reject()


@pytest.mark.parametrize("name", PROPERTIES)
def test_property(name: str, evaluator: Evaluator) -> None:
    """What is chosen never moves against the direction that the property declares, but for limits where it says so."""
    spec = PROPERTIES[name]
    along = spec["along"][spec["along"].index(spec["from"]) :] if "from" in spec else spec["along"]

    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(CASES)
    def held(facts: dict) -> None:
        kept = None
        for value in along:
            case = Case("x", {**facts, spec["vary"]: BOOK.facts[spec["vary"]].check(value)})
            conclusions = priced(evaluator, case)
            assert all(HOLDS(condition, conclusions.memory) for condition in DECLARED.costs)
            meant = WHERE[name] is None or HOLDS(WHERE[name], conclusions.memory) is True
            outcome = conclusions.outcomes[spec["decision"]]
            chosen = outcome.chosen
            limited = all(outcome.standing(option).vetoed_by for option in spec["keeps"])
            excused = limited and spec.get("but_for_limits", False)
            assert kept is None or chosen in spec["keeps"] or excused, (
                f"{spec['says']} Yet {spec['vary']} from {kept} to {value} gives {chosen}: {facts}"
            )
            kept = value if meant and chosen in spec["keeps"] else None

    held()

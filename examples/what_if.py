"""A what-if: the same case again and again, each time with one fact changed."""

from pathlib import Path

import yaml

import tunewise

CASE = Path(__file__).with_name("support_triage.yaml")
CHANGES = [
    {},
    {"training_examples": 50},
    {"training_on_data_allowed": False},
    {"requirement_change": "frequent"},
    {"requests_per_month": 150_000},
]

case = yaml.safe_load(CASE.read_text(encoding="utf-8"))
for change in CHANGES:
    changed = {**case, "facts": {**case["facts"], **change}}
    found = tunewise.evaluate(changed, as_of="2026-11-22")
    approach = found["recommendation"]["approach"]
    what = ", ".join(f"{fact}: {value}" for fact, value in change.items()) or "as it stands"
    if approach == "blocked":
        print(f"{what:34}nothing fits the limits")
        continue
    total = found["costs"][approach]["horizon"]["p50"]
    print(f"{what:34}{approach:12}${total:9,.0f}")

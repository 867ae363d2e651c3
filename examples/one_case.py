"""One case: what is recommended, what speaks for it, and what each approach would cost."""

from pathlib import Path

import tunewise

CASE = Path(__file__).with_name("support_triage.yaml")

found = tunewise.evaluate(CASE, as_of="2026-11-22")
approach = found["decisions"][0]
chosen = next(o for o in approach["options"] if o["option"] == approach["chosen"])
because = {firing["rule"]: firing["because"] for firing in found["firings"]}

print(f"{found['case']['name']}: {approach['chosen']}, ahead by {approach['margin']} points\n")
for evidence in sorted(chosen["evidence"], key=lambda e: -e["points"])[:3]:
    print(f"{evidence['points']:+}  {because[evidence['rule']]}")

print(f"\nOver {found['break_even']['horizon_months']} months, in USD")
for name, costs in found["costs"].items():
    total = costs["horizon"]
    print(f"{name:12}{total['p50']:10,.0f}  ({total['p10']:,.0f} to {total['p90']:,.0f})")

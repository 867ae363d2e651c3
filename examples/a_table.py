"""A table: a decision beside each row, and what is wrong with a row that has none."""

import polars

import tunewise

table = polars.DataFrame(
    {
        "name": ["Ticket routing", "Contract review", "Product texts", "Meeting notes"],
        "examples": [18_000, 50, 3_000, None],
        "requests per month": ["1.5M", "2,000", "40k", "a lot"],
        "what prompts lack": ["accuracy; cost", "accuracy", "style", None],
    }
)
found = tunewise.evaluate_table(table, as_of="2026-11-22")

for row in found.iter_rows(named=True):
    if row["rejected"]:
        print(f"{row['name']:17}rejected: {row['rejected']}")
    else:
        total = row[f"{row['approach']}_horizon_usd"]
        print(f"{row['name']:17}{row['approach']:13}{row['model_size']:10}${total:,.0f}")

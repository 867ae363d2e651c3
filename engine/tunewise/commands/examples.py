"""What each command's help ends with: how to begin, or a line that works as it stands beside the examples."""

from __future__ import annotations

import click

BEGIN = "Begin with 'tunewise ask', or look at a shipped case: 'tunewise decide examples/support_triage.yaml'."
COMMAND_EXAMPLES = {
    "ask": "tunewise ask --answers case.yaml",
    "audit": "tunewise audit list decisions.jsonl",
    "audit show": "tunewise audit show decisions.jsonl 1",
    "audit list": "tunewise audit list decisions.jsonl --recommendation fine_tuning",
    "audit verify": "tunewise audit verify decisions.jsonl",
    "audit replay": "tunewise audit replay decisions.jsonl",
    "audit diff": "tunewise audit diff decisions.jsonl --to-rules my-rules",
    "audit sign": "tunewise audit sign decisions.jsonl --key key.pem",
    "audit keygen": "tunewise audit keygen key.pem",
    "audit approve": "tunewise audit approve decisions.jsonl 4 --by 'Ada Park' --role counsel --reason 'As discussed.'",
    "audit override": "tunewise audit override decisions.jsonl 4 --to hybrid --by 'Ada Park' --role owner --reason new",
    "audit checkpoint": "tunewise audit checkpoint decisions.jsonl --key auditor --origin example.com/decisions",
    "audit cosign": "tunewise audit cosign log.checkpoint --key mine --name example.org/w1 --log-key log.pub",
    "audit stamp": "tunewise audit stamp decisions.jsonl.checkpoint --request decisions.tsq",
    "audit prove": "tunewise audit prove decisions.jsonl 4 -o record-4.tlog-proof",
    "audit check": "tunewise audit check record-4.tlog-proof --key log.pub",
    "audit pack": "tunewise audit pack decisions.jsonl -o for-the-auditor --key log.pub",
    "batch": "tunewise batch inventory.csv -o results",
    "compare": "tunewise compare today.yaml tomorrow.yaml -o comparison.html",
    "completion": 'eval "$(tunewise completion bash)"',
    "decide": "tunewise decide case.yaml --set training_examples=2000",
    "facts": "tunewise facts --template yaml -o case.yaml",
    "prices": "tunewise prices --diff 2026-01-01 case.yaml",
    "rules": "tunewise rules show data.far_too_few",
    "rules list": "tunewise rules list",
    "rules show": "tunewise rules show data.far_too_few",
    "rules check": "tunewise rules check --rules my-rules",
    "rules test": "tunewise rules test --coverage",
    "rules sources": "tunewise rules sources --document C",
    "rules new": "tunewise rules new load.low_load --rules my-rules",
    "rules prove": "tunewise rules prove --witness smallest-cases",
    "rules export": "tunewise rules export --sql duckdb -o rulebook.sql",
    "rules docs": "tunewise rules docs -o rulebook",
    "rules copy": "tunewise rules copy my-rules",
    "rules organisation": "tunewise rules organisation new organisation.yaml",
    "rules organisation new": "tunewise rules organisation new organisation.yaml",
    "rules diff": "tunewise rules diff my-rules",
}
"""The commands, by their names after `tunewise`."""


def with_example(command: click.Command, path: str) -> None:
    """Have the help of a command, and of those below it, end with its example."""
    if path in COMMAND_EXAMPLES:
        command.epilog = f"Example:  {COMMAND_EXAMPLES[path]}"
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            with_example(below, f"{path} {name}")

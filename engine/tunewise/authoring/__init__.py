"""The author's tools: findings, cases, coverage, sources, the written rulebook."""

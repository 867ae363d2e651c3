"""What an author and an auditor ask of a rulebook: findings, cases, coverage, sources."""

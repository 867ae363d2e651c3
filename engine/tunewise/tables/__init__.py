"""Use cases by the thousand: facts in columns, rules and costs on all rows at once."""

"""What is known: facts, conditions, rules and the rulebook that holds them, as frozen values."""

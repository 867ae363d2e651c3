"""The knowledge: facts, decisions, rules, costs and their sources, as YAML."""

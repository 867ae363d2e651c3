"""A case or a table taken all the way: facts, plans, costs, decisions, and what can be said of them."""

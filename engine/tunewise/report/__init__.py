"""Shows an evaluation to people: a view computed once, and a template for each form."""

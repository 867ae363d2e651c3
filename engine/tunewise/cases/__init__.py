"""Use cases: one, or many in columns, and the check of what people write into them."""

"""The rulebook as one query of a database, for those whose use cases lie in its tables."""

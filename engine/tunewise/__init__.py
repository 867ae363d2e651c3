"""Tunewise recommends, with reasons and costs, how to adapt a language model to a use case.

Answers become facts, facts fire rules, firings make a decision, and the decision comes with its
costs and its explanation.

From Python: ``tunewise.evaluate(case)`` decides on one case, ``tunewise.evaluate_table(table)`` on
each row of a table, and ``tunewise.UserError`` says what is wrong with either.
"""

TYPE_CHECKING = False  # typing's own constant costs an import

if TYPE_CHECKING:
    from tunewise.api import evaluate as evaluate
    from tunewise.api import evaluate_table as evaluate_table
    from tunewise.errors import UserError as UserError

    __version__: str
else:
    # Hidden from type checkers, to whom it would make every misspelt attribute an object.
    def __getattr__(name: str) -> object:
        """Give what is public on demand: loading it costs more than the whole import."""
        if name in ("evaluate", "evaluate_table"):
            from tunewise import api

            return getattr(api, name)
        if name == "UserError":
            from tunewise.errors import UserError

            return UserError
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import version

        return version("tunewise")

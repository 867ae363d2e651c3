"""Tunewise recommends, with reasons and costs, how to adapt a language model to a use case.

Answers become facts, facts fire rules, firings make a decision, and the decision comes with its
costs and its explanation.
"""

TYPE_CHECKING = False  # typing's own constant costs an import

if TYPE_CHECKING:
    __version__: str
else:
    # Hidden from type checkers, to whom it would make every misspelt attribute a string.
    def __getattr__(name: str) -> str:
        """Give ``__version__`` on demand: reading the metadata costs more than the whole import."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import version

        return version("tunewise")

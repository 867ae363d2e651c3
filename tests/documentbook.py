"""The rulebook with the documents' own lists of costs, so that the sums they print stay reckoned."""

from pathlib import Path

import yaml

from tunewise.loading.assembly import assemble

LISTS = Path(__file__).parent / "document_costs"
REPLACED = ("costs/work.yaml", "costs/training.yaml", "costs/services.yaml")
"""The one list for all sizes, and the services by which a tuned model is served."""


def document_book(rulebook):
    """Return a rulebook priced by the documents' lists: in place of work, training, services; nothing in doubt."""
    lists = {f"costs/{path.name}": path.read_text("utf-8") for path in LISTS.glob("*.yaml")}
    texts = {name: text for name, text in rulebook.texts.items() if name not in REPLACED}
    settings = texts["costs/assumptions.yaml"]
    doubts, quotes = settings.index("\ndoubts:"), settings.index("\nquotes:")
    texts["costs/assumptions.yaml"] = settings[:doubts] + settings[quotes:]
    texts["costs/needed.yaml"] = _assumed(rulebook.texts, lists)
    return assemble({**texts, **lists}, "documents")


def _assumed(texts, lists):
    """Return the assumptions of the files left out, without those of the lists."""
    ours = {name for text in lists.values() for name in yaml.safe_load(text).get("assumptions", ())}
    left = [yaml.safe_load(texts[name]).get("assumptions", {}) for name in REPLACED]
    kept = {name: one for some in left for name, one in some.items() if name not in ours}
    return yaml.safe_dump({"title": "What formulas ask for", "assumptions": kept})

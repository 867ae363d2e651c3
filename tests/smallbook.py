"""A rulebook small enough to know by heart, as the texts of its files, and ways to change and write it."""

from collections.abc import Mapping
from pathlib import Path

from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble

HEADER = """\
title: A small rulebook
version: "1"
strengths: {weak: 1, moderate: 2, strong: 4}
"""

DECISIONS = """\
decisions:
  approach:
    label: approach
    question: How?
    options:
      prompting: {label: prompting}
      fine_tuning: {label: tuning}
  hosting:
    label: hosting
    question: Where?
    options:
      public_api: {label: a public API}
      self_hosted: {label: own machines}
"""

FACTS = """\
groups:
  task: {title: The task}
facts:
  stage:
    type: choice
    group: task
    label: stage
    question: How far?
    ordered: true
    values: {exploration: exploration, pilot: a pilot, production: production}
  examples:
    type: integer
    group: task
    label: examples
    question: How many?
    unit: examples
    maximum: 1000000
    aliases: [training data]
  accuracy:
    type: share
    group: task
    label: accuracy
    question: How good?
  target:
    type: share
    group: task
    label: target
    question: How good must it be?
    ask_when: {stage: {at_least: pilot}}
  gaps:
    type: set
    group: task
    label: gaps
    question: What is missing?
    values: {style: style, format: format}
  may_train:
    type: boolean
    group: task
    label: permission to train
    question: May it?
    sources: [DOC3]
  base_model:
    type: text
    group: task
    label: base model
    question: Which?
  falls_short:
    type: boolean
    origin: derived
    label: a shortfall
"""

SOURCES = """\
documents:
  DOC: {title: A document, publisher: A house, link: "https://example.org/doc"}
  PAPER: {title: A paper, kind: paper}
items:
  DOC1: {section: Data, says: Many examples help, note: How many is not said}
  DOC2: {says: Tuning closes gaps}
  DOC3: {says: Ask for permission}
  DOC4: {says: A definition, not_encoded: Nothing to test}
  PAPER.1: {says: Retrieval is enough}
"""

DATA = """\
title: Data
rules:
  enough:
    when: {examples: {at_least: 500}}
    then: {support: {approach: fine_tuning}, strength: moderate}
    because: "There are {examples}."
    sources: [DOC1]
    checked: "2026-11-22"
    disputed_by: [PAPER.1]
  forbidden:
    when: {may_train: {is: false}}
    then: {exclude: {approach: fine_tuning}}
    because: Nothing may be trained on.
    sources: [DOC3]
    checked: "2026-11-22"
"""

NEED = """\
rules:
  shortfall:
    when: {accuracy: {below: {fact: target}}}
    then: {derive: {falls_short: true}}
    because: "{accuracy} is below {target}."
    sources: [DOC2]
    checked: "2026-11-22"
  gap:
    when:
      falls_short: {is: true}
      not: {stage: {is: exploration}}
    then: {support: {approach: [fine_tuning]}, strength: strong}
    because: Prompts fall short.
    sources: [DOC2, DOC1]
    checked: "2026-11-22"
  own_machines:
    when: {any: [{approach: {is: fine_tuning}}, {gaps: {includes: style}}]}
    then: {support: {hosting: self_hosted}, strength: weak}
    because: A tuned model needs a home.
    sources: [DOC2]
    checked: "2026-11-22"
  watch:
    when: {approach: {is: fine_tuning}}
    then: {advise: pitfall, strength: strong}
    because: Tuned models go stale.
    sources: [DOC2]
    checked: "2026-11-22"
"""

TEXTS: Mapping[str, str] = {
    "data.yaml": DATA,
    "decisions.yaml": DECISIONS,
    "facts.yaml": FACTS,
    "need.yaml": NEED,
    "rulebook.yaml": HEADER,
    "sources.yaml": SOURCES,
}

CASES = """\
cases:
  - name: Enough examples call for tuning
    facts: {examples: 500}
    sources: [DOC1]
    expect: {approach: fine_tuning, hosting: self_hosted, fires: [data.enough], advice: [need.watch]}
  - name: Without permission nothing is tuned
    facts: {examples: 499, may_train: no}
    expect: {approach: [prompting], not_fires: [data.enough], vetoed: {approach: fine_tuning}}
"""


def changed(*changes: tuple[str, str, str]) -> dict[str, str]:
    """The texts with each (file, old, new) applied; `old` must stand in the file exactly once."""
    texts = dict(TEXTS)
    for name, old, new in changes:
        assert texts[name].count(old) == 1, f"{old!r} stands {texts[name].count(old)} times"
        texts[name] = texts[name].replace(old, new)
    return texts


def book(*changes: tuple[str, str, str]) -> Rulebook:
    """The rulebook with changes."""
    return assemble(changed(*changes), "book")


def write(folder: Path, texts: Mapping[str, str] = TEXTS) -> Path:
    """Write the texts into a folder and return it."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

"""What a file can accept with a reason of what `rules prove` finds: of an option, of a rule, of a fact."""

from __future__ import annotations

NEVER_WINS = "never-wins"
NEVER_DECIDES = "never-decides"
CLIFF = "cliff"
PROOF_FINDINGS = (NEVER_WINS, NEVER_DECIDES, CLIFF)

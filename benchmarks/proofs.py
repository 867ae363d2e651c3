"""Tells what proofs take: the whole certificate, and what is proved of one case; time of the processor, and memory.

python benchmarks/proofs.py
"""

import argparse
import resource
import time
from datetime import date
from pathlib import Path

from tunewise.cases.case import read_case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.proving.certificate import claims
from tunewise.proving.claims import Claim
from tunewise.proving.holding import prove_property
from tunewise.proving.properties import Declared, read_properties
from tunewise.proving.search import Encoded, encode
from tunewise.whatif.proofs import with_proofs

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def proved(constraints: Encoded, declared: Declared, only: str) -> list[Claim]:
    """Prove everything, or the properties alone."""
    if only == "properties":
        return [prove_property(constraints, one) for one in declared.properties]
    return list(claims(constraints, declared))


def main() -> None:
    """Print a line for the rulebook and one a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("properties", "everything"), default="everything")
    options = parser.parse_args()
    book, began = load(), time.process_time()
    evaluator = Evaluator(book, date(2026, 11, 28))
    declared = read_properties(str(ROOT / "tests" / "properties.yaml"), book)
    laws = evaluator.costs.laws.and_also(declared.costs)
    constraints = encode(book, evaluator.trials().conclude, laws)
    print(f"constraints made {time.process_time() - began:6.2f} s")
    began = time.process_time()
    found = proved(constraints, declared, options.only)
    print(f"{len(found)} claims proved  {time.process_time() - began:6.2f} s")
    for path in EXAMPLES:
        evaluation = evaluator.evaluate(read_case(path, book.facts))
        began = time.process_time()
        flips = len(with_proofs(evaluator, evaluation).flips)
        print(f"{path.stem:20} {time.process_time() - began:6.2f} s, {flips} changes that turn it")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    evaluator.close()


if __name__ == "__main__":
    main()

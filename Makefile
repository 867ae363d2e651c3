PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n auto
CASES ?= 100000
ROWS ?= 1000000
INPUTS ?= 4000
SEED ?= 1
SIZE ?= full

# durable_rules calls PyEval_CallObject, which Python 3.13 no longer has and which newer compilers
# refuse undeclared. Its setup.py overwrites CFLAGS, so the replacement goes through CPPFLAGS.
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# So little that nothing is measured, but everything runs.
run.small := --cases 10 --rounds 1 --starts 1
comparison.small := --rounds 1 --scale 0.01
batch.small := --rows 2000 --chunk 1000 --records 200
scale.small := --rows 1000 --chunk 1000
costs.small := --rows 500 --times 1
workbook.small := --rows 200
pools.small := --runs 2
inference.small := --rows 500 --rounds 1
beside.small := --rows 200 --rounds 1
equal.small := --rows 500 --seeds 1
equal.full := --seeds 1
decisions.small := --rounds 1
proofs.small := --only properties
sweep.small := --points 3
$(if $(filter full small,$(SIZE)),,$(error SIZE is full or small, and not '$(SIZE)'))

BIN := $(VENV)/bin
WHEELS := $(VENV)/wheels
ENGINE := $(shell sed -n 's/^ *"\(durable_rules==[^"]*\)".*/\1/p' pyproject.toml)
# Part of every stamp's name, so that another PYTHON means another environment.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
HAS := $(VENV)/.has-$(VERSION)

.PHONY: help demo test check lint types knowledge wheel-test format fuzz hostile bench measure soak schemas docs prices clean
# Two pips must not write to one environment at once.
.NOTPARALLEL:
.DELETE_ON_ERROR:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 14

demo: $(HAS)-run ## recommend for a shipped example
	$(BIN)/tunewise decide examples/support_triage.yaml

test: $(HAS)-test $(HAS)-ray ## run all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types knowledge wheel-test ## lint, type-check, check and test the rules, test the wheel

lint: $(HAS)-check ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(HAS)-check ## check types
	$(BIN)/mypy --strict

knowledge: $(HAS)-run ## check the rulebook, run its cases with their coverage, and prove what is declared
	$(BIN)/tunewise rules check --strict
	$(BIN)/tunewise rules test --threshold 100 --quiet
	$(BIN)/tunewise rules prove
	@for document in A B C D E; do \
	    printf 'document %s, ' $$document; \
	    $(BIN)/tunewise rules sources --document $$document | tail -n 1; \
	done

# What users install is tested, not the sources: the tests run in a folder that holds no sources.
wheel-test: $(HAS)-check ## build the wheel, and test it in a fresh environment
	rm -rf build dist
	$(BIN)/python -m build --quiet --outdir dist .
	@set -eu; unset PYTHONPATH; \
	outside=$$(mktemp -d); trap 'rm -rf "$$outside"' EXIT; trap 'exit 1' HUP INT TERM; \
	echo "Testing $$(ls dist/*.whl) in $$outside"; \
	$(PYTHON) -m venv "$$outside/venv"; \
	"$$outside/venv/bin/python" -m pip install --quiet --find-links $(WHEELS) \
	    "$$(ls dist/*.whl)[test]"; \
	mkdir "$$outside/work"; \
	for part in tests examples docs benchmarks .ci Makefile pyproject.toml *.md; do \
	    if [ -e "$$part" ]; then cp -R "$$part" "$$outside/work/"; fi; \
	done; \
	site=$$(cd "$$outside/work"; "$$outside/venv/bin/python" -c 'import sysconfig, tunewise; \
	from pathlib import Path; \
	site = sysconfig.get_path("purelib"); \
	assert Path(tunewise.__file__).is_relative_to(site), tunewise.__file__; \
	print(site)'); \
	same() { diff -rq -x __pycache__ -x '.*' -x '*.md' "$$@"; }; \
	same rules "$$site/tunewise/rules"; \
	same templates "$$site/tunewise/templates"; \
	same -x rules -x templates engine/tunewise "$$site/tunewise"; \
	cd "$$outside/work"; "$$outside/venv/bin/python" -m pytest $(PYTEST_ARGS)

format: $(HAS)-check ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(HAS)-test ## hold both engines and the proofs' constraints equal on CASES random cases
	$(BIN)/python tests/fuzz.py --cases $(CASES)
	$(BIN)/python tests/proof_agreement.py --cases $$(($(CASES) / 10)) --rulebooks $$(($(CASES) / 200))

hostile: $(HAS)-test ## feed INPUTS broken and hostile files to every command (SEED)
	$(BIN)/python tests/hostile.py --inputs $(INPUTS) --seed $(SEED)

bench: $(HAS)-bench ## measure start-up and speed beside other engines (SIZE=small: see it run)
	$(BIN)/python benchmarks/run.py $(run.$(SIZE))
	$(BIN)/python benchmarks/comparison.py $(comparison.$(SIZE))
	$(BIN)/python benchmarks/batch.py $(batch.$(SIZE))
	$(BIN)/python benchmarks/scale.py $(scale.$(SIZE))
	$(BIN)/python benchmarks/scale.py --form parquet $(scale.$(SIZE))
	$(BIN)/python benchmarks/inference.py $(inference.$(SIZE))
	$(BIN)/python benchmarks/costs.py $(costs.$(SIZE))
	$(BIN)/python benchmarks/workbook.py $(workbook.$(SIZE))
	$(BIN)/python benchmarks/pools.py $(pools.$(SIZE))
	$(BIN)/python benchmarks/equal.py . $(equal.$(SIZE))
	$(BIN)/python benchmarks/beside.py . $(beside.$(SIZE))
	$(BIN)/python benchmarks/agreement.py
	$(BIN)/python benchmarks/sweep.py $(sweep.$(SIZE))
	$(BIN)/python benchmarks/proofs.py $(proofs.$(SIZE))

measure: $(HAS)-bench ## measure what the decisions in CONTRIBUTING.md rest on (SIZE=small: see it run)
	$(BIN)/python benchmarks/decisions.py $(decisions.$(SIZE))

soak: $(HAS)-run ## evaluate ROWS generated rows: time, memory and sizes
	$(BIN)/python benchmarks/soak.py --rows $(ROWS)
	$(BIN)/python benchmarks/soak.py --rows $(ROWS) --table

schemas: $(HAS)-run ## write rules/schemas/*.json anew from the model
	$(BIN)/python -m tunewise.schemas

docs: $(HAS)-run ## write docs/rulebook and the transcripts in the documents anew
	$(BIN)/tunewise rules docs -o docs/rulebook
	$(BIN)/python tests/transcripts.py README.md CONTRIBUTING.md docs/*.md

# Moved into place only when it is whole: the module that writes it also reads it.
prices: $(HAS)-run ## write rules/costs/token_prices.json anew from genai-prices
	$(BIN)/python -m tunewise.costs.prices > $(VENV)/token_prices.json
	mv $(VENV)/token_prices.json rules/costs/token_prices.json

clean: ## remove everything that was built
	rm -rf $(VENV) build dist engine/*.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(HAS)-venv:
	@.ci/preflight $(PYTHON)
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# Built apart, once, and without pip's cache: a wheel cached from a build without the flag above
# would be taken again, and fails at import on Python 3.13.
$(HAS)-engine: pyproject.toml $(HAS)-venv
	rm -rf $(WHEELS)
	$(BIN)/python -m pip wheel --quiet --no-cache-dir --no-deps --use-pep517 \
	    --wheel-dir $(WHEELS) $(ENGINE)
	@touch $@

$(HAS)-%: $(HAS)-engine
	$(BIN)/python -m pip install --quiet --find-links $(WHEELS) \
	    --editable '.$(if $(filter run,$*),,[$*])'
	@touch $@

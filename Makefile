PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n auto
CASES ?= 100000
ROWS ?= 1000000

# durable_rules calls PyEval_CallObject, which Python 3.13 no longer has and which newer compilers
# refuse undeclared. Its setup.py overwrites CFLAGS, so the replacement goes through CPPFLAGS.
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN := $(VENV)/bin
WHEELS := $(VENV)/wheels
ENGINE := $(shell sed -n 's/^ *"\(durable_rules==[^"]*\)".*/\1/p' pyproject.toml)
# Part of every stamp's name, so that another PYTHON means another environment.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
HAS := $(VENV)/.has-$(VERSION)

.PHONY: help demo test check lint types knowledge wheel-test format fuzz bench soak schemas docs prices clean
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

knowledge: $(HAS)-run ## check the rulebook, and run its cases with their coverage
	$(BIN)/tunewise rules check --strict
	$(BIN)/tunewise rules test --threshold 100 --quiet
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
	for part in tests examples docs .ci pyproject.toml *.md; do \
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

fuzz: $(HAS)-test ## hold both engines equal on CASES random cases
	$(BIN)/python tests/fuzz.py --cases $(CASES)

bench: $(HAS)-bench ## measure start-up, decisions a second, and rows a second beside other engines
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/comparison.py

soak: $(HAS)-run ## evaluate ROWS generated rows: time, memory and sizes
	$(BIN)/python benchmarks/soak.py --rows $(ROWS)
	$(BIN)/python benchmarks/soak.py --rows $(ROWS) --table

schemas: $(HAS)-run ## write rules/schemas/*.json anew from the model
	$(BIN)/python -m tunewise.schemas

docs: $(HAS)-run ## write docs/rulebook and the transcripts in the documents anew
	$(BIN)/tunewise rules docs -o docs/rulebook
	$(BIN)/python tests/transcripts.py docs/audit.md

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

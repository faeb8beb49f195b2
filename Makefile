# Two commands do all the set-up: `make demo` and `make test`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
WORKERS ?= 2

.PHONY: help
help: ## Print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "creating $(VENV) with $(PYTHON)"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.created
	@echo "installing the basis command into $(VENV)"
	@$(PIP) install --quiet --requirement requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the development tools into $(VENV)"
	@$(PIP) install --quiet --requirement requirements-dev.lock
	@touch $@

# The tests run the vendors' own SDKs against the local venues; where they cannot be had, those tests are skipped.
$(VENV)/.sdk: requirements-sdk.lock $(VENV)/.dev
	@echo "installing the vendors' SDKs into $(VENV)"
	@$(PIP) install --quiet --requirement requirements-sdk.lock && touch $@ || \
		echo "the vendors' SDKs could not be installed: their tests will be skipped" >&2

.PHONY: install
install: $(VENV)/.runtime ## Create .venv and install the basis command in it

.PHONY: dev
dev: $(VENV)/.dev ## The same with the development tools

.PHONY: demo
demo: $(VENV)/.runtime ## Run btc_basis on the embedded synthetic sample and write its report under runs/
	@$(VENV)/bin/basis backtest btc_basis --data sample: --out runs

.PHONY: test
test: lint types imports pytest ## Check everything: lint, types, import direction, tests with coverage

.PHONY: lint
lint: $(VENV)/.dev ## Check style and formatting
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

.PHONY: types
types: $(VENV)/.dev ## Check types (mypy, strict)
	@$(RUN) -m mypy

.PHONY: imports
imports: $(VENV)/.dev ## Check the direction of imports
	@$(VENV)/bin/lint-imports --no-logo

.PHONY: pytest
pytest: $(VENV)/.sdk ## Run the tests with the coverage gate (WORKERS=2 processes)
	@BASIS_COMPILED=0 $(RUN) -m pytest -n $(WORKERS) --cov --cov-report=term

.PHONY: test-crash
test-crash: $(VENV)/.dev ## Kill the process at every point, with every fault and pair of faults (three to five hours)
	@BASIS_CRASH_EXHAUSTIVE=1 $(RUN) -m pytest -n $(WORKERS) tests/sandbox/test_crash_exploration.py \
		tests/sandbox/test_crash_over_ccxt.py tests/sandbox/test_killed_processes.py

.PHONY: format
format: $(VENV)/.dev ## Format the code and mend what the linter can mend
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

.PHONY: coverage
coverage: $(VENV)/.sdk ## Run the tests and write htmlcov/index.html
	@BASIS_COMPILED=0 $(RUN) -m pytest -n $(WORKERS) --cov --cov-report=html

COMPILED := src/basis_strategy_v1/_compiled
COMPILED_FROM := $(shell find src/basis_strategy_v1/core src/basis_strategy_v1/protocols \
	src/basis_strategy_v1/backends/simulated -name '*.py')

$(COMPILED)/stamp: $(COMPILED_FROM) scripts/compiled_modules.txt scripts/compile_modules.py $(VENV)/.dev
	@$(RUN) scripts/compile_modules.py

.PHONY: compiled
compiled: $(COMPILED)/stamp ## Compile the modules a backtest spends its time in (optional, needs a C compiler)

.PHONY: uncompiled
uncompiled: ## Remove the compiled modules: everything runs as pure Python
	@rm -rf $(COMPILED) build/compiled

.PHONY: test-compiled
test-compiled: compiled ## Run the tests of results against the compiled modules
	@BASIS_COMPILED=1 $(RUN) -m pytest -n $(WORKERS) tests/unit tests/property tests/contract tests/acceptance

.PHONY: bench
bench: $(VENV)/.runtime ## Measure speed and memory against the targets
	@$(RUN) -m benchmarks.bench $(BENCH)

.PHONY: gates
gates: $(VENV)/.dev ## Run the quality gates of the execution components and of the basis modes
	@$(RUN) scripts/test_execution_components_quality_gates.py
	@$(RUN) scripts/test_btc_basis_quality_gates.py
	@$(RUN) scripts/test_eth_basis_quality_gates.py

.PHONY: sdks
sdks: $(VENV)/.sdk ## Print which calls of each vendor's own SDK the local venues answer
	@$(RUN) scripts/vendor_sdk_conformance.py

.PHONY: soak
soak: $(VENV)/.dev ## Live through a day of minutes with random faults and restarts, and read the books (SOAK="--seed 2")
	@$(RUN) scripts/live_soak.py $(SOAK)

.PHONY: lock
lock: ## Resolve the dependencies anew and rewrite the three lock files
	@PYTHON="$(PYTHON)" sh scripts/lock_requirements.sh

.PHONY: clean
clean: ## Remove the environment, caches and build output (runs/ stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage .coverage.* build dist
	@rm -rf src/*.egg-info $(COMPILED)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

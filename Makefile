# Every target runs in .venv, which is made when it is missing, was moved, or is older than what it
# is made from. Another interpreter: make PYTHON=python3.12 …

SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
MADE_FROM := .venv/pyvenv.cfg pyproject.toml requirements.lock
# Everything we test with: the extras whose versions `make lock` pins.
LOCKED := dev,anthropic,ollama,openai
# A virtual environment holds absolute paths: in a copied or renamed folder it would run the old code.
USABLE := $(shell [ -x $(BIN)/python ] && grep -qsF '$(CURDIR)/.venv' $(BIN)/activate && echo yes)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test bench lint format lock clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.runtime ## set up, then run the trip-planning workflow
	@$(BIN)/amrikyy run trip-planning

test: .venv/.dev ## set up, then run all tests
	@$(BIN)/pytest

bench: .venv/.dev ## set up, then measure and print one table
	@$(BIN)/python -m bench

lint: .venv/.dev ## check format, style, types, layers and the size of modules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@find graphs nodes server -name '*.py' -exec awk \
	  'FNR == 501 {print FILENAME ": more than 500 lines"; long = 1} END {exit long}' {} +

format: .venv/.dev ## mend format and what style can be mended by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: ## write requirements.lock anew, with the newest versions
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet '.[$(LOCKED)]'
	@{ printf '%s\n' '# The exact versions we test with, as constraints: pip install -c requirements.lock -e .' \
	    "# Made by \`make lock\` with Python $$(.venv-lock/bin/python -c 'import platform; print(platform.python_version())'): pip freeze of a new environment."; \
	  .venv-lock/bin/python -m pip freeze --exclude amrikyy; } > requirements.lock
	@rm -rf .venv-lock
	@echo "requirements.lock holds $$(grep -c == requirements.lock) packages."

clean: ## remove .venv, caches and builds; data in .amrikyy stays
	rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	rm -rf .coverage .coverage.* build dist htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/pyvenv.cfg: $(if $(USABLE),,FORCE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "Amrikyy needs Python 3.11 or newer; '$(PYTHON)' says: $$($(PYTHON) -V 2>&1 | tail -n 1). Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv --clear .venv

.venv/.runtime: $(MADE_FROM)
	@$(call install,what Amrikyy runs on,.)
	@touch $@

.venv/.dev: $(MADE_FROM)
	@$(call install,what Amrikyy runs on and is tested with,.[dev])
	@touch .venv/.runtime $@

# A dot for every fourth package that is found; what pip complains about is shown only if it fails.
define install
set -o pipefail; printf 'Installing $(1), once '; \
PYTHONUNBUFFERED=1 $(BIN)/python -m pip install -c requirements.lock -e '$(2)' 2> .venv/install.log \
  | awk '/^Collecting/ && ++found % 4 == 0 {printf "."} /^Installing/ {printf " unpacking"} {fflush()}' \
  && echo ' done' || { echo; cat .venv/install.log; \
  echo "Installing failed; pip says why above. Is there a network? After mending it, run make again."; exit 1; } >&2
endef

# Each target makes `.venv` when it is missing or out of date, and then does its job.
# Plain enough for the make of macOS (3.81). Words for the command go into ARGS: make test ARGS="-k guard -x"

.DEFAULT_GOAL := help
.PHONY: help run chat test long check bench lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PYTHONS := python3.13 python3.12 python3.11 python3 python
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

help: ## say what can be made
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/\1 \2/p' Makefile | while read -r target what; do \
	  printf '  make %-7s %s\n' "$$target" "$$what"; done

run: $(RUNTIME) ## start the coach and print its address
	@$(BIN)/talkpro run $(ARGS)

chat: $(RUNTIME) ## hold an interview here, in the terminal
	@$(BIN)/talkpro chat $(ARGS)

test: $(DEV) ## run every test; brings PostgreSQL and Valkey along
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

long: $(DEV) ## ask 10,000 accounts a question a day for 400 days, on SQLite
	@LONG=10000 $(BIN)/python -m pytest -s -o faulthandler_timeout=0 -k sqlite tests/bot/test_daily_year.py $(ARGS)

check: $(DEV) ## lint, layout, types and house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

bench: $(DEV) ## measure, each figure beside a baseline of the same run
	@for file in benchmarks/[a-z]*.py; do \
	  module=$$(basename "$$file" .py); echo "== $$module" >&2; \
	  $(BIN)/python -m "benchmarks.$$module" $(ARGS) || exit 1; done

lock: $(BIN)/python ## pin what pyproject.toml asks for (ARGS=--upgrade: anew)
	@$(BIN)/python -m venv build/lock && build/lock/bin/pip install --quiet --disable-pip-version-check uv
	@for target in "requirements.txt" "requirements-dev.txt --extra dev"; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --annotation-style line $(ARGS) \
	    --group build pyproject.toml -o $$target || exit 1; done

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what TalkPro runs on; this is done once." >&2
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing TalkPro and what its tests take; this is done once." >&2
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

$(BIN)/python:
	@for python in $(PYTHON) $(PYTHONS); do \
	  if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
	    echo "Making $(VENV) with $$("$$python" --version)." >&2; exec "$$python" -m venv $(VENV); fi; done; \
	  echo "TalkPro needs Python 3.11 or newer with its venv module, and finds none here:" >&2; \
	  for python in $(PYTHON) $(PYTHONS); do \
	    "$$python" -c 'import sys; print("  " + sys.executable + " is", sys.version.split()[0])' >&2 2>/dev/null; done; \
	  echo "Install one (python.org; on Debian and Ubuntu also python3-venv), or name it: make run PYTHON=/path/to/python3" >&2; \
	  exit 1

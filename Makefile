# Everything a developer runs. Each target sets up what it needs first (.venv, locked dependencies): see scripts/setup.sh.
#   make PYTHON=/path/to/python3 …   build on another Python (3.11 or newer)
#   make test ARGS='-k lake -x'      hand options to pytest

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" --quiet

.PHONY: help setup demo test test-spark test-all check chaos bench lock format docs screenshots clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## make .venv ready (every other target does this first)
	@PYTHON='$(PYTHON)' bash scripts/setup.sh

demo: setup ## a year of real shop data, from files to audiences; in a terminal then a shop that is live
	@$(BIN)/headwater demo

check: setup ## format, lint, types, import contracts, generated docs, fast tests: two to three minutes
	@bash scripts/check.sh
	@$(PYTEST) -q -n auto -m "not slow and not server and not spark" $(ARGS)

test: setup ## all tests, with a quarter of the examples of property tests; servers and browsers they start themselves
	@bash scripts/browser.sh
	@EXAMPLES=$${EXAMPLES:-0.25} $(PYTEST) -n auto --dist loadfile $(ARGS)

test-spark: setup ## the tests on a real Spark cluster, which they start (Java and pyspark are installed first)
	@bash scripts/spark.sh
	@$(PYTEST) -m spark $(ARGS)

test-all: setup test-spark ## all tests with all their examples, and the kill tests many times over (two hours)
	@bash scripts/browser.sh
	@CHAOS_ROUNDS=25 $(PYTEST) $(ARGS)

chaos: setup ## kill the process at random moments, many times
	@CHAOS_ROUNDS=$${CHAOS_ROUNDS:-25} $(PYTEST) -m chaos $(ARGS)

bench: setup ## measure, and write docs/benchmarks.md (about two hours)
	@bash scripts/install.sh bench
	@command -v wrk >/dev/null 2>&1 || bash scripts/apt.sh wrk
	@$(BIN)/python -m bench.batch
	@$(BIN)/python -m bench.audiences.run
	@$(BIN)/python -m bench.identity.resolve --write
	@$(BIN)/python -m bench.identity.febrl --write
	@$(BIN)/python -m bench.live.ingest --write
	@$(BIN)/python -m bench.live.sustained --write
	@$(BIN)/python -m bench.live.link --write
	@$(BIN)/python -m bench.live.sealing --write
	@$(BIN)/python -m bench.live.erase --write
	@$(BIN)/python -m bench.privacy.erase --write
	@$(BIN)/python -m bench.privacy.gate --write
	@$(BIN)/python -m bench.privacy.signals --write
	@bash scripts/browser.sh
	@$(BIN)/python -m bench.console.pages --write
	@$(BIN)/python -m bench.console.crowd --write
	@$(BIN)/python -m bench.console.many --write
	@$(BIN)/python -m bench.console.builder --write
	@$(BIN)/python -m bench.console.explore --write

lock: setup ## work out requirements/ anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra cleanroom --extra demo --extra dp --extra postgres --group dev $(LOCK) -o requirements/dev.txt
	@$(BIN)/uv pip compile requirements/spark.in -c requirements/dev.txt $(LOCK) -o requirements/spark.txt
	@$(BIN)/uv pip compile requirements/bench.in -c requirements/dev.txt $(LOCK) -o requirements/bench.txt

format: setup ## put the code into its standard form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

docs: setup ## write the generated pages under docs/
	@$(BIN)/python -m headwater.flow.document

screenshots: setup ## a picture of each page of the console, into screenshots/
	@bash scripts/browser.sh
	@SCREENSHOTS=screenshots $(PYTEST) -q tests/console/browser/test_screenshots.py

clean: ## remove .venv, caches and what the demo wrote
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist screenshots journey leaf_and_bean
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands of this project. Each one makes what it needs first, on a machine that has only
# Python 3.11, make and git.

PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .tools/bin/uv
BIN := .venv/bin
STAMP := .venv/.synced
# What the integration tests need and the product does not.
TEST_PACKAGES := postgresql openssl e2fsprogs util-linux curl procps iproute2 ethtool nftables tshark chromium nginx-light caddy
export UV_PYTHON_DOWNLOADS := never
# Hundreds of processes start in a run of the tests; compiling libraries takes longer than importing them.
export UV_COMPILE_BYTECODE := 1
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test check format types imports unit integration collector lock clean
.PHONY: bench-quality bench-rtp bench-spool bench-ingest bench-probe bench-impair bench-analyze bench-api bench-sessions

help:  ## Show the commands
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(STAMP)  ## Start a server, two agents and a bad network between them
	@$(BIN)/sonde demo

test: check integration  ## Run every check and every test

check: format types imports unit  ## The inner loop: format, lint, types, imports, unit tests

format: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports --no-cache

# Each worker keeps to a half of the files, so that what the tests of one share is made once; who is done first helps.
unit: $(STAMP)
	$(BIN)/pytest -n auto --dist worksteal tests/unit tests/docs

# These wait more than they work, and none of them measures time; the others have the machine for themselves.
SIDE_BY_SIDE := $(addprefix tests/integration/,api directory services store)

integration: $(STAMP)
	tools/packages $(TEST_PACKAGES)
	$(BIN)/pytest -n auto --dist loadfile $(SIDE_BY_SIDE)
	$(BIN)/pytest $(addprefix --ignore=,$(SIDE_BY_SIDE)) tests/integration tests/e2e

bench-ingest: $(STAMP)  ## Measure what taking results and reports costs
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/ingest_floor.py
	$(BIN)/python bench/reports.py
	$(BIN)/python bench/call_reports.py

bench-quality bench-rtp bench-spool bench-probe bench-impair bench-analyze bench-api bench-sessions: bench-%: $(STAMP)  ## Measure what a part costs
	$(BIN)/python bench/$*.py

bench-probe: | bench-probe-packages
.PHONY: bench-probe-packages
bench-probe-packages:
	tools/packages irtt iperf3 gcc libc6-dev

collector: $(STAMP)  ## Build the browser's collector into collector/dist, and the script that the server gives
	tools/collector
	cp collector/dist/sonde-collector.js src/sonde/api/ingest/collector.js

lock: $(UV)  ## Resolve the dependencies again
	$(UV) lock --upgrade

clean:  ## Remove everything that make has made
	rm -rf .venv .tools dist collector/dist collector/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(UV):
	@echo "Making .tools with the package installer ..."
	@$(PYTHON) -m venv .tools >/dev/null 2>&1 || { tools/packages python3-venv && $(PYTHON) -m venv --clear .tools; }
	@.tools/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

$(STAMP): pyproject.toml uv.lock | $(UV)
	@echo "Making .venv with everything Sonde needs (about 1 GB, once) ..."
	@$(UV) sync -q --frozen --all-extras --python $(PYTHON)
	@touch $@

# Every target sets up what it needs first, from a clone or a tarball, on Debian, Ubuntu or macOS.

VENV := .venv
BIN := $(VENV)/bin
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)
TEST_PROCESSES ?= 2
export HOMEIQ_DATA ?= $(CURDIR)/data

.PHONY: help setup demo up test coverage bench check lock documents

help:
	@echo "make demo      start everything on a demo home, ask it five questions, show its routines, and end"
	@echo "make up        start HomeIQ with its data in ./data"
	@echo "make test      run the tests     make check   format, lint, types"
	@echo "make bench     measure           make setup   only install what is needed"

setup: $(VENV)/installed

demo: setup
	@$(BIN)/python -m workers.cli.demo

up: setup
	@$(BIN)/homeiq up

# A file at a time, in as many processes as a small machine has cores.
test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES) --dist=loadfile

coverage: $(VENV)/installed-dev
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=90

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Topics, AsyncAPI and the broker's files, from the contracts.
documents: $(VENV)/installed-dev
	$(BIN)/python -m contracts.documents
	$(BIN)/python -m shared.broker.files

# Needs uv (pip install uv). No index address is written: where packages come from is the installer's business.
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -q
lock:
	$(LOCK) --extra setup -o requirements.lock
	$(LOCK) --extra setup --extra dev -o requirements-dev.lock

$(VENV)/installed: requirements.lock pyproject.toml
	@mosquitto/install.sh
	@$(MAKE) --no-print-directory $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Debian keeps ensurepip, which venv needs, in a package of its own.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "HomeIQ needs Python 3.11 or newer: install it, then run make again." >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || { \
	  echo "Installing python3-venv ..."; \
	  test "$$(id -u)" -eq 0 && root= || root=sudo; \
	  $$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
	} || { echo "Python's venv module is missing: install python3-venv, then run make again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

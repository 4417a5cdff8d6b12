# Every target sets up what it needs, from a fresh clone or a tarball.

PYTHON ?= python3
VENV := .venv
HOMEIQ := $(VENV)/bin/homeiq
export HOMEIQ_DATA ?= $(CURDIR)/data

.PHONY: setup demo up test bench check lock

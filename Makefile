# Everything starts from here: each target sets up .venv with the exact versions of constraints.txt first.
PYTHON ?= python3.11
VENV := .venv
# `make setup EXTRAS=dev,local-llm` also compiles llama-cpp-python, for language models on this machine: some minutes.
EXTRAS ?= dev
READY := $(VENV)/.ready
BIN := $(VENV)/bin

.PHONY: setup demo ui test lint format clean
.DEFAULT_GOAL := setup

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Expected $(PYTHON). Found none on the PATH. Install Python 3.11, or name it: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools wheel
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable ".[$(EXTRAS)]"
	@touch $(READY)

demo: $(READY)
	$(BIN)/fasttrack demo

ui: $(READY)
	$(BIN)/fasttrack ui

test: $(READY)
	$(BIN)/python -P -m pytest -q

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf $(VENV) demo build .pytest_cache .mypy_cache .ruff_cache

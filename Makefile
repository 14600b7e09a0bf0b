# Everything starts from here: each target sets up .venv with the exact versions of constraints.txt first.
PYTHON ?= python3.11
VENV := .venv
# `make setup EXTRAS=dev,local-llm` also compiles llama-cpp-python, for language models on this machine: some minutes. It brings
# build tools of its own, so it is installed by itself first.
EXTRAS ?= dev
READY := $(VENV)/.ready
BIN := $(VENV)/bin

# What the peers of the benchmark need comes on top: DATA is a folder with a folder for each dataset, BENCH more options.
BENCH_READY := $(VENV)/.ready-bench
DATA ?=
BENCH ?=

.PHONY: setup demo ui test lint format bench bench-small clean
.DEFAULT_GOAL := setup

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Expected $(PYTHON). Found none on the PATH. Install Python 3.11, or name it: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools wheel
	$(if $(findstring local-llm,$(EXTRAS)),$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt llama-cpp-python)
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

$(BENCH_READY): $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable ".[bench]"
	@touch $(BENCH_READY)

bench: $(BENCH_READY)
	@test -n "$(DATA)" || { echo "Expected DATA=folder, with a folder for each dataset. Found none. Name it: make bench DATA=folder"; exit 2; }
	$(BIN)/python -m bench "$(DATA)" $(BENCH)

bench-small: $(BENCH_READY)
	@test -n "$(DATA)" || { echo "Expected DATA=folder, with a folder for each dataset. Found none. Name it: make bench-small DATA=folder"; exit 2; }
	$(BIN)/python -m bench "$(DATA)" --small $(BENCH)

clean:
	rm -rf $(VENV) demo build .pytest_cache .mypy_cache .ruff_cache

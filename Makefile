# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test explore check fmt docs screenshot bench build clean

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[report,schedule]'
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.run ## the main job on the embedded local CRMs
	$(BIN)/kam-sync demo

test: $(VENV)/.dev ## the test suite
	$(BIN)/pytest -n auto

explore: $(VENV)/.dev ## the property tests with examples that were never tried
	HYPOTHESIS_PROFILE=default $(BIN)/pytest -n auto $$(grep -rlE "^from hypothesis" tests --include="test_*.py")

check: $(VENV)/.dev ## lint, format, types and import walls
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(VENV)/.dev ## format and fix what can be fixed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.dev ## the reference, made from the code
	$(BIN)/python docs/generate.py

screenshot: $(VENV)/.dev ## the picture of the report in docs/images; needs chromium
	$(BIN)/python docs/screenshot.py

bench: $(VENV)/.dev ## call counts and memory at 1,000 and 10,000 accounts
	$(BIN)/python benchmarks/scale.py

build: $(VENV)/.dev ## wheel and source distribution in dist/
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

# make demo: set up and digitize a sample page.  make test: set up and run every check.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: demo test format clean

demo: $(VENV)/.runtime
	@$(BIN)/python examples/sample_page.py $(DEMO)
	@$(BIN)/ecgengine digitize $(DEMO)/sample.png -o $(DEMO) -f csv,wfdb,json,overlay --force
	@$(BIN)/ecgengine score $(DEMO)/sample.csv $(DEMO)/sample_truth.csv
	@echo
	@echo "Overlay:     $(CURDIR)/$(DEMO)/sample_overlay.png"
	@echo "WFDB record: $(CURDIR)/$(DEMO)/sample.hea"
	@echo "CSV:         $(CURDIR)/$(DEMO)/sample.csv"

# Tests that share a slow fixture stand side by side; `worksteal` leaves them to one worker.
test: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n auto --dist worksteal

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) $(DEMO) build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.runtime

# Everything a newcomer needs: `make demo`, `make test`. Each makes its own environment in .venv the first time.

VENV ?= .venv
BIN := $(VENV)/bin
# The first Python that is new enough; PYTHON=/path/to/python3.12 overrides.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.ready  ## A session with no hardware: virtual sensor, virtual radio, live reps, report
	@$(BIN)/imu-tempo demo $(ARGS)

test: $(VENV)/.ready-dev  ## Every test
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.ready-dev  ## Style, types, layers, spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

bench: $(VENV)/.ready-dev  ## Accuracy and speed, as tables
	@for name in accuracy speed recording_speed link; do $(BIN)/python -m benchmarks.$$name || exit 1; done

docs: $(VENV)/.ready-dev  ## The documentation site, in docs/_build
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs docs/_build
	@echo "The site is in docs/_build/index.html"

clean:  ## Remove the environment and everything that can be made again
	rm -rf $(VENV) build dist demo-output docs/_build docs/_generated *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "imu-tempo needs Python 3.11 or newer, and found none:" \
		"install it, or say where it is with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "imu-tempo needs Python 3.11 or" \
		"newer, and $(PYTHON) is not: say where one is with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment:" \
		"install its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

# The demo needs the virtual radio only; the developer's environment holds that and the tools.
$(VENV)/.ready: pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV): this takes a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[virtual]'
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) with the developer's tools: this takes a minute or two, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/.ready $@

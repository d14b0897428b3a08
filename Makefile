# Everything a newcomer needs: `make demo`, `make test`. Each makes its own environment in .venv the first time.

VENV ?= .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
LOCK := requirements-dev.lock
# The first Python that is new enough; PYTHON=/path/to/python3.12 overrides.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs lock clean

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

bench: $(VENV)/.ready-dev  ## Accuracy and speed, as tables; those that take long are left out, and named at its end
	@for what in accuracy speed recording_speed link "clock --hours 0.25" "web --hours 0.5"; do \
		$(BIN)/python -m benchmarks.$$what || exit 1; done
	@echo "Left out, each by itself with $(BIN)/python -m benchmarks.NAME: batch choosing comparison drawn power_cut real soak"

docs: $(VENV)/.ready-dev  ## The documentation site, in docs/_build
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs docs/_build
	@echo "The site is in docs/_build/index.html"

# One file for every Python and platform, with hashes; what is locked stays unless pyproject.toml asks for another.
lock: $(VENV)/.ready-dev  ## Lock the developer's environment anew; ARGS=--upgrade takes the newest of everything
	$(BIN)/uv pip compile --quiet --no-config --python $(BIN)/python --universal --python-version 3.11 --extra dev \
		--generate-hashes --custom-compile-command "make lock" --output-file $(LOCK) $(ARGS) pyproject.toml

clean:  ## Remove the environment and everything that can be made again
	rm -rf $(VENV) build dist demo-output docs/_build docs/_generated *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.fuzz .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "imu-tempo needs Python 3.11 or newer, and found none:" \
		"install it, or say where it is with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "imu-tempo needs Python 3.11 or" \
		"newer, and $(PYTHON) is not: say where one is with 'make PYTHON=/path/to/python3'." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment:" \
		"install its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

# The demo needs the virtual radio only, and takes what a user's `pip install` takes: the newest that the bounds allow,
# so that it also runs on a Python that came after the lock.
$(VENV)/.ready: pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV): this takes a minute, once."
	@$(PIP) install --quiet -e '.[virtual]'
	@touch $@

# The developer's environment holds that and the tools, all of them (the build backend too) as locked: what passes here
# passes tomorrow, whatever the world releases.
$(VENV)/.ready-dev: pyproject.toml $(LOCK) | $(BIN)/python
	@echo "Setting up $(VENV) with the developer's tools: this takes a minute or two, once."
	@$(PIP) install --quiet --require-hashes -r $(LOCK)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $(VENV)/.ready $@

# Two commands start everything: `make demo` and `make test`. Each makes its own .venv once; after that no network is needed.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
# The first of these that is Python 3.11 or newer; `make PYTHON=/path/to/python demo` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
# Two makes at the same time share one .venv: the second waits, where the machine has flock.
ONE_AT_A_TIME := $(shell command -v flock >/dev/null 2>&1 && echo flock .venv.lock)

# A .venv whose Python is gone, as after an upgrade of the system, is made anew.
$(shell test -x $(PY) || rm -f $(VENV)/*.stamp)

.PHONY: help demo test lint check bench chaos docs pictures lock clean

help:  ## say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/run.stamp  ## the bot with a Mattermost and a GitLab to play with, at http://127.0.0.1:8065
	@exec $(PY) -m bot demo $(ARGS)

# Each worker takes a file of tests at a time. Many tests wait for a program, so there are two workers more than processors.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 5 ? n + 2 : 6)))
test: $(VENV)/dev.stamp  ## all tests, coverage recorded; ARGS="-k mention" for some of them
	@exec $(PY) -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report= --cov-fail-under=0 $(ARGS)

lint: $(VENV)/dev.stamp  ## requirements, lint, format, types
	@$(PIP) check -q
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

check: lint  ## the same, and the coverage that `make test` recorded
	@test -f .coverage || { echo 'make check: no coverage is recorded here yet; run `make test` first.' >&2; exit 1; }
	@$(PY) -m coverage report --fail-under=95

bench: $(VENV)/dev.stamp  ## measure on this machine, in ten minutes or so, and write docs/performance.md; ARGS="--only acceptance --quick"
	@exec $(PY) -m bench $(ARGS)

SECONDS ?= 60
chaos: $(VENV)/dev.stamp  ## kill it again and again while everything fails around it, and count what was lost; SECONDS=300 for longer
	@exec $(PY) -W ignore:XDG_RUNTIME_DIR -m bench.chaos --seconds $(SECONDS) $(ARGS)

docs: $(VENV)/run.stamp  ## write docs/commands*.md anew, from the table of commands and the words of help
	@$(PY) -c 'from gitlab_hooks.reference import write; write()'

pictures: $(VENV)/dev.stamp  ## take the pictures of docs/slash*.md anew, from the demo in Chromium, in five minutes or so
	@exec $(PY) -W ignore:XDG_RUNTIME_DIR -m tests.playground.pictures

lock:  ## pin and hash requirements*.txt anew from requirements*.in (needs the network)
	@test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock; $(VENV)-lock/bin/python -m pip install -q uv; }
	@for name in requirements requirements-dev; do \
		$(VENV)-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header $(ARGS) $$name.in -o $$name.txt >/dev/null; \
		{ echo "# Pinned and hashed from $$name.in by \`make lock\`; not edited by hand."; grep -v '^# Pinned' $$name.txt; } \
			> $$name.new; \
		mv $$name.new $$name.txt; \
	done

clean:  ## remove all that make made here, .venv too
	@rm -rf $(VENV) $(VENV)-lock .venv.lock .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .pytest_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@test -n "$(PYTHON)" || { echo 'Nudge needs Python 3.11 or newer, and none was found on the PATH.' \
		'Install one, or name it: make PYTHON=/path/to/python3.11 demo' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments here:" \
		'its venv module is a package of its own. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(ONE_AT_A_TIME) sh -c 'test -x $(PY) || $(PYTHON) -m venv --clear $(VENV)'

# The lists are complete, so pip resolves nothing: a resolver that meets an extra (coverage[toml]) may want a newer release
# than the pinned one, which has no hash here. `make check` asks whether something is missing.
$(VENV)/run.stamp: requirements.txt | $(PY)
	@echo 'Installing what Nudge needs into $(VENV) (once, less than a minute) ...' >&2
	@$(ONE_AT_A_TIME) $(PIP) install -q --no-deps --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp | $(PY)
	@echo 'Installing what the tests need into $(VENV) (once, less than a minute) ...' >&2
	@$(ONE_AT_A_TIME) $(PIP) install -q --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

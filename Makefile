# Everything a developer runs. Paths are relative, so the checkout's own name does not matter.
# Only GNU make and a Python >= 3.11 with venv are needed; PYTHON=... chooses one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?=
PY := .venv/bin/python
WORKFLOWS = $(wildcard .github/workflows/*.yml examples/*.yml)
DEPENDABOT = $(wildcard .github/dependabot.yml)

.PHONY: help setup demo probe test lint format check lock sweep bench container-test render-test clean

help:  ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 17

# ---------------------------------------------------------------------------------------------- set-up

setup: .venv/.installed  ## make the virtual environment (every other target does it too)

# Tried, not only looked up: a version manager's shim exists for versions that it cannot run.
# venv refuses a path with a colon in it: there it lives in the cache folder, behind a link.
.venv/.locked: requirements-dev.txt
	@usable() { "$$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	python="$(PYTHON)"; \
	if [ -z "$$python" ]; then \
	  for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	    if usable "$$name"; then python="$$name"; break; fi; \
	  done; \
	fi; \
	if [ -z "$$python" ] || ! usable "$$python"; then \
	  echo "Python 3.11 or newer with the venv module is needed: install it (on Debian: python3 python3-venv), or name one: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	rm -rf .venv; \
	case "$$PWD" in *:*) \
	  real="$${XDG_CACHE_HOME:-$$HOME/.cache}/cvaction-venv-$$(printf %s "$$PWD" | cksum | tr ' ' -)"; \
	  mkdir -p "$$real"; ln -s "$$real" .venv; "$$python" -m venv --clear "$$real";; \
	*) "$$python" -m venv .venv;; \
	esac
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

# `cvaction` must be importable for an isolated Python, which sees neither the working directory nor PYTHONPATH.
# A relative path in a .pth does that in a checkout of any name, which an editable install does not.
.venv/.installed: .venv/.locked
	@$(PY) -c 'import os, sysconfig; d = sysconfig.get_path("purelib"); \
	open(os.path.join(d, "cvaction-checkout.pth"), "w").write(os.path.relpath(os.getcwd(), d) + "\n")'
	@touch $@

# ---------------------------------------------------------------------------------------------- use

demo: .venv/.installed  ## a promotion and a mirror between emulated resources, as a workflow would run them
	@$(PY) -m tools.demo

probe: .venv/.installed  ## try on real resources what is unverified; PROBE_SOURCE_ENDPOINT and more: docs/probe.md
	@$(PY) -m conformance $(PROBE_OPTIONS)

# The sweep plays whole promotions by the thousand; counting lines meanwhile would take half of its time.
test: .venv/.installed  ## the whole suite, with coverage, and a share of the sweep
	$(PY) -m pytest -n 4 --cov --cov-report=term --ignore tests/sweep
	$(PY) -m pytest -n 2 tests/sweep

lint: .venv/.installed  ## style, types, and the linters of YAML, the action, the workflows and the Dockerfile
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m yamllint --strict .
	.venv/bin/zizmor --offline --persona pedantic --quiet . $(wildcard examples/*.yml)
	$(PY) -m check_jsonschema --builtin-schema vendor.github-actions action.yml $(wildcard */action.yml .github/actions/*/action.yml)
	$(if $(WORKFLOWS),$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS))
	$(if $(DEPENDABOT),$(PY) -m check_jsonschema --builtin-schema vendor.dependabot $(DEPENDABOT))
	$(PY) -m check_jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(PY) -m check_jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	.venv/bin/hadolint Dockerfile

format: .venv/.installed  ## let ruff write the layout
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

check: lint test  ## lint and test

sweep: .venv/.installed  ## every fault at every call: minutes, not seconds
	$(PY) -m tests.sweep --write README.md
	$(PY) -m tests.sweep.probing

bench: .venv/.installed  ## measure (BENCH=backup: that part alone), and write the table that the README quotes
	@$(PY) -m tools.bench $(BENCH)

container-test: .venv/.installed  ## build the Dockerfile and promote in the container
	@$(PY) -m tools.container_test

render-test: .venv/.installed  ## show the summary as GitHub would
	@$(PY) -m tools.render_test

# ---------------------------------------------------------------------------------------------- upkeep

COMPILE = .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-config --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	--override requirements-override.txt

lock: .venv/.installed  ## renew the locks
	$(COMPILE) --output-file requirements.txt pyproject.toml
	echo 'setuptools>=77' | $(COMPILE) --no-annotate --output-file requirements-build.txt -
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in

clean:  ## remove what the targets made
	case "$$(readlink .venv || true)" in */cvaction-venv-*) rm -rf "$$(readlink .venv)";; esac
	rm -rf .venv .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

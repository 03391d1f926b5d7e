# Thin: each line calls the command line or a tool. `make up` and `make test` are all that a newcomer needs.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help up setup setup-dev test check bench soak lock audit sbom clean

help:          ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

up: setup      ## install what is missing, train, index, migrate, and serve http://127.0.0.1:8000/
	@.venv/bin/copilot up

setup:
	@$(PYTHON) tools/bootstrap.py

setup-dev:
	@$(PYTHON) tools/bootstrap.py --dev

test: check    ## install what tests need and run them all
	@.venv/bin/pytest -n 2

check: setup-dev  ## ruff, mypy --strict, import contracts, tsc, the widget's size
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@node_modules/.bin/tsc -p tsconfig.json
	@.venv/bin/python -m tools.widget_size

bench: setup-dev  ## measure, side by side in one run, and write docs/benchmarks.md
	@.venv/bin/python -m tools.bench

soak: setup-dev   ## the long runs
	@.venv/bin/pytest -m soak

lock: setup-dev   ## pin the newest versions that requirements/*.in allow
	@.venv/bin/python tools/lock.py .venv-tools/bin/uv

audit: setup   ## check every pin against the known advisories (ADVISORIES='PyPI.zip npm.zip' without network)
	@.venv/bin/python -m tools.audit $(if $(ADVISORIES),--advisories $(ADVISORIES))

sbom: setup-dev   ## write var/sbom/*.cdx.json: what both environments hold, with hashes and licences
	@.venv/bin/python -m tools.sbom

clean:         ## forget everything that was made here, data included
	rm -rf .venv .venv-rasa .venv-tools node_modules var

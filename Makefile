# The whole interface of a developer. Everything lands in .venv/ and node_modules/; a second run starts at once.

PYTHON ?= python3
RUN := .venv/bin/python
NODE := $(RUN) scripts/node.py
PIP := $(RUN) -m pip install -q --disable-pip-version-check --no-compile
NPM := $(NODE) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: setup demo test check bench fmt

setup: .venv/.runtime node_modules/.runtime

demo: setup
	$(RUN) manage.py demo

test: .venv/.development node_modules/.development
	$(NODE) node --import ./tests/js/loader.mjs --test tests/js/*.test.js
	DATABASE_URL=sqlite:///test.sqlite3 REDIS_URL= $(RUN) -m pytest -q -m sqlite -n 2 --dist loadfile
	$(RUN) scripts/testenv.py $(RUN) -m pytest -q -n 2 --dist loadfile

check: .venv/.development node_modules/.development
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	.venv/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(60))') DEBUG=false ALLOWED_HOSTS=evenkeel.example $(RUN) manage.py check --deploy --fail-level WARNING
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --check --target-version 5.2
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djhtml --check --tabwidth 2
	$(NODE) biome check static/js static/css tests/js

fmt: .venv/.development node_modules/.development
	$(RUN) -m ruff check --fix
	$(RUN) -m ruff format
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djhtml --tabwidth 2
	$(NODE) biome check --write static/js static/css tests/js

bench: setup
	OMP_NUM_THREADS=1 $(RUN) -m benchmarks

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Evenkeel needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/pip
	$(PIP) -r requirements.txt
	@touch $@

.venv/.development: requirements.txt requirements-dev.txt | .venv/bin/pip
	$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.runtime

node_modules/.runtime: package.json package-lock.json | .venv/bin/pip
	$(NPM) --omit=dev
	@touch $@

node_modules/.development: package.json package-lock.json | .venv/bin/pip
	$(NPM)
	@touch $@ node_modules/.runtime

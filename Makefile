# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
# Python packages are those of requirements.lock, checked by hash; nothing else is installed from the network but,
# as root on Debian, the system libraries that PDF rendering and the tests need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_PYTHON_DOWNLOADS = never

PORT ?= 8000
PYTEST_WORKERS ?= 2
RUN := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null || echo $(HOME)/.local/bin/uv)

.PHONY: help demo test lint clean lock bundle

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

.venv/ready: requirements.lock
	@bash .ci/install-python
	@touch $@

demo: .venv/ready ## A small fictitious world to try the site on, at http://localhost:8000 (PORT, STARTUPS=file.csv)
	@bash .ci/install-system pango
	@exec $(RUN) manage.py demo --port $(PORT) $(if $(STARTUPS),--startups $(STARTUPS))

test: .venv/ready ## Run the tests (on PostgreSQL when DATABASE_URL is set)
	@bash .ci/install-system pango poppler chromium
	$(RUN) -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

lint: .venv/ready ## Style, stairs of imports, migrations, pins without addresses
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	$(RUN) manage.py check --fail-level WARNING
	$(RUN) manage.py makemigrations --check --dry-run
	@! grep -n '://' requirements.lock || (echo "requirements.lock must not hold any address" && exit 1)

lock: ## Pin the dependencies of pyproject.toml again
	$(UV) pip compile --quiet --universal --group dev --generate-hashes --no-annotate --no-header \
		pyproject.toml -o requirements.lock

bundle: ## Build again the program that seals in the browser (the result is committed)
	@bash .ci/bundle procurement/submissions/static/submissions

clean: ## Remove what the commands made
	rm -rf .venv var .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# AI Closer X. `make` alone explains itself. Works with GNU make 3.81 and newer.
PY := .venv/bin/python
BIN := .venv/bin
INSTALLED := .venv/.installed
ROLE ?= service
# Parts of benchmarks.performance, by themselves only by NAME=.
PARTS_OF_BENCHMARKS := side stock throughput profile_turn swap
BENCHMARKS = $(filter-out $(PARTS_OF_BENCHMARKS),$(basename $(notdir $(shell grep -l __main__ benchmarks/*.py 2>/dev/null))))
TYPED := closer api actions channels rasa_ext scripts

.DEFAULT_GOAL := help
.PHONY: help setup run up down restart status migrate seed train models token test lint format nightly bench nlu-report lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(INSTALLED) ## make .venv with the locked versions (only if the lock changed)

$(INSTALLED): requirements.lock scripts/setup.sh scripts/blas_kernels.py
	@echo "Setting up .venv ..." >&2
	@scripts/setup.sh

run: $(INSTALLED) ## start everything in the foreground (PORT=, CLOSER_DATA_DIR= and others in .env.example)
	@$(PY) -m scripts.stack run

up: $(INSTALLED) ## start everything in the background; returns when all is healthy
	@$(PY) -m scripts.stack up

down: $(INSTALLED) ## stop everything, leftovers of a crash included
	@$(PY) -m scripts.stack down

restart: $(INSTALLED) ## stop and start in the background
	@$(PY) -m scripts.stack down
	@$(PY) -m scripts.stack up

status: $(INSTALLED) ## show each process and its health
	@$(PY) -m scripts.stack status

migrate: $(INSTALLED) ## bring the database's tables up to date
	@$(PY) -m alembic upgrade head

seed: $(INSTALLED) migrate ## fill the demo shop (adds only what is missing)
	@$(PY) -m scripts.seed

train: $(INSTALLED) migrate ## train the dialogue model if the data changed and register it; prints its path
	@path=$$($(PY) -m scripts.train) && echo "$$path" && $(PY) -m scripts.models register "$$path" >&2

models: $(INSTALLED) migrate ## show model versions, the deployment and who serves what
	@$(PY) -m scripts.models status

token: $(INSTALLED) ## print a bearer token: ROLE=admin, or ROLE=customer CUSTOMER=user123
	@$(PY) -m scripts.token --role "$(ROLE)" --customer "$(CUSTOMER)"

test: $(INSTALLED) ## run all tests, as CI does (ARGS= goes to pytest)
	@$(PY) -m scripts.ensure_browser >/dev/null || true
	@$(PY) -m scripts.train >/dev/null
	@$(PY) -m pytest $(ARGS)

lint: $(INSTALLED) ## ruff, mypy and the import rules
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m ruff format --check --quiet --output-format concise .
	@$(PY) -m mypy --no-error-summary $(TYPED)
	@found=$$($(PY) $(BIN)/lint-imports --no-cache --no-logo 2>&1) || { echo "$$found"; exit 1; }

format: $(INSTALLED) ## let ruff mend what it can
	@$(PY) -m ruff check --quiet --fix .
	@$(PY) -m ruff format --quiet .

nightly: $(INSTALLED) ## what is too long for CI: every test, more examples for each property, the benchmarks
	@$(PY) -m scripts.ensure_browser >/dev/null || true
	@$(PY) -m scripts.train >/dev/null
	@HYPOTHESIS_PROFILE=nightly $(PY) -m pytest -m "nightly or not nightly" $(ARGS)
	@$(MAKE) --no-print-directory bench

bench: $(INSTALLED) ## run the benchmarks and print their figures (NAME=nlu for one, ARGS= for its options)
	@$(PY) -m scripts.train >/dev/null
	@failed=; for name in $(or $(NAME),$(BENCHMARKS)); do echo "== $$name"; $(PY) -m benchmarks.$$name $(ARGS) || failed="$$failed $$name"; done; \
		test -z "$$failed" || { echo "not right:$$failed" >&2; exit 1; }

nlu-report: $(INSTALLED) ## train the understanding and show it intent by intent, with its mistakes
	@$(PY) -m benchmarks.nlu --only product --verbose

lock: $(INSTALLED) ## resolve requirements.in into requirements.lock again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
		--override requirements.overrides requirements.in -o requirements.lock
	@echo "requirements.lock is up to date; make setup installs it." >&2

clean: ## remove what can be made again; keeps .venv, the data folder and the models
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .rasa results test-results
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Two commands for a newcomer: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz lint typecheck imports pytest vendor screenshots slow-browser lock clean crash films

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

demo: ## install what is missing, then run the service beside a practice LMS (Ctrl-C stops it)
	@$(PYTHON) -m scripts.bootstrap demo
	@$(BIN)/python -m scripts.demo

test: ## everything, on SQLite and PostgreSQL, with a real Chromium
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/python -m scripts.test

bench: ## what launches, heartbeats, pages, films and rosters cost (needs redis-server); `make bench ARGS=--quick`
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/python -m bench $(ARGS)

fuzz: ## a hundred thousand mutated requests (some ten minutes); `make fuzz ARGS="--requests 5000 --seed 7"`
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/python -m tests.fuzz $(ARGS)

lint: ## ruff, style and layout
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

typecheck: ## mypy --strict
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/mypy

imports: ## what may lean on what
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/lint-imports

pytest: ## the tests alone; `make pytest ARGS="tests/lti -k nonce"`
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/pytest $(ARGS)

screenshots: ## a picture of each page into docs/screenshots (needs ffmpeg)
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/python -m scripts.screenshots

slow-browser: ## the story of a lost connection with the network away for a whole minute
	@$(PYTHON) -m scripts.bootstrap test
	@TRAINER_TEST_OFFLINE_SECONDS=60 $(BIN)/pytest tests/browser/test_losing_the_connection.py

crash: ## the long crash runs on both databases: kill -9 under deliveries and heartbeats, restarts under launches
	@$(PYTHON) -m scripts.bootstrap test
	@for database in sqlite postgresql; do \
		$(BIN)/python -m tests.crash.deliveries --database $$database --completions 1000 --kills 10 && \
		$(BIN)/python -m tests.crash.heartbeats --database $$database || exit 1; \
	done
	@$(BIN)/python -m tests.crash.restarts --rate 50 --seconds 30 --restarts 3

films: ## render a module's film again: `make films ARGS="modules/library/warme-band --out var/films"` (espeak-ng, ffmpeg)
	@$(PYTHON) -m scripts.bootstrap test
	@$(BIN)/python -m scripts.render_film $(ARGS)

vendor: ## fetch the pinned browser libraries again (needs npm)
	@$(PYTHON) -m scripts.vendor

lock: ## write the lock files from pyproject.toml; `make lock ARGS=--upgrade` takes newer versions
	@$(PYTHON) -m scripts.lock $(ARGS)

clean: ## remove what can be made again; the demo's data in var/ stays
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache node_modules

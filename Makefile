# Everything runs from here. Needs python3 (3.11 or newer) and make, nothing else.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
STAMP := .state/setup-$(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check fmt bench docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the locked dependencies (instant when nothing changed)

demo: setup ## Start the demo institution on 127.0.0.1, PORT=8000
	$(BIN)/sanduq demo --port $(PORT)

test: setup .state/hledger ## Run all tests, WORKERS=2
	$(BIN)/pytest -n $(WORKERS)

lint: setup ## Check format, rules, types, import arrows, our own rules and contract drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src tools
	$(BIN)/lint-imports
	$(BIN)/python -m tools.tidy
	$(BIN)/sanduq openapi --check

check: lint test ## What must pass before a change is offered: lint, then test

fmt: setup ## Rewrite files into the house format and fix what can be fixed by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Run each script under bench/ and print its figures
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

docs: setup ## Check that every link in the documentation leads somewhere
	$(BIN)/python -m tools.tidy links decisions

clean: ## Remove caches, stamps and build results (.venv stays)
	rm -rf .state .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	rm -rf build dist /dev/shm/sanduq-test-$$(id -u)
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp's name carries a checksum of the lock: another lock, another name, a new install.
$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 setup"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && $(APT) update \
		&& $(APT) install -y python3-venv && $(PYTHON) -m venv --clear .venv; }
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@mkdir -p .state && rm -f .state/setup-* && touch $@

# hledger gives the books a second opinion. Where it cannot be had, the tests that need it are
# skipped and say so in the last lines of the run.
.state/hledger:
	@mkdir -p .state
	@command -v hledger >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { $(APT) install -y hledger || { $(APT) update && $(APT) install -y hledger; }; } \
		; } >/dev/null 2>&1 || true
	@touch $@

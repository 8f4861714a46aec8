# Two commands: `make run` and `make test`. Everything else is for those who change Depter.
# PYTHON=python3.12 chooses the Python that .venv is made from; PORT and HOST where `make run` listens;
# EMPTY=1 makes it an empty university with data of its own.

PYTHON ?= python3
RUN = $(PYTHON) tools/environment.py run.lock --
TEST = $(PYTHON) tools/environment.py test.lock --

.DEFAULT_GOAL := help
.PHONY: help run test torture bench shots pictures lint format migration reference lock vendor-check clean
MAKEFLAGS += --no-print-directory

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Start everything and print the address (EMPTY=1: without demo data); Ctrl-C ends it, the data stays
	@$(RUN) -m app.cli run --with-parent

test: ## Every test, in parallel, on databases of their own (ARGS=tests/journal for some)
	@$(TEST) -m pytest -n auto --dist worksteal -rs $(ARGS)

torture: ## The long tests: mutations of every rule, walks, kills and rounds
	@$(TEST) -m pytest -n auto -m torture -rs $(ARGS)

bench: ## Measure, print a table and write build/bench.json
	@$(TEST) -m tools.bench $(ARGS)

shots: ## Walk the browser stories and photograph every page into build/shots
	@SHOTS=1 $(TEST) -m pytest -n auto tests/browser $(ARGS)

pictures: ## Take the pictures of the guides anew, in three languages
	@$(TEST) -m pytest -q -n 2 -m pictures tests/browser/test_guide_pictures.py tests/browser/test_moving_in_pictures.py tests/browser/test_auditor_pictures.py $(ARGS)

lint: ## ruff, mypy, the import contracts, declared packages, templates
	@$(TEST) -m ruff check .
	@$(TEST) -m ruff format --check .
	@$(TEST) -m mypy app
	@$(TEST) -c "from importlinter.cli import lint_imports_command as main; main()"
	@$(TEST) -m deptry app
	@$(TEST) -m deptry tests tools --ignore DEP002,DEP004
	@$(TEST) -m djlint app --extension html --lint --quiet

format: ## Let ruff put every file in shape
	@$(TEST) -m ruff check --fix .
	@$(TEST) -m ruff format .

migration: ## Write the next migration from the models (NAME="add room to lesson")
	@$(TEST) -m app.kernel.migrations.autogenerate "$(NAME)"

reference: ## Write docs/reference.md, docs/processes/ and docs/lint/README.md anew from the product
	@$(TEST) -m tools.reference

lock: ## Write requirements/*.lock anew from pyproject.toml
	@$(TEST) -m uv pip compile pyproject.toml --group build --universal --generate-hashes --no-annotate --no-header -q -o requirements/run.lock
	@$(TEST) -m uv pip compile pyproject.toml --group build --group test --universal --generate-hashes --no-annotate --no-header -q -o requirements/test.lock

vendor-check: ## Prove that the browser files we did not write are the published ones, and build the bundle again
	@if command -v npm >/dev/null; then cd tools/frontend && npm ci --silent --no-audit --no-fund && cd ../.. && $(TEST) tools/frontend/check.py; \
	else $(TEST) tools/frontend/check.py --kept; fi

clean: ## Remove what tests, tools and builds left; the demo's data stays
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .depter/test-* .depter/scratch-*
	@find app tests -name __pycache__ -type d -prune -exec rm -rf {} +

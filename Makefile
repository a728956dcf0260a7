# Needs python3 (3.11 or later), python3-venv, make and git; each target brings the rest itself.
BRING := python3 -m tools.bootstrap
BIN := .venv/bin
# People of the demo; left out, a new demo has 200, and one that is there stays as it is.
SIZE ?=
# With DEMO_S3=1 a part of the demo lies on moto's S3 server, a development requirement.
DEMO_NEEDS = $(if $(DEMO_S3),dev,runtime)

# Where compiled modules are not kept, each of the many processes of a test run compiles all of them anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help messages run test test-thorough test-browser screenshots lighthouse test-long test-postgres check fix demo-check demo-check-long restore-drill bench bench-quick bench-long clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name words; do printf '  make %-16s %s\n' "$$name" "$$words"; done

run: ## start the portal with its demo on http://localhost:8000 (Ctrl-C stops it; PORT=… moves it; SIZE=… people)
	@$(BRING) $(DEMO_NEEDS) --need pdf
	@$(if $(SIZE),MACROSORA_SIZE='$(SIZE)') $(BIN)/python -m tools.serve

test: ## run the test suite
	@$(BRING) dev --wish pdf --wish postgres --wish mariadb --wish unpackers
	@$(BIN)/pytest -n auto

test-thorough: ## run the tests that take seconds each
	@$(BRING) dev --wish pdf --wish postgres --wish mariadb --wish unpackers
	@$(BIN)/pytest -m thorough -n auto

test-browser: ## walk the pages in real Chromium
	@$(BRING) dev --need pdf --wish browser
	@$(BIN)/pytest -m browser tests/browser

screenshots: ## write every page, light and dark, phone and desktop, to test-results/pictures; the best into docs/pictures
	@$(BRING) dev --need pdf --need browser
	@SCREENSHOTS=all $(BIN)/pytest -m browser tests/browser
	@mkdir -p docs/pictures
	@for name in queue progress dashboard other-people every-person0-home-1=home-own; do \
	    cp "test-results/pictures/$${name%=*}-wide-light.png" "docs/pictures/$${name#*=}.png"; done

lighthouse: ## measure home, form, request and queue with Lighthouse; each score at least 95 (needs Node.js 18 and npm)
	@$(BRING) dev --need pdf --need browser
	@$(BIN)/python -m tools.lighthouse

test-long: ## run the long variants of tests, and properties four times as often, those on PostgreSQL too
	@$(BRING) dev --wish pdf --wish postgres --wish mariadb --wish unpackers
	@TEST_LONG=1 $(BIN)/pytest -m 'slow or thorough' -n auto
	@$(MAKE) test-postgres

test-postgres: ## run the portal's own tests, long variants too, with its database on PostgreSQL
	@$(BRING) dev --need postgres --wish pdf
	@$(BIN)/python -m tests.on_postgres tests/dsar tests/accounts -m 'not browser' -n auto

check: ## lint, format, types, layers, migrations, production settings
	@$(BRING) dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m tools.production_check

messages: ## bring the catalogues of words up to date with the source (LEFT=de prints what is not translated yet)
	@$(BRING) dev
	@$(BIN)/python -m tools.messages $(if $(LEFT),--left '$(LEFT)')

fix: ## mend what ruff can mend
	@$(BRING) dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

demo-check: ## drive requests through a demo of its own and compare every row (SIZE=200 people, up to 100000; DEMO_S3=1: on S3)
	@$(BRING) $(DEMO_NEEDS) --need pdf
	@$(BIN)/python -m tools.demo_check --people '$(or $(SIZE),200)'

demo-check-long: ## the same with 5,000 people
	@$(MAKE) demo-check SIZE=5000

restore-drill: ## restore a backup after people were erased, erase them again, and look in every store
	@$(BRING) dev
	@$(BIN)/python -m tools.restore_drill --people '$(or $(SIZE),60)'

bench: ## measure against the same work done by hand; the table of what it costs
	@$(BRING) dev --need pdf --need postgres
	@$(BIN)/python -m tools.bench

bench-quick: ## the same with a tenth of the rows, within a minute
	@$(BRING) dev --need pdf --need postgres
	@$(BIN)/python -m tools.bench --quick

bench-long: ## the same with ten million rows
	@$(BRING) dev --need pdf --need postgres
	@$(BIN)/python -m tools.bench --many 10000000

clean: ## remove what was made here: .venv, caches, and the demo's data in var/
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results

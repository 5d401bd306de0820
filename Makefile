# What one does with this project. `make` by itself lists it.

PYTHON ?= python3
UV := uv==0.13.9
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
READY_TO_TEST := $(VENV)/.installed-dev
CATALOGUES := $(wildcard portal/translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)
CHECKER := build/node_modules/vnu-jar/build/dist/vnu.jar
FLASK := $(BIN)/python -m flask --app wsgi

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run start test browser words lint format lock prove chaos bench clean

# uv takes a quarter of pip's time; where it does not run, pip does.
define install
	$(BIN)/pip install -q --disable-pip-version-check $(UV) && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r $(1) \
		|| $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(1)
endef

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) $(COMPILED) ## Run a demonstration with made-up people
	$(FLASK) up --demo

start: $(READY) $(COMPILED) ## Run the portal, empty, for an organisation of your own
	$(FLASK) up

test: $(READY_TO_TEST) $(COMPILED) ## Run the tests; those whose server is not installed are skipped
	$(BIN)/python -m pytest -n 2 --ignore=tests/browser

browser: $(READY_TO_TEST) $(COMPILED) $(CHECKER) ## Walk through it in a real browser (Chromium); check its HTML (Java)
	$(BIN)/python -m pytest tests/browser

words: $(READY) ## Gather what the portal says into the catalogues of portal/translations
	$(BIN)/python -m assets.gather_words

lint: $(READY_TO_TEST) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/ty check --python $(VENV)

format: $(READY_TO_TEST) ## Mend style and format where a machine can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(READY) ## Pin what requirements*.in ask for, with hashes
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

prove: ## Install what is missing, run every check with nothing skipped (Debian), then 5,000 histories at random
	.ci/run
	LAURELS_HISTORIES=2500 $(BIN)/python -m pytest -n 2 tests/domain/test_histories.py

chaos: $(READY_TO_TEST) ## Kill, freeze and cut off what runs, a thousand times; SEED, FAULTS and ACTIVITIES may be set
	$(BIN)/python -m tests.faults

bench: $(READY_TO_TEST) ## Measure
	@for name in recognition imports pages changes leaderboards displays; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit; done

clean: ## Throw away what was installed and made; the data in instance/ stays
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The Nu HTML checker; without npm its test is skipped.
$(CHECKER):
	@mkdir -p build
	-command -v npm >/dev/null && npm install --silent --no-save --prefix build vnu-jar@26.9.27

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(READY): requirements.txt | $(BIN)/python
	$(call install,requirements.txt)
	@touch $@

# All that are older than their source are compiled at once; the portal does it by itself where this is left out.
%/messages.mo: %/messages.po | $(READY)
	$(BIN)/python -c "from portal import catalogues; catalogues.compile_all()"

$(READY_TO_TEST): requirements-dev.txt $(READY)
	$(call install,requirements-dev.txt)
	@touch $@

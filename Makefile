# `make` tells what there is. Debian's git, make and python3-venv are all that must be installed.

PYTHON ?= python3
ARGS ?=

# All tests run side by side, each process in the order in which they would run alone.
ALL := -n auto --maxprocesses 4 --dist load

BIN := .venv/bin
RUNTIME := .venv/.requirements
DEVELOPMENT := .venv/.requirements-dev
SOURCES := laseros operators_app presets_app projects_app queue_app benchmarks tests manage.py
PIP := $(BIN)/python -m pip install -qq --require-hashes --disable-pip-version-check \
	--no-input --requirement
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate

# Tests and checks have settings and data of their own: .env and the demo's data are not touched.
APART = ENV_FILE=/dev/null LASEROS_DATA="$(CURDIR)/var/$@"
PRODUCTION = $(APART) DEBUG=false ALLOWED_HOSTS=laseros.example \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')"

.PHONY: help run doctor test check format messages lock bench fuzz screenshots

help:
	@echo "make run     start Laser OS; Ctrl-C stops it"
	@echo "make doctor  check the database and the files; silent where all is well"
	@echo "make test    run the tests; make test ARGS='-k queue' runs some of them,"
	@echo "             make test ARGS=--cov tells which lines and branches no test reaches"
	@echo "make check   lint, types, migrations, deployment, API schema"
	@echo "make format  put the code into the house's format"
	@echo "make messages  collect the texts to be translated (laseros/locale); needs GNU gettext"
	@echo "make bench   measure the speed against a hand-written floor; SCALE=0.05 for a quick one"
	@echo "make fuzz    attack the API for 10 minutes with requests made from its schema; SEED=… repeats"
	@echo "make screenshots  take the README's pictures anew"
	@echo "make lock    pin the requirements anew after editing requirements*.in"

run: $(RUNTIME)
	@exec $(BIN)/python manage.py run $(ARGS)

doctor: $(RUNTIME)
	@$(BIN)/python manage.py doctor $(ARGS)

test: $(DEVELOPMENT)
	@$(APART) $(BIN)/python -m pytest $(or $(ARGS),$(ALL))

check: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy $(SOURCES)
	@echo "The migrations are complete:"
	@$(APART) $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "The production settings are sound:"
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "The API describes itself:"
	@$(APART) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

# The filled databases are kept in var/bench, or beside the one of DATABASE_URL.
bench: $(DEVELOPMENT)
	@$(APART) $(BIN)/python -m benchmarks.run $(ARGS)

# The README's pictures, taken of the demo shop by Debian's Chromium.
screenshots: $(DEVELOPMENT)
	@$(APART) $(BIN)/python -m pytest tests/browser/screenshots.py

# A demo shop of its own in var/fuzz, made anew each time; MINUTES=1 for a quick look.
fuzz: $(DEVELOPMENT)
	@$(BIN)/python -m tests.laseros.fuzz

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(RUNTIME)
	@$(APART) $(BIN)/python manage.py messages

lock: $(DEVELOPMENT)
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) --constraints requirements.txt requirements-dev.in --output-file requirements-dev.txt

# The stamps say what is installed: make runs pip again only when a requirements file has changed.
# A folder without a working pip is half made, by an interrupted or an older Python: made anew.
$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Laser OS needs Python 3.11 or newer with its venv module: install the Debian package python3-venv." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m venv .venv; } || \
		{ rm -rf .venv; echo "Python could not make its virtual environment in .venv." >&2; exit 1; }
	@echo "$(if $(wildcard $@),Installing the changed requirements…,Installing the requirements (first time only)…)"
	@$(PIP) requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "$(if $(wildcard $@),Installing the changed requirements…,Installing what tests and checks need (first time only)…)"
	@$(PIP) requirements-dev.txt
	@touch $@

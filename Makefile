# Everything a person does here, one target each.  GNU make 3.81, the one of macOS, is enough.
#
# IN, OUT and ARGS go to the shell as they are: quote a name that has blanks, as in  IN="'my files' more".

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check
RECENT = import sys; sys.exit(sys.version_info < (3, 11))

IN = $(sort $(wildcard samples/*/input))
OUT = out
POLICY =
STRICT =
FUZZ_SECONDS = 1200
DEMO = report-demo
SPARK = .venv-spark
TESTERS = auto
ARGS =

.PHONY: help clean-corpus inspect test laws hostile crash fuzz many engines skew cluster-test lint quality million check bench capacity report-demo golden tables docs wheel tidy

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile

# Python, make and a package index are all it takes; an environment that no longer runs is made anew.
# The lock is complete, so nothing is resolved (pip 23 cannot resolve the extras of lxml); it pins pip too.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c '$(RECENT)' || { \
	  echo "clean-corpus needs Python 3.11 or later, and '$(PYTHON)' is not: name one, as in  make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(BIN)/python -c '$(RECENT)' 2>/dev/null || { \
	  echo "setting up $(VENV), once" >&2; $(PYTHON) -m venv --clear $(VENV); }
	@$(PIP) install --no-deps --requirement requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

clean-corpus: $(STAMP) ## clean documents: IN=samples OUT=out POLICY= ARGS= STRICT=1 (exit 3, some quarantined, is a failure too)
	@echo "cleans documents; never changes IN"
	@$(BIN)/clean-corpus run $(IN) -o $(OUT) $(if $(POLICY),--policy $(POLICY)) $(ARGS) || \
	  { code=$$?; test $$code -eq 3 && test "$(STRICT)" != 1 || exit $$code; }

inspect: $(STAMP) ## show what a run found: OUT=out ARGS=
	@$(BIN)/clean-corpus inspect $(OUT) $(ARGS)

test: $(STAMP) ## run the tests in their short form, in TESTERS=auto processes: ARGS=
	@$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist worksteal $(ARGS)

laws: $(STAMP) ## the long form: laws over whole runs with more examples, workers started as for a user: ARGS=
	@$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist worksteal --long tests/laws tests/golden tests/shell $(ARGS)

hostile: $(STAMP) ## hostile files, attacks, and 10,000 bits turned in an output: ARGS=
	@$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist worksteal --long -q tests/hostile
	@$(BIN)/python tests/hostile/flips.py $(ARGS)

crash: $(STAMP) ## kill and fail a run at every change of the disk, and 200 times at random: ARGS=
	@$(BIN)/python tests/hostile/crash.py $(ARGS)

fuzz: $(STAMP) ## feed changed files to what reads them: FUZZ_SECONDS=1200 of processor for each of four targets, ARGS=--short as CI does
	@$(BIN)/python tests/hostile/fuzz.py --seconds $(FUZZ_SECONDS) $(ARGS)

many: $(STAMP) ## clean 72,000 short articles with two workers under ulimit -v: ARGS=
	@$(BIN)/python tests/bench/many.py $(ARGS)

engines: $(SPARK)/.installed ## clean 20,000 short articles with one process, with two and on Spark, and compare the bytes; needs Java 17: ARGS=
	@$(SPARK)/bin/python tests/bench/engines.py $(ARGS)

skew: $(SPARK)/.installed ## clean equal documents, one cluster and one bucket on each engine, and measure what a task takes; needs Java 17: ARGS=
	@$(SPARK)/bin/python tests/bench/skew.py $(ARGS)

# PySpark takes half a gigabyte, so it has an environment of its own; it is the same but for that.
$(SPARK)/.installed: requirements.lock requirements-spark.lock pyproject.toml
	@$(PYTHON) -m venv --clear $(SPARK)
	@$(SPARK)/bin/python -m pip -qq --disable-pip-version-check install --no-deps \
	  --requirement requirements.lock --requirement requirements-spark.lock
	@$(SPARK)/bin/python -m pip -qq --disable-pip-version-check install --no-deps --editable .
	@touch $@

cluster-test: ## the same bytes from Spark, with a master and workers of its own, and with deaths; needs Java 17: ARGS=
	@if command -v java >/dev/null || test -n "$$JAVA_HOME"; then \
	  $(MAKE) --no-print-directory $(SPARK)/.installed && \
	  $(SPARK)/bin/python -m pytest -q -p no:xdist --durations=0 --durations-min=5 \
	    -k "spark or cluster" tests/conformance/test_engines.py tests/cluster $(ARGS); \
	else echo "note: no Java here, so nothing was done on Spark; make cluster-test needs Java 17"; fi

lint: $(STAMP) ## check format, style, types and the direction of imports
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

quality: $(STAMP) ## measure repeats and the cleaning of text where the truth is known, with floors: ARGS=
	@$(BIN)/python tests/quality/run.py $(ARGS)
	@$(BIN)/python tests/quality/text.py

million: $(STAMP) ## count wrong removals in a million paragraphs, and prove a sample: ARGS=
	@$(BIN)/python tests/quality/million.py $(ARGS)

check: lint test $(if $(wildcard tests/quality/run.py),quality) ## lint, test and quality

bench: $(STAMP) ## measure time and memory
	@$(BIN)/python tests/bench/run.py $(ARGS)

capacity: $(STAMP) ## measure what a document costs, and play what many would take: ARGS=
	@$(BIN)/python tests/bench/capacity.py $(ARGS)

report-demo: $(STAMP) ## make reports over the samples and over 20,000 invented clusters in DEMO=report-demo, some minutes: ARGS=
	@$(BIN)/python tests/bench/report_demo.py $(DEMO) $(ARGS)

golden: $(STAMP) ## rewrite the expected output of the samples; review the difference like code
	@$(BIN)/python tests/golden/rewrite.py $(ARGS)

tables: $(STAMP) ## rewrite the tables that are made from the furniture expressions
	@$(BIN)/python tests/rewrite_needed.py

docs: $(STAMP) ## rewrite the generated parts of the documents
	@$(BIN)/python tests/rewrite_docs.py $(ARGS)

wheel: $(STAMP) ## build dist/*.whl and try it in a fresh environment
	@rm -f dist/clean_corpus-*.whl
	@$(PIP) wheel --no-deps --wheel-dir dist .
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	  $(BIN)/python -m venv --without-pip "$$tmp/venv" && \
	  $(PIP) --python "$$tmp/venv" install --constraint requirements.lock dist/clean_corpus-*.whl && \
	  here=$$PWD && cd "$$tmp" && \
	  venv/bin/clean-corpus --version && \
	  venv/bin/clean-corpus run "$$here/samples/twice/input" -o out

tidy: ## remove build output and caches; never documents, never OUT
	@rm -rf build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find pipeline stages tests -name __pycache__ -type d -prune -exec rm -rf {} +

# make demo: the main job on 20,000 synthetic people     make test: the tests     make bench: how long the demo takes
# make coverage: the tests once more, a quarter slower, and which lines no test runs (below 90 % it fails)
# make docs: the pages that are written from definitions and worked examples, and the pictures, taken from demo/ in Chromium
# Each does its own set-up: a virtual environment, the pinned dependencies, the package itself.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test coverage check docs bench clean

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(VENV)/installed
	$(BIN)/riskstrat --workspace demo demo

test: $(VENV)/installed
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

coverage: $(VENV)/installed
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --cov --cov-report term:skip-covered

check: $(VENV)/installed
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet tests/unit/warehouse/test_sql_files.py tests/unit/warehouse/test_portability.py

docs: $(VENV)/installed
	PYTHONPATH=tests $(BIN)/python -m support.feature_pages
	test -f demo/releases/current.json || $(BIN)/riskstrat --workspace demo demo
	PYTHONPATH=tests $(BIN)/python -m support.screens demo

bench: $(VENV)/installed
	$(BIN)/python benchmarks/main_job.py --write
	$(BIN)/python benchmarks/feature_store.py --write

clean:
	rm -rf demo .venv

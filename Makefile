# Everything runs in a local environment, .venv, made on first use. PYTHON picks the interpreter.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test test-slow test-deep lint clean

demo: $(READY)
	$(BIN)/gliofront demo demo

# Files of tests side by side, one a core; each keeps what it shares to itself.
test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

# PyTorch is an extra that the other targets do without; it stays in .venv afterwards.
test-deep: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,deep]'
	$(BIN)/python -m pytest tests/learning

lint: $(READY)
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf .venv demo build dist

$(READY): pyproject.toml CMakeLists.txt $(wildcard src/gliofront/radiomics/_kernel/*)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

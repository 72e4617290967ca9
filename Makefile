# improvd: `make run` plays and `make test` tests; each does all the set-up that it needs.
# ARGS goes to the program that a target runs, PYTHON names the Python (3.11 or 3.12) that makes .venv.

SHELL := /bin/bash
BIN := .venv/bin
UV := uv==0.13.8
.PHONY: run setup test check test-system bench lock help
.DEFAULT_GOAL := help

run: ## install what playing needs, then play
	@requirements/install $$(nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo play)
	@exec $(BIN)/improvd run $(ARGS)

setup: ## make .venv with everything for development
	@requirements/install dev

test: setup ## run the whole test suite, with a real JACK server
	$(BIN)/python -m pytest $(ARGS)

check: setup ## format, lint, strict types, import floors, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not slow and not jack and not system" $(ARGS)

test-system: ## run the beds that boot a container and a virtual machine
	@requirements/install dev bed
	$(BIN)/python -m pytest -m system $(ARGS)

bench: setup ## measure the step of the network on every runtime, and live playing on JACK
	$(BIN)/improvd bench step
	$(BIN)/python benchmarks/live.py

lock: ## find new versions of everything, and lock them
	@python3 -m venv .venv-lock && .venv-lock/bin/pip install -q $(UV)
	@for name in play gpu link dev; do \
	    .venv-lock/bin/uv pip compile pyproject.toml --group build $$([ $$name = play ] || echo --extra $$name) \
	        --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --quiet \
	        --system-certs -o requirements/$$name.lock || exit; done
	@rm -r .venv-lock

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

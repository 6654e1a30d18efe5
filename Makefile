# `make help` lists what there is. Everything sets itself up; nothing needs root.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup build serve open test soak check format protocol lock docs bench
DATA ?= data
PROGRAMS ?= 10000
RUNS ?= 200
UV_COMPILE = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	--no-annotate --python-version 3.11

help: ## List the targets
	@sed -n 's/^\([a-z-]*\)[a-z ]*:.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup build: ## Make this checkout ready to serve, and no more
	@python=$$(scripts/find-python) && exec "$$python" scripts/set_up.py serve

serve: setup ## Start Studium with its data in ./data (Ctrl-C stops it)
	@.venv/bin/studium serve --data $(DATA) $(ARGUMENTS)

test: ## Run every check and every test
	@python=$$(scripts/find-python) && exec "$$python" scripts/run_tests.py all

soak: ## Look for ways to lose text, for hours: random programs and faults (PROGRAMS=10000 RUNS=200)
	@python=$$(scripts/find-python) && "$$python" scripts/set_up.py test
	@.venv/bin/python tests/convergence/soak.py $(PROGRAMS)
	@.venv/bin/python tests/faults/soak.py --runs $(RUNS)

check: ## Run linters and type checks alone
	@python=$$(scripts/find-python) && exec "$$python" scripts/run_tests.py check

format: ready ## Format and sort imports
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format .
	@cd web && npm run --silent format

protocol: ready ## Write the page's types from the Python structs
	@.venv/bin/python scripts/generate_protocol.py

docs: ready ## Write docs/reference/ from the code
	@.venv/bin/python scripts/generate_reference.py

lock: ## Pin all packages anew, with hashes
	@python=$$(scripts/find-python) && "$$python" scripts/set_up.py lock
	$(UV_COMPILE) --upgrade pyproject.toml --group build --output-file requirements/serve.txt
	$(UV_COMPILE) --upgrade pyproject.toml --group build --group dev --constraint requirements/serve.txt --output-file requirements/dev.txt
	$(UV_COMPILE) --upgrade pyproject.toml --group bench --constraint requirements/serve.txt --output-file requirements/bench.txt
	$(UV_COMPILE) --upgrade --group peers --output-file requirements/peers.txt
	$(UV_COMPILE) --upgrade --group environment --output-file requirements/environment.txt
	$(UV_COMPILE) --upgrade --group node --output-file requirements/node.txt
	cd web && npm install --package-lock-only --no-audit --no-fund
	.venv/bin/python scripts/complete_npm_lock.py

bench: setup ## Measure, as JSON (docs/performance.md)
	@.venv/bin/python scripts/set_up.py bench
	@.venv/bin/python benchmarks/run.py

.PHONY: ready
ready:
	@python=$$(scripts/find-python) && exec "$$python" scripts/set_up.py check

# Each target is a line that a person could type, in the environment .venv.
#   make lab      the course in JupyterLab             ARGS="--no-browser --allow-root" in a container
#   make test     lint, format, direction of imports, types, all tests      ARGS="-k atlas" for some
#   make course   every notebook headlessly            ARGS="--only 04", ARGS=--update for the committed copies
#   make site     course and reference as pages in build/site, which open without a server and load nothing from the net
#   make format   what `make test` would complain about
# PYTHON=… says which Python (3.11 or newer) the environment is made of.

NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p $(NEW_ENOUGH) 2>/dev/null && echo $$p && break; done)
READY = .venv/ready

lab: $(READY)
	GOMP_SPINCOUNT=$${GOMP_SPINCOUNT:-1000} .venv/bin/jupyter lab --notebook-dir notebooks --LabApp.default_url /lab/tree/00_start_here.ipynb $(ARGS)

test: $(READY)
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports --no-cache --no-logo
	.venv/bin/ty check --python .venv --output-format concise
	.venv/bin/python -m pytest -n 2 --no-loadscope-reorder $(ARGS)

course: $(READY)
	.venv/bin/mtlkit course $(ARGS)

site: $(READY)
	.venv/bin/python docs/site/build.py $(ARGS)

format: $(READY)
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .

# Made anew only when one of these two changed.
$(READY): requirements.txt pyproject.toml
	@$(or $(PYTHON),false) $(NEW_ENOUGH) || { echo "mtlkit needs Python 3.11 or newer, and found none: install one, or name yours: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments: apt install python3-venv (Debian, Ubuntu), or name another: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making the environment .venv: the exact versions of requirements.txt, then mtlkit itself. This takes a few minutes, once."
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
	@.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	@touch $@

.PHONY: lab test course site format

# Work on the collection gopher.devbox. `make help` lists the targets.
#
# Everything is made under .cache: a virtual environment for each Python and ansible-core, and the collection's place
# in a tree of collections. PYTHON=python3.12 selects the Python, ANSIBLE_CORE=2.19 the ansible-core.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
ANSIBLE_CORE ?=
INVENTORY ?=
BENCH ?=
PYTEST_ARGS ?=
WINHOST_ARGS ?=

TARGETS := demo test test-all test-windows lint format sanity molecule bench winhost changelog build venv
.PHONY: help clean $(TARGETS)

help: ## list the targets
	@echo 'make TARGET [PYTHON=python3.11|python3.12|python3.13] [ANSIBLE_CORE=2.19|2.20|2.21|2.22]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|' 2>/dev/null \
	    || sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1: \2/p' $(firstword $(MAKEFILE_LIST))

clean: ## remove everything that was made here
	rm -rf .cache .ansible build bench/results tests/output changelogs/.plugin-cache.yaml gopher-devbox-*.tar.gz
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# Targets that need no Python are above this line; nothing below is looked at for them.
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)

KEY := $(shell tests/tools/python.sh key '$(PYTHON)' '$(ANSIBLE_CORE)')

ifeq ($(KEY),)
ifneq ($(PYTHON)$(ANSIBLE_CORE)$(DEVBOX_NO_PYTHON),)
$(error See above)
endif
# No Python at all: Debian's, then again.
$(TARGETS):
	@tests/tools/packages.sh python
	@DEVBOX_NO_PYTHON=tried $(MAKE) $@
else

VERSION := $(word 1,$(KEY))
CORE := $(word 2,$(KEY))
VENV := .cache/venv-$(VERSION)-$(CORE)
STAMP := $(VENV)/.ready-$(word 3,$(KEY))
COLLECTIONS := .cache/collections
COLLECTION := $(COLLECTIONS)/ansible_collections/gopher/devbox
PY := $(VENV)/bin/python

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/$(COLLECTIONS):$(CURDIR)/tests
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(COLLECTIONS)
unexport PYTHONHOME VIRTUAL_ENV MAKEFLAGS MFLAGS

$(STAMP):
	@tests/tools/venv.sh '$(VENV)' '$(STAMP)' '$(PYTHON)' '$(CORE)'

venv: $(STAMP) | $(COLLECTION) ## make the virtual environment, and say where it is
	@echo '$(VENV): Python $(VERSION), ansible-core $(CORE)'

$(COLLECTION):
	@mkdir -p '$(@D)'
	@ln -sfn ../../../.. '$@'

READY := $(STAMP) | $(COLLECTION)

demo: $(READY) ## show the collection at work on a Windows host of the tests, and on this machine's shells in a home that is thrown away
	@tests/tools/packages.sh wine shells
	@$(PY) demo/demo.py

test: $(READY) ## run the tests
	@tests/tools/packages.sh --or-without wine linux
	@$(PY) -m left_out
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not thorough' $(PYTEST_ARGS)

test-all: $(READY) ## run the tests, the long ones too
	@tests/tools/packages.sh --or-without wine linux debian
	@$(PY) -m left_out
	@HYPOTHESIS_PROFILE=thorough $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-windows: $(READY) ## run the ladder against your own Windows hosts: INVENTORY=inventory.yml
	@test -n '$(INVENTORY)' || { echo 'Say which hosts: make test-windows INVENTORY=inventory.yml' >&2; exit 2; }
	@test -e '$(INVENTORY)' || { echo 'There is no $(INVENTORY).' >&2; exit 2; }
	@DEVBOX_WINDOWS_INVENTORY="$$(realpath '$(INVENTORY)')" $(PY) -m pytest -m ladder $(PYTEST_ARGS)

lint: $(READY) ## check the form of everything
	@tests/tools/lint.sh

format: $(READY) ## put the Python code into its form
	@ruff check --fix-only --quiet . || true
	@ruff format .

sanity: $(READY) ## run ansible-test sanity
	@tests/tools/sanity.sh '$(PY)' '$(VERSION)'

molecule: $(READY) ## run the molecule scenarios
	@tests/tools/packages.sh wine linux
	@# An interrupted run left a state that is no longer true, and perhaps hosts.
	@for host in winhost linuxhost; do \
	    if [ -e .cache/molecule/$$host.pid ]; then $(PY) -m $$host stop --pid-file .cache/molecule/$$host.pid; fi; \
	done
	@rm -rf .cache/molecule
	@mkdir -p .cache/molecule
	@without=$$($(PY) -c 'import linuxhost; print(linuxhost.reason_it_cannot() or "")'); exclude=(); \
	if [ -n "$$without" ]; then \
	    echo "Without the scenarios for POSIX hosts: a Linux host of the tests $$without."; exclude=(--exclude posix_machine --exclude posix_user --exclude project --exclude layers --exclude enforce); \
	fi; \
	without_wsl=$${without:-$$($(PY) -c 'import winhost; print(winhost.can_wsl() or "")')}; \
	if [ -n "$$without_wsl" ]; then \
	    echo "Without the scenario for WSL: $$without_wsl."; exclude+=(--exclude wsl); \
	fi; \
	MOLECULE_EPHEMERAL_DIRECTORY='$(CURDIR)/.cache/molecule' DEVBOX_OWNER=$$$$ DEVBOX_WITHOUT_LINUXHOST="$$without" DEVBOX_WITHOUT_WSL="$$without_wsl" \
	    molecule test --all "$${exclude[@]}" --no-command-borders

bench: $(READY) ## run the benchmarks, or one: BENCH=windows
	@tests/tools/packages.sh wine linux
	@tests/tools/bench.sh '$(PY)' '$(CORE)' '$(BENCH)'

winhost: $(READY) ## start a Windows host of the tests, until Ctrl-C
	@tests/tools/packages.sh wine
	@$(PY) -m winhost $(WINHOST_ARGS)

changelog: $(READY) ## turn the changelog's fragments into CHANGELOG.md, for the version in galaxy.yml
	@antsibull-changelog lint
	@antsibull-changelog release

build: $(READY) ## build the collection's artifact into build/
	@mkdir -p build
	@ansible-galaxy collection build --force --output-path build .

endif
endif

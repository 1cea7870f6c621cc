# The commands of a developer and of CI. All that they make lies in .build/: `make clean` removes it.
# A variable is set as in `make test PYTHON=/usr/bin/python3.12`; `make -k test` goes on after a failed part.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The interpreter of the virtual environments; empty: tools/find-python chooses.
PYTHON ?=
# The parts of `make test`, the quick ones first.
PARTS ?= lint unit contract build install integration proof-short demo molecule sanity
# Further arguments for pytest, and for ansible-test.
PYTEST_ARGS ?=
SANITY_ARGS ?=
# Of the proof: what is drawn at random, and how much of it; further arguments, as the name of a part.
SEED ?= $(or $(PROOF_SEED),0)
SIZE ?= $(or $(PROOF_SIZE),1)
PROOF_ARGS ?=

# Relative, because make cannot quote a checkout's path that has a space in it.
build := .build
bin := $(build)/venv/bin
demo_bin := $(build)/venv-demo/bin
# What runs beside other targets has a copy of its own.
TREE ?= $(build)/tree
tree := $(TREE)/ansible_collections/mailops/cloudflare
installed := $(build)/installed
pytest = $(bin)/python -m pytest $(PYTEST_ARGS)
proof = ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" PROOF_SEED="$(SEED)" PROOF_SIZE="$(SIZE)" $(bin)/python tests/proof/run.py
mypy = "$(CURDIR)/$(bin)/mypy" --config-file "$(CURDIR)/pyproject.toml" --cache-dir "$(CURDIR)/$(build)/cache/mypy"
# For tools that call other commands of their virtual environment, and write beside what they read and into HOME.
in_copy = mkdir -p $(build)/home && cd $(tree) && HOME="$(CURDIR)/$(build)/home" PATH="$(CURDIR)/$(bin):$$PATH"

export PYTHON
# Ansible refuses to start in a locale that is not UTF-8, and the caller's settings are not to decide what is tested and shown.
export LC_ALL := C.UTF-8
unexport $(filter ANSIBLE_% CLOUDFLARE_%,$(.VARIABLES))
# Not ~/.ansible.
export ANSIBLE_HOME := $(CURDIR)/$(build)/ansible
export HYPOTHESIS_STORAGE_DIRECTORY := $(build)/cache/hypothesis

# The targets share the copy and the virtual environments: one at a time.
.NOTPARALLEL:

.PHONY: help
help: ## What can be done
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## A drifted mail domain is shown, put right and shown again, on a simulated account
	@if [ -x demo/run ]; then demo/run; else tools/skip demo 'there is no demo/run'; fi

.PHONY: simulator
simulator: install ## The account of the demo, to try the guides on: it says what to type in another terminal
	@$(demo_bin)/python -I demo/account.py

.PHONY: test
test: ## All that CI runs
	@BESIDE=sanity tools/run-parts $(PARTS)

.PHONY: unit
unit: venv ## Unit tests, with branch coverage of module_utils
	@if [ -d tests/unit ]; then $(pytest) tests/unit --numprocesses=2 --cov --cov-report=term; else tools/skip unit 'there is no tests/unit'; fi

.PHONY: contract
contract: venv ## The simulator against the API's documents and the official SDK
	@if [ -d tests/contract ]; then $(pytest) tests/contract; else tools/skip contract 'there is no tests/contract'; fi

.PHONY: integration
integration: venv install ## Playbooks with the installed collection on the simulator, two files at a time
	@if [ -d tests/integration ]; then \
	    ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(pytest) tests/integration -m 'not nightly' --numprocesses=2 --dist=loadfile; \
	else tools/skip integration 'there is no tests/integration'; fi

.PHONY: proof proof-short proof-venvs mutants
proof: proof-venvs install ## The figures of docs/reliability.md anew; with SEED=7 SIZE=0.1 others, and less
	@$(proof) $(PROOF_ARGS)

proof-short: SIZE = 0.01
proof-short: venv install ## A small part of the proof
	@if [ -d tests/proof ]; then $(proof) --short $(PROOF_ARGS); else tools/skip proof-short 'there is no tests/proof'; fi

# For each ansible-core one; where that cannot be, `make proof` says so.
proof-venvs: venv
	@$(bin)/python tests/proof/cores.py --prepare >/dev/null

mutants: venv ## Every mutant of module_utils against the unit tests, two at a time
	@$(bin)/python tests/proof/mutants/run.py --all --jobs 2

.PHONY: molecule
molecule: venv install ## The molecule scenarios
	@if [ -d extensions/molecule ]; then \
	    $(in_copy) ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(installed)" molecule test --all; \
	else tools/skip molecule 'there is no extensions/molecule'; fi

# Those of plugins/plugin_utils/tested_cores.py but for the newest, which everything else runs with. They are not in `make test`, for their time:
# `make core` and the workflow run them.
cores := 2.16 2.17 2.18 2.19 2.20 2.22
.PHONY: sanity sanity-newest sanity-all $(cores:%=sanity-%)
sanity: sanity-newest ## ansible-test sanity, with the newest ansible-core
sanity-all: sanity-newest $(cores:%=sanity-%) ## The same with every ansible-core that is supported

sanity-newest: tree venv
	@tools/sanity $(build)/venv $(tree) $(SANITY_ARGS)

# Each with a Python of its own: the newest core runs on a newer one.
sanity-2.16: pythons := 3.11 3.12 3.10
sanity-2.17: pythons := 3.12 3.11 3.10
sanity-2.18: pythons := 3.11 3.12 3.13
sanity-2.19: pythons := 3.12 3.13 3.11
sanity-2.20: pythons := 3.12 3.13 3.14
sanity-2.22: pythons := 3.13 3.12 3.14
# A pre-release takes its pylint from outside of the package index.
sanity-2.22: SANITY_ARGS += --skip-test pylint
$(cores:%=sanity-%): sanity-%: tree
	@if tools/find-python $(pythons) >/dev/null 2>&1; then \
	    PYTHON= tools/venv $(build)/venv-core-$* "$(pythons)" tests/requirements-core-$*.txt && \
	    tools/sanity $(build)/venv-core-$* $(tree) $(SANITY_ARGS); \
	else tools/skip 'sanity with ansible-core $*' 'no Python $(pythons) was found'; fi

whole = ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(bin)/python tests/proof/cores.py --whole
.PHONY: core cores
core: venv install ## Unit and integration tests and sanity of one ansible-core, as `make core CORE=2.16`
	@$(whole) "$(CORE)"
	@$(MAKE) sanity-$(CORE)

cores: venv install ## The same of every ansible-core that is supported
	@$(whole)
	@$(MAKE) sanity-all

.PHONY: lint lint-python lint-types lint-ansible lint-docs lint-changelog
lint: lint-python lint-types lint-ansible lint-docs lint-changelog ## All linters; each has a target of its own, as lint-python

lint-python: venv
	@$(bin)/ruff check .

# The collection by its real name, which its own imports use; the simulator as the tests import it.
lint-types: venv tree
	@cd $(TREE) && $(mypy) ansible_collections/mailops/cloudflare/plugins ansible_collections/mailops/cloudflare/tools
	@if [ -d tests/simulator ]; then MYPYPATH=tests $(mypy) tests/simulator; fi

lint-ansible: venv tree
	@$(in_copy) ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(TREE)" ansible-lint --offline --nocolor

lint-docs: venv tree
	@$(in_copy) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all .

lint-changelog: venv tree
	@$(in_copy) antsibull-changelog lint

.PHONY: reference docs
reference: venv ## docs/reference anew, from the documentation of modules, plugins and roles
	@$(bin)/python tools/reference.py --write

docs: ## The guides and the reference as a site, in .build/docs/html
	@tools/venv $(build)/venv-docs "" tests/requirements-demo.txt tests/requirements-docs.txt
	@tools/site $(build)/venv-docs/bin $(build)/docs

.PHONY: bench
bench: venv install ## Time, requests and memory of a task and of a fleet; BENCH_ARGS="--only SECTION" for a part
	@if [ -f tests/benchmark/run.py ]; then \
	    ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(bin)/python tests/benchmark/run.py $(BENCH_ARGS); \
	else tools/skip bench 'there is no tests/benchmark/run.py'; fi

.PHONY: build
build: tree venv-demo ## The collection's tarball, from a clean copy
	@rm -rf $(build)/artefact
	@$(demo_bin)/ansible-galaxy collection build --output-path $(build)/artefact $(tree)

.PHONY: install
install: build ## The tarball, installed for the other targets in .build/installed
	@rm -rf $(installed)
	@ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(installed)" $(demo_bin)/ansible-galaxy collection install --offline -p $(installed) $(build)/artefact/*.tar.gz

.PHONY: release version changelog
release: demo ## Checks the tarball, and says how it is published
	@tools/venv $(build)/venv-release "" tests/requirements-release.txt
	@tools/release $(build)/venv-release

version: ## Sets the version, as `make version VERSION=1.2.3`
	@tools/version "$(VERSION)"

changelog: venv tree ## Puts the fragments into CHANGELOG.md, for the version that is set
	@$(in_copy) antsibull-changelog release
	@cp $(tree)/CHANGELOG.md CHANGELOG.md && cp $(tree)/changelogs/changelog.yaml changelogs/ && rm -f changelogs/fragments/*.yml

.PHONY: tree
tree: ## A clean copy of the working tree, where ansible-test accepts it
	@tools/tree $(TREE) >/dev/null

.PHONY: venv venv-demo
venv: ## The virtual environment with all tools; done already: nothing
	@tools/venv $(build)/venv "" tests/requirements-demo.txt tests/unit/requirements.txt tests/integration/requirements.txt tests/requirements.txt

venv-demo: ## The small virtual environment of the demo
	@tools/venv $(build)/venv-demo "" tests/requirements-demo.txt

.PHONY: clean
clean: ## Removes .build
	@rm -rf $(build)

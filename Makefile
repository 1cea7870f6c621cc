# The commands for developers and CI. Everything that they create is in .build/: `make clean` removes it.
# To set a variable: `make test PYTHON=/usr/bin/python3.12`. `make -k test` continues after a failed part.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The interpreter for the virtual environments. If empty, tools/find-python chooses it.
PYTHON ?=
# The parts of `make test`, fast ones first.
PARTS ?= lint unit contract build install integration proof-short demo molecule sanity
# More arguments for pytest and ansible-test.
PYTEST_ARGS ?=
SANITY_ARGS ?=
# For the proof: the random seed, the size of the samples, and more arguments, such as the name of a part.
SEED ?= $(or $(PROOF_SEED),0)
SIZE ?= $(or $(PROOF_SIZE),1)
PROOF_ARGS ?=

# Relative, because make cannot quote a path that contains a space.
build := .build
bin := $(build)/venv/bin
demo_bin := $(build)/venv-demo/bin
# A target that runs in parallel with others sets its own copies.
TREE ?= $(build)/tree
ARTEFACT ?= $(build)/artefact
INSTALLED ?= $(build)/installed
tree := $(TREE)/ansible_collections/mailops/cloudflare
artefact := $(ARTEFACT)
installed := $(INSTALLED)
pytest = $(bin)/python -m pytest $(PYTEST_ARGS)
proof = ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" PROOF_SEED="$(SEED)" PROOF_SIZE="$(SIZE)" $(bin)/python tests/proof/run.py
mypy = "$(CURDIR)/$(bin)/mypy" --config-file "$(CURDIR)/pyproject.toml" --cache-dir "$(CURDIR)/$(build)/cache/mypy"
# For tools that call other commands of their virtual environment and that write to HOME and next to their input.
in_copy = mkdir -p $(build)/home && cd $(tree) && HOME="$(CURDIR)/$(build)/home" PATH="$(CURDIR)/$(bin):$$PATH"

export PYTHON
# Ansible does not start in a locale without UTF-8, and the caller's settings must not influence the tests.
export LC_ALL := C.UTF-8
unexport $(filter ANSIBLE_% CLOUDFLARE_%,$(.VARIABLES))
# Instead of ~/.ansible.
export ANSIBLE_HOME := $(CURDIR)/$(build)/ansible
export HYPOTHESIS_STORAGE_DIRECTORY := $(build)/cache/hypothesis

# The targets share the copy and the virtual environments, so they run one after the other.
.NOTPARALLEL:

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Show drift, correct it and audit it, on a simulated account
	@demo/run

.PHONY: simulator
simulator: install ## Run the account of the demo, to try the guides with it; PORT=8080 DOMAINS=1000 LISTS=demo/exemptions.yml
	@$(demo_bin)/python -I demo/account.py $(if $(PORT),--port "$(PORT)") $(if $(DOMAINS),--domains "$(DOMAINS)") $(if $(LISTS),--lists "$(LISTS)")

.PHONY: test
test: ## Run everything that CI runs
	@BESIDE="sanity molecule" SANITY_PYTHON=own tools/run-parts $(PARTS)

.PHONY: unit coverage
unit: venv ## Run the unit tests
	@$(pytest) tests/unit --numprocesses=2

# Not a part of `make test`, because it doubles the time of the unit tests: the workflow runs it.
coverage: venv ## Run the unit tests, and measure the branch coverage of module_utils
	@$(pytest) tests/unit --numprocesses=2 --cov --cov-report=term

.PHONY: contract
contract: venv ## Test the simulator against the API documentation and the official SDK
	@$(pytest) tests/contract --numprocesses=2

.PHONY: integration
integration: venv install ## Test playbooks with the installed collection on the simulator
	@ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(pytest) tests/integration -m 'not nightly' --numprocesses=2 --dist=loadfile

.PHONY: proof proof-short proof-venvs mutants
proof: proof-venvs install ## Measure the figures of docs/reliability.md; SEED=7 SIZE=0.1 changes the sample
	@$(proof) $(PROOF_ARGS)

proof-short: SIZE = 0.005
proof-short: venv install ## Run a small sample of the proof
	@$(proof) --short $(PROOF_ARGS)

# One for each ansible-core. `make proof` reports those that cannot be created.
proof-venvs: venv
	@$(bin)/python tests/proof/cores.py --prepare >/dev/null

mutants: venv ## Run every mutant of module_utils against the unit tests
	@$(bin)/python tests/proof/mutants/run.py --all --jobs 2

.PHONY: molecule
molecule: venv install ## Run the molecule scenarios
	@$(in_copy) ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(installed)" molecule test --all

# Those of plugins/plugin_utils/tested_cores.py except the newest one, which everything else uses. They take too long for `make test`:
# `make core` and the workflow run them.
cores := 2.16 2.17 2.18 2.19 2.20 2.22
.PHONY: sanity sanity-newest sanity-all $(cores:%=sanity-%)
sanity: sanity-newest ## Run ansible-test sanity with the newest ansible-core
sanity-all: sanity-newest $(cores:%=sanity-%) ## Run ansible-test sanity with every supported ansible-core

sanity-newest: tree venv
	@tools/sanity $(build)/venv $(tree) $(SANITY_ARGS)

# The versions of Python that each core supports.
sanity-2.16: pythons := 3.11 3.12 3.10
sanity-2.17: pythons := 3.12 3.11 3.10
sanity-2.18: pythons := 3.11 3.12 3.13
sanity-2.19: pythons := 3.12 3.13 3.11
sanity-2.20: pythons := 3.12 3.13 3.14
sanity-2.22: pythons := 3.13 3.12 3.14
# A pre-release installs its pylint from outside the package index.
sanity-2.22: SANITY_ARGS += --skip-test pylint
$(cores:%=sanity-%): sanity-%: tree
	@if tools/find-python $(pythons) >/dev/null 2>&1; then \
	    PYTHON= tools/venv $(build)/venv-core-$* "$(pythons)" tests/requirements-core-$*.txt && \
	    tools/sanity $(build)/venv-core-$* $(tree) $(SANITY_ARGS); \
	else tools/skip 'sanity with ansible-core $*' 'found none of the Pythons $(pythons)'; fi

whole = ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(bin)/python tests/proof/cores.py --whole
.PHONY: core cores
core: venv install ## Run unit tests, integration tests and sanity with one ansible-core: CORE=2.16
	@$(whole) "$(CORE)"
	@$(MAKE) sanity-$(CORE)

cores: venv install ## Run `make core` for every supported ansible-core
	@$(whole)
	@$(MAKE) sanity-all

.PHONY: lint lint-python lint-types lint-ansible lint-docs lint-changelog
lint: lint-python lint-types lint-ansible lint-docs lint-changelog ## Run all linters; each is also a target, such as lint-python

lint-python: venv
	@$(bin)/ruff check .

# The collection under its full name, because its imports use it. The simulator as the tests import it.
lint-types: venv tree
	@cd $(TREE) && $(mypy) ansible_collections/mailops/cloudflare/plugins ansible_collections/mailops/cloudflare/tools
	@MYPYPATH=tests $(mypy) tests/simulator

lint-ansible: venv tree
	@$(in_copy) ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(TREE)" ansible-lint --offline --nocolor

lint-docs: venv tree
	@$(in_copy) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all .

lint-changelog: venv tree
	@$(in_copy) antsibull-changelog lint

.PHONY: reference docs
reference: venv ## Generate docs/reference and docs/rules.md
	@$(bin)/python tools/reference.py --write
	@$(bin)/python tools/rules.py --write

docs: ## Build the guides and the reference as a site in .build/docs/html
	@tools/venv $(build)/venv-docs "" tests/locked/docs.txt
	@tools/site $(build)/venv-docs/bin $(build)/docs

.PHONY: bench
bench: venv install ## Measure time, requests and memory; BENCH_ARGS="--only SECTION" runs one section
	@ANSIBLE_COLLECTIONS_PATH="$$PWD/$(installed)" $(bin)/python tests/benchmark/run.py $(BENCH_ARGS)

.PHONY: build
build: tree venv-demo ## Build the tarball from a clean copy
	@rm -rf $(artefact)
	@$(demo_bin)/ansible-galaxy collection build --output-path $(artefact) $(tree) >/dev/null
	@$(demo_bin)/python -I tools/pack.py $(artefact)/*.tar.gz "$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}"
	@echo "Built $$(ls $(artefact)/*.tar.gz)"

.PHONY: install
install: build ## Install the tarball in .build/installed, for the other targets
	@rm -rf $(installed)
	@ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(installed)" $(demo_bin)/ansible-galaxy collection install --offline -p $(installed) $(artefact)/*.tar.gz

.PHONY: release version changelog
release: demo ## Check the tarball and print how to publish it
	@tools/venv $(build)/venv-release "" tests/locked/release.txt
	@tools/release $(build)/venv-release

.PHONY: sbom
# The Python of the base image first.
sbom: ## List the Python packages of the execution environment as CycloneDX
	@tools/venv $(build)/venv-sbom "" tests/locked/sbom.txt
	@rm -f $(build)/venv-ee/stamp
	@tools/venv $(build)/venv-ee "3.12 3.13 3.11" tests/locked/ee.txt
	@tools/sbom $(build)/venv-sbom/bin $(build)/venv-ee $(build)/execution-environment.cdx.json

version: ## Set the version: `make version VERSION=1.2.3`
	@tools/version "$(VERSION)"

changelog: venv tree ## Move the fragments to CHANGELOG.md, for the current version
	@$(in_copy) antsibull-changelog release
	@cp $(tree)/CHANGELOG.md CHANGELOG.md && cp $(tree)/changelogs/changelog.yaml changelogs/ && rm -f changelogs/fragments/*.yml

.PHONY: tree
tree: ## Copy the working tree to a path that ansible-test accepts
	@tools/tree $(TREE) >/dev/null

.PHONY: venv venv-demo
venv: ## Create the virtual environment with all tools, if it is out of date
	@tools/venv $(build)/venv "" tests/locked/all.txt

venv-demo: ## Create the small virtual environment of the demo
	@tools/venv $(build)/venv-demo "" tests/locked/demo.txt

.PHONY: lock
lock: ## Update the locked versions of all tools in tests/locked
	@tools/venv $(build)/venv-lock "" tests/locked/lock.txt
	@tools/lock $(build)/venv-lock/bin

.PHONY: clean
clean: ## Remove .build
	@rm -rf $(build)

# The developer's commands. They need Linux, GNU make 4, bash and Python 3.13, the first run also a package index.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifneq ($(filter 3.%,$(MAKE_VERSION)),)
$(error This Makefile needs GNU make 4 or newer, this is $(MAKE_VERSION))
endif

export PYTHON ?= python3.13
UV ?= uv
STAGE ?= local
LARKBRIDGE_HOME ?= .local

py := .venv/bin/python
sam := .local/venvs/sam/bin/sam
local_sam := env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE $(sam)
key = $(shell sha256sum $(1) | sha256sum | cut -c1-16)
export LAMBDA_ARCHITECTURE := $(patsubst aarch64,arm64,$(shell uname -m))
region = $(shell sed -n '/^.$(STAGE).deploy/,/^$$/s/^region = "\(.*\)"/\1/p' samconfig.toml)

# Each stamp carries the hash of what it was made from, so that nothing is done twice and nothing is forgotten.
dev := .venv/made-from-$(call key,requirements/dev.txt)
ministack := .local/venvs/ministack/made-from-$(call key,requirements/ministack.txt)
sam_cli := .local/venvs/sam/made-from-$(call key,requirements/sam.txt)
sources := $(shell find template.yaml samconfig.toml functions layers -type f ! -path '*/__pycache__/*' | sort)
peers := .local/venvs/bench/made-from-$(call key,requirements/bench.txt)
axe := .local/npm/made-from-$(call key,requirements/package-lock.json)
build := .aws-sam/build/made-from-$(call key,$(sources))-$(LAMBDA_ARCHITECTURE)

export WHEELHOUSE := $(CURDIR)/.local/wheels
export BUILD_PYTHON := $(CURDIR)/$(py)
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(CURDIR)/.local/sam
export NO_PROXY := localhost,127.0.0.1,$(NO_PROXY),$(no_proxy)
export no_proxy := $(NO_PROXY)
unexport PYTHONPATH PYTHONHOME

on_stack = $(if $(region),export AWS_DEFAULT_REGION=$(region) &&,aws=$$($(py) -m sandbox.stack env --home $(LARKBRIDGE_HOME)) && eval "$$aws" &&)
on_api_keys = $(on_stack) table=$$($(py) -m tools.stack_output larkbridge-$(STAGE) ApiKeysTable) && $(py) -m tools.api_key --table "$$table"

.PHONY: help setup lock build up down demo demo-agent browser test screenshots check format openapi bench api-key api-keys revoke-api-key vault-keys connect deploy invoke clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(dev) $(ministack) $(sam_cli) browser $(axe) ## Install every tool; the other targets do it when needed

lock: ## Recompile the lock files (needs uv); UPGRADE=--upgrade takes newest versions
	@command -v $(UV) >/dev/null || { echo "larkbridge: make lock needs uv, nothing else does" >&2; exit 1; }
	for lock in layers/common/requirements layers/agent/requirements requirements/dev requirements/ministack requirements/sam requirements/bench; do \
		$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.13 $(UPGRADE) \
			--custom-compile-command "make lock" $$lock.in --output-file $$lock.txt; \
	done
	npm install --prefix requirements --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel error

build: $(build) ## Build the functions and the layers for this machine into .aws-sam/build

up: $(build) $(ministack) ## Start the local stack, or bring it up to date
	@$(py) -m sandbox.stack up --home $(LARKBRIDGE_HOME)

down: $(dev) ## Stop the local stack
	@$(py) -m sandbox.stack down --home $(LARKBRIDGE_HOME)

demo: $(build) $(ministack) ## Show a form going its way on the local stack
	@$(py) -m sandbox.demo --home $(LARKBRIDGE_HOME)

demo-agent: $(build) $(ministack) browser ## Show a conversation with the bot on the local stack
	@$(py) -m sandbox.demo_agent --home $(LARKBRIDGE_HOME)

test: $(build) $(ministack) browser $(axe) ## Run all tests; ARGS="tests/unit -k name"
	$(py) -m pytest $(or $(ARGS),-n 2 --dist loadgroup)

screenshots: $(build) $(ministack) browser ## Take the pictures in docs/images
	@requirements/debian fonts-roboto-unhinted
	$(py) -m pytest --quiet tests/browser/screenshots.py

check: $(dev) $(sam_cli) ## Formatting, lint, types, import rules, the tables and the template
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/pyright
	.venv/bin/lint-imports
	$(py) -m tools.tables
	.local/venvs/sam/bin/cfn-lint
	$(local_sam) validate

format: $(dev) ## Format the code
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

openapi: $(dev) ## Write anew what follows from the code: the API document, and what follows from the forms
	$(py) -m tools.openapi
	$(py) -m tools.forms

bench: $(build) $(peers) ## Measure the budgets
	$(py) -m bench $(ARGS)

api-key: $(dev) ## Make an admin API key: NAME=what-for [OWNER=who] [STAGE=local]
	@[ -n "$(NAME)" ] || { echo "usage: make api-key NAME=what-for [OWNER=who] [STAGE=staging]" >&2; exit 2; }
	@$(on_api_keys) create --name "$(NAME)" $(if $(OWNER),--owner "$(OWNER)")

api-keys: $(dev) ## List the admin API keys: [STAGE=local]
	@$(on_api_keys) list

revoke-api-key: $(dev) ## Revoke an admin API key: NAME=what-for [STAGE=local]
	@[ -n "$(NAME)" ] || { echo "usage: make revoke-api-key NAME=what-for [STAGE=staging]" >&2; exit 2; }
	@$(on_api_keys) revoke --name "$(NAME)"

vault-keys: $(dev) ## Say which keys seal people's tokens: [STAGE=local]
	@$(on_stack) table=$$($(py) -m tools.stack_output larkbridge-$(STAGE) TokensTable) && \
		secret=$$($(py) -m tools.stack_output larkbridge-$(STAGE) PrivateSecrets) && $(py) -m tools.vault_keys --table "$$table" --secret "$$secret"

connect: $(dev) ## Connect a person without a public address: [PERSON=ou_...] [SCOPES="..."] [STAGE=local]
	@$(on_stack) $(py) -m tools.connect --stack larkbridge-$(STAGE) $(if $(PERSON),--person "$(PERSON)") $(if $(SCOPES),--scopes $(SCOPES))

deploy: $(dev) $(sam_cli) ## Deploy to AWS: STAGE=staging|prod [PARAMETERS="LarkFormWebhookUrl=..."]
	@[[ "$(STAGE)" =~ ^(staging|prod)$$ ]] || { echo "usage: make deploy STAGE=staging|prod" >&2; exit 2; }
	LAMBDA_ARCHITECTURE=arm64 $(sam) build --build-dir .aws-sam/$(STAGE) --parameter-overrides Architecture=arm64
	@$(sam) deploy --template-file .aws-sam/$(STAGE)/template.yaml \
		--config-file $(CURDIR)/samconfig.toml --config-env $(STAGE) \
		$(if $(PARAMETERS),--parameter-overrides 'Stage=$(STAGE) Architecture=arm64 $(PARAMETERS)')

invoke: $(build) ## Run one function in Lambda's own container (needs Docker): FUNCTION=... EVENT=...
	@$(py) -m sandbox.invoke --home $(LARKBRIDGE_HOME) "$(FUNCTION)" "$(EVENT)"

clean: ## Stop the local stack and remove everything that was made
	@[ ! -x $(py) ] || $(py) -m sandbox.stack down --home $(LARKBRIDGE_HOME)
	rm -rf .aws-sam .local .venv .coverage htmlcov .hypothesis .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(dev):
	@requirements/install .venv requirements/dev.txt
	@echo $(CURDIR)/layers/common > .venv/lib/python3.13/site-packages/larkbridge.pth
	@touch $@

$(ministack):
	@requirements/install .local/venvs/ministack requirements/ministack.txt
	@touch $@

browser:
	@requirements/debian chromium npm

$(axe): | browser
	@mkdir -p $(@D) && cp requirements/package.json requirements/package-lock.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent || { echo "larkbridge: npm could not install" \
		"requirements/package-lock.json. The first run needs npm's registry; npm's own configuration names it." >&2; exit 1; }
	@touch $@

$(peers):
	@requirements/install .local/venvs/bench requirements/bench.txt
	@touch $@

# The second line keeps sam from asking the network for a newer version of itself.
$(sam_cli):
	@requirements/install .local/venvs/sam requirements/sam.txt
	@mkdir -p .local/sam && echo '{"telemetryEnabled": false, "lastVersionCheck": 4102444800}' > .local/sam/metadata.json
	@touch $@

$(build): $(dev) $(sam_cli)
	@echo "building the functions and the layers for $(LAMBDA_ARCHITECTURE)"
	@mkdir -p .local/logs
	@$(local_sam) build --parameter-overrides Architecture=$(LAMBDA_ARCHITECTURE) > .local/logs/build.log 2>&1 || \
		{ cat .local/logs/build.log >&2; exit 1; }
	@touch $@

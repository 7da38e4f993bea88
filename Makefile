# relook: `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
RELOOK := bin/relook
PAGE ?= examples/pricing.html
MODEL ?=
# How long the editor in a hurry types (make soak); make test has it type for a minute.
SOAK ?= 10m
# How many times make accuracy renders each real page to see that nothing changes.
REPEATS ?= 100
# The smallest model with which the tests run the real policy.
TEST_MODEL := smollm2:135m
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

ifeq ($(MODEL),)
POLICY := --policy rules
else
POLICY := --policy ollama,rules --model $(MODEL)
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/relook
	@$(GO) build -buildvcs=auto -trimpath -ldflags "-s -w" -o $(RELOOK) ./cmd/relook

demo: build ## repair examples/pricing.html and write out/report.html; MODEL=qwen2.5-coder:1.5b asks a model too
	@$(RELOOK) setup --browser
	@$(if $(MODEL),$(RELOOK) setup --ollama --model $(MODEL),true)
	@mkdir -p out
	@$(RELOOK) check $(PAGE) || test $$? -eq 1
	@$(RELOOK) refine $(PAGE) $(POLICY) --report out/report.html
	@echo "The pictures before and after are in out/report.html"

tools: build ## get what the tests need: a browser, Ollama, a small model
	@command -v cc >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc g++ libc6-dev; }
	@$(RELOOK) setup --browser --ollama --model $(TEST_MODEL)

test: lint tools ## run every test, with a real browser and a real model
	@echo "tests, with the race detector"
	@SOAK=1m $(GO) test -race -timeout 40m ./...
	@echo "the language server, with misuse of the library's memory made loud"
	@$(GO) test -tags jsonrpc2poison ./server/...
	@$(MAKE) --no-print-directory test-vscode

soak: build ## an editor in a hurry for ten minutes: random edits, saves, repairs, killed browsers; SOAK=1h for longer
	@$(RELOOK) setup --browser
	@SOAK=$(SOAK) $(GO) test ./cmd/relook -run TestSoak -v -timeout 3h

test-train: build ## train a real model for a few steps; gets SkyRL (5 GB, Python 3.12 or later)
	@$(RELOOK) setup --browser --ollama --model $(TEST_MODEL) --trainer
	@mkdir -p agent/train/tinker/testdata
	@$(GO) test -tags trainer -run TestRealTrainer -timeout 20m -v ./cmd/relook/internal/tools -record $(CURDIR)/agent/train/tinker/testdata/skyrl-0.4.0.jsonl
	@$(GO) test -tags trainer -run TestRecorded ./agent/train/tinker

test-nvim: tools ## run only the tests of the Neovim plugin, in real Neovims
	@$(GO) test -timeout 15m -v ./cmd/relook/internal/nvimtest

test-vscode: tools vscode-tools ## test the VS Code extension: packed, installed into a real editor, and used there
	@cd editors/vscode && npm run --silent check && npm test --silent && npm run --silent test:panel && node scripts/vsix.mjs host && node test/e2e.mjs

vsix: vscode-tools ## pack the VS Code extension for every platform, into editors/vscode/out/vsix
	@cd editors/vscode && node scripts/vsix.mjs

vscode-tools:
	@cd editors/vscode && { test node_modules/.package-lock.json -nt package-lock.json || npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error; }

lint: ## gofmt, go vet, staticcheck, go.mod tidy
	@echo "gofmt, vet, staticcheck, tidy"
	@bad=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$bad" || { echo "not gofmt'ed: $$bad"; exit 1; }
	@$(GO) vet ./...
	@$(GO) run $(STATICCHECK) ./...
	@$(GO) mod tidy -diff

vuln: ## look up known vulnerabilities (needs the vulnerability database)
	@$(GO) run $(GOVULNCHECK) ./...

test-trl: build ## run a step of TRL's GRPOTrainer with the reward of relook (downloads TRL and PyTorch)
	@$(RELOOK) setup --browser
	@./examples/trl/test.sh $(RELOOK)

bench: build ## measure speed, against playwright-core too; prints ratios
	@$(RELOOK) setup --browser
	@$(GO) run ./cmd/relook/internal/bench

accuracy: build ## measure what the checks find and what they should not; writes docs/accuracy.md
	@$(RELOOK) setup --browser
	@$(GO) run ./cmd/relook/internal/accuracy -repeats $(REPEATS) $(if $(LAYOUT_DOCTOR),-layout-doctor $(LAYOUT_DOCTOR))

pictures: build ## draw the pictures of docs/rules anew
	@$(RELOOK) setup --browser
	@$(GO) run ./cmd/relook/internal/rulepics testdata/diagnose docs/rules/pictures

eval: build ## measure what refinements are worth; MODEL=qwen2.5-coder:1.5b for a model, EVAL="flags"; writes docs/evaluation.md
	@$(RELOOK) setup --browser
	@$(if $(MODEL),$(RELOOK) setup --ollama --model $(MODEL),true)
	@$(GO) run ./cmd/relook/internal/eval $(if $(MODEL),-models $(MODEL) -arms "rules,model,rules+model,naive") $(EVAL)

clean: ## remove what was built
	@rm -rf bin out

.PHONY: help build demo tools test test-nvim test-vscode test-train test-trl soak vscode-tools lint vuln bench accuracy eval pictures vsix clean

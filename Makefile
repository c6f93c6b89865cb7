# What people and machines run. `make` lists it.

GO      ?= go
TOOL     = $(GO) tool -modfile=.ci/tools/go.mod
TIME    ?= 30s
# A release is a commit with a tag; any other build names its commit.
RELEASE ?= $(shell git describe --tags --exact-match 2>/dev/null)
ARGS    ?=

.PHONY: help test checks lint generated race slow build run bench fuzz cover generate templates dashboards clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## Everything, on a fresh machine (installs what it needs when root)
	@.ci/install
	@.ci/with-postgres $(MAKE) --no-print-directory --keep-going checks lint generated race slow

checks: ## Format, vet, a tidy go.mod; the dashboards and what they ask
	@echo "== checks"
	@.ci/gofmt
	@$(GO) vet -tags slow ./...
	@$(GO) mod tidy -diff
	@.ci/dashboards/run check
	@.ci/promql/check

lint: ## golangci-lint; every rule has its reason in .golangci.yml
	@echo "== lint (the first run builds the linter)"
	@$(TOOL) golangci-lint run

generated: ## Are the generated templates up to date? (The references are checked by their tests)
	@echo "== generated files"
	@.ci/generated

race: ## The fast tests with the race detector
	@echo "== tests, with the race detector"
	@.ci/race

slow: ## The slow tests
	@echo "== the slow tests"
	@.ci/slow

build: ## A static binary: bin/upheld
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.release=$(RELEASE)" -o bin/upheld ./cmd/upheld

run: ## Serve with a configuration: make run ARGS="--config upheld.yaml"
	@$(GO) run ./cmd/upheld serve $(ARGS)

bench: ## Measure beside a bare loop (full: a quarter of an hour; ARGS=-short: three minutes)
	@$(GO) run ./internal/bench $(ARGS)

fuzz: ## Each fuzz target for a while: make fuzz TIME=30s
	@.ci/fuzz $(TIME)

cover: ## Coverage of the fast tests, by function: cover.out
	@.ci/with-postgres $(GO) test -coverpkg=./... -coverprofile=cover.out ./... >/dev/null
	@$(GO) tool cover -func=cover.out | tail -n 1

generate: templates dashboards ## Templates to Go; references and goldens from the code
	@$(GO) test $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u) -update

dashboards: ## The dashboards for Grafana, from .ci/dashboards
	@.ci/dashboards/run generate

templates:
	@$(TOOL) templ generate -log-level error -path statuspage
	@$(TOOL) templ generate -log-level error -path internal/console

clean: ## Remove what was built here
	@rm -rf bin cover.out

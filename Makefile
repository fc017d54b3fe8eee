# Trolley. `make help` lists what there is.

GO      ?= go
PKGS    := ./...
SECONDS ?= 60

.PHONY: help run nodes build test check lint audit deps tools bench microbench torture cover screenshots

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## run the shop on localhost:4000
	@$(GO) build -o bin/trolley ./cmd/web && exec bin/trolley

nodes: ## the shop on two nodes, a temporary PostgreSQL and one address, localhost:4000
	$(GO) run ./tools/nodes

build: ## static binaries: bin/trolley, bin/trolley-admin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="$(LDFLAGS)" -o bin/trolley ./cmd/web
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="$(LDFLAGS)" -o bin/ ./cmd/trolley-admin

test: tools ## every test, with the race detector, on both engines: half an hour on two cores
	$(GO) run ./tools/test

check: lint test ## what CI runs: lint, then test

lint: ## gofmt, go vet, staticcheck, module hygiene
	tools/lint

audit: ## Lighthouse, axe and html-validate over every page (needs Node 18.19 or later)
	tools/install-tools audit
	tools/run-audit

deps: ## newer versions of the dependencies, and known vulnerabilities (which need vuln.go.dev)
	tools/deps

tools: ## install what the tests need (Debian: chromium, sqlite3, strace, postgresql)
	tools/install-tools

bench: ## the same shop with its sessions kept in five ways, one table and one plot
	$(GO) run ./tools/bench

microbench: ## Go's own benchmarks of the packages
	$(GO) test -run '^$$' -bench . -benchmem $(PKGS)

torture: ## 100 kills in a row, long fuzzing: SECONDS=60 each
	tools/torture $(SECONDS)

cover: ## coverage of all packages, by all tests
	TROLLEY_TEST_ALL=1 $(GO) test -timeout 20m -coverpkg=./... -coverprofile=coverage.out $(PKGS)
	$(GO) tool cover -func=coverage.out | tail -1

screenshots: tools ## pictures of every page, light and dark, in bin/screenshots; those of the README, and its film, in docs
	tools/install-tools screenshots
	TROLLEY_SCREENSHOTS=$(CURDIR)/bin/screenshots TROLLEY_PICTURES=$(CURDIR)/docs $(GO) test -count=1 -run '^Test(Screenshots|Pictures|Film)$$' ./test/browser

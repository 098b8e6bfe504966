# `make` or `make help` lists the targets. A fresh clone needs Go and a C compiler (for -race), nothing else: tools are
# pinned in internal/tools and run with `go tool`. `make integration` also needs the servers that .ci/run installs.

SHELL         := bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS     += --no-print-directory

CONFIG   ?= distribution/configs/standalone.yaml
DATA     ?= ../shared/data
BENCH    ?= .
COUNT    ?= 1
FUZZTIME ?= 10s

TOOL    := go tool -modfile=internal/tools/go.mod
BINARY  := build/otelcol-braid
# Everything that is compiled into build/: the collector and, once it exists, its terminal client.
MAINS   := ./distribution/otelcol-braid $(addprefix ./,$(wildcard cmd/braidctl))
# The generated main links every contrib component and holds no goroutine of ours. Testing it without -race shares the
# objects of `make build` instead of compiling the whole distribution a second time.
UNRACED := ./distribution/...
# SQLite is C made into Go, with a memory of its own that the detector knows nothing of: watching it made its tests seven times
# slower. Its callers, and database/sql between, are watched.
UNWATCHED := -gcflags=modernc.org/...=-race=false
# Tests wait more than they work, and one with the race detector waits a second before it ends.
ATONCE    := 4

# One set of build flags for every target, so that each package of the distribution is compiled once. The clients of clouds
# and of Kubernetes, half of all code and none of it on the way of telemetry, are not inlined: 15 MB less.
UNINLINED   := github.com/aws/... cloud.google.com/... k8s.io/...
export CGO_ENABLED := 0
export GOFLAGS     := $(strip $(GOFLAGS) -trimpath -buildvcs=false $(UNINLINED:%=-gcflags=%=-l))
# A demo that ends by itself: make demo SECONDS=30.
export SECONDS

##@ Run

.PHONY: demo
demo: build ## Build, start the collector on loopback, simulate a shop, watch who is there (SECONDS=30 ends by itself)
	go run ./testbed/cmd/demo

.PHONY: run
run: build ## Run the collector in the foreground (CONFIG=file.yaml)
	$(BINARY) --config $(CONFIG)

##@ Build

.PHONY: build
build: ## Build the stripped static collector and braidctl into build/
	@# Copies, as an installation is: of a file as the linker left it the kernel keeps some 60 MiB more in memory.
	mkdir -p build/linked
	go build -ldflags '-s -w' -o build/linked/ $(MAINS)
	cp -u --remove-destination build/linked/* build/

.PHONY: package
package: build ## tar.gz, deb, rpm, image root, SBOM and SHA256SUMS in build/packages (ARCHS="amd64 arm64")
	distribution/packaging/package.sh

.PHONY: generate
generate: ## Regenerate the distribution from builder-config.yaml and each component from its metadata.yaml
	go generate ./...
	$(TOOL) builder --config builder-config.yaml --skip-get-modules --skip-compilation
	gofmt -w distribution/otelcol-braid

##@ Check

.PHONY: test
test: ## Unit tests of the whole repository, with the race detector
	CGO_ENABLED=1 GOFLAGS="$$GOFLAGS $(UNWATCHED)" go test -race -p $(ATONCE) $$(go list ./... | grep -v /distribution/)
	go test $(UNRACED)

.PHONY: integration
integration: build ## Tests against the built collector and real servers (tag integration)
	@# Those of the files with the tag, wherever they are: `make test` runs the others.
	files=$$(grep -rlE '^//go:build integration' --include='*_test.go' --exclude-dir=node_modules .); \
	  tests=$$(sed -nE 's/^func (Test[A-Za-z0-9_]+)\(.*/\1/p' $$files | sort -u | paste -sd'|'); \
	  go test -tags integration -count=1 -timeout 20m -p $(ATONCE) -run "^($$tests)$$" $$(dirname $$files | sort -u)

.PHONY: broken
broken: ## Check that every deliberately broken build tag turns its tests red
	.ci/broken

.PHONY: fuzz
fuzz: ## Run every fuzz target for a short while (FUZZTIME=10s each), of two packages at a time
	.ci/fuzz $(FUZZTIME)

.PHONY: lint
lint: ## Lint and check formatting
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## Format the code and apply the fixes that linters know
	$(TOOL) golangci-lint run --fix ./...

.PHONY: chaos
chaos: build ## Break what each component depends on and print the matrix of faults of testbed/RESULTS.md (12 min; root for the full disk)
	go run ./testbed/cmd/eval chaos

##@ Measure

.PHONY: bench
bench: ## Run benchmarks and compare with the run before (BENCH=regexp, COUNT=10)
	mkdir -p build
	if [ -f build/bench.txt ]; then mv build/bench.txt build/bench.before.txt; fi
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $$(go list ./... | grep -v /distribution/) | tee build/bench.txt
	$(TOOL) benchstat $$(ls build/bench.before.txt build/bench.txt 2>/dev/null)

.PHONY: eval
eval: ## Run recorded data through the real components and print the tables of testbed/RESULTS.md (DATA=dir)
	go run ./testbed/cmd/eval identity -data $(DATA)/identity -out build/eval/identity-wait-30s -wait 30s
	go run ./testbed/cmd/eval identity -data $(DATA)/identity -out build/eval/identity
	go run ./testbed/cmd/eval identity -data $(DATA)/traffic/online-boutique -out build/eval/online-boutique
	for truth in $(DATA)/traffic/*/truth/windows_5min.csv.gz; do \
	  set=$${truth%/truth/*}; \
	  go run ./testbed/cmd/eval traffic -data "$$set" -out "build/eval/traffic/$$(basename "$$set")"; \
	done
	go run ./testbed/cmd/eval sketch

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Flink SQL jobs from manifests. `make` shows what there is.
GO      ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X flink-sql-driver/submitter/internal/cmd.Version=$(VERSION) -X main.version=$(VERSION)
PACKAGES = ./...
# Google's storage without direct connectivity over gRPC, which nothing here uses:
# programs start 4 ms sooner and are 13 MB smaller.
export GOFLAGS += -tags=disable_grpc_modules
# What benchmarks compare; one after the other, since each wants the machine for itself.
BENCHED  = ./driver ./e2e
# Benchmarks of single functions, which find out themselves how often to run.
FUNCTIONS = ./plan ./plan/bucket ./submitter/internal/manifest ./submitter/internal/journal
# Stories on Kubernetes that `make e2e` runs.
STORIES  ?= Kubernetes|Chart
# Flink 2.3 in the user's cache, or $FLINK_HOME if that is one.
FLINK    = $$(bin/submitter local install --print)

# How often `make soak` kills.
KILLS   ?= 50

.PHONY: help build quickstart quickstart-down test check fuzz bench soak images e2e e2e-core

help: ## this text
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

build: ## both programs into bin/
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./driver ./submitter

quickstart: build ## three real jobs on this machine, each in its own Flink cluster
	bin/submitter local install
	cd examples/quickstart && ../../bin/submitter apply .
	cd examples/quickstart && ../../bin/submitter status
	@examples/quickstart/results.sh
	@printf '\nTo go on: open a UI of the table above in a browser; or cd examples/quickstart, then\n  ../../bin/submitter diff .         after changing a manifest: what would that do?\n  ../../bin/submitter apply .        do it\n  ../../bin/submitter logs two-sinks -f\nTo end it all: make quickstart-down. make quickstart goes on from there.\n'

quickstart-down: build ## end everything that quickstart started
	cd examples/quickstart && ../../bin/submitter local down

test: build check ## everything that proves what the README says (the first run downloads Flink)
	e2e/prerequisites.sh
	bin/submitter local install
	charts/helm.sh
	FLINK_HOME="$(FLINK)" $(GO) test -race -shuffle=on -count=1 -timeout 60m $(PACKAGES)

images: ## container images with docker or buildah: docs/images.md
	VERSION=$(VERSION) images/build.sh

e2e: build ## the same on a real Kubernetes: KUBECONFIG's, else kind or one node on this machine
	e2e/prerequisites.sh
	bin/submitter local install
	e2e/kubernetes.sh -run '$(STORIES)'

e2e-core: ## those of its stories that CI runs
	$(MAKE) e2e STORIES='KubernetesContinuity|KubernetesSecrets|Charts'

check: ## format, vet
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'ed:"; gofmt -l .; exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) vet -tags kubernetes,disable_grpc_modules ./e2e

soak: build ## what takes many tries to see, many times: kills of a whole launch, each followed by apply
	bin/submitter local install
	FLINK_HOME="$(FLINK)" SOAK_KILLS=$(KILLS) $(GO) test -count=1 -timeout 60m -v -run TestKilledAndApplied ./e2e

bench: build ## the figures of docs/benchmarks.md, each beside its bound
	e2e/prerequisites.sh
	bin/submitter local install
	FLINK_HOME="$(FLINK)" $(GO) test -run '^$$' -bench . -benchtime 1x -p 1 -timeout 30m $(BENCHED)
	$(GO) test -run '^$$' -bench . -p 1 $(FUNCTIONS)

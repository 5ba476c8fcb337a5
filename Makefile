# `make` prints what there is. Go and make are all that a fresh machine needs beforehand.
SHELL := /bin/sh
GO ?= go
CONFIG ?= twokey.yaml
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
.DEFAULT_GOAL := help
.PHONY: help run build demo test check tools chaos bench bench-broadcast bench-demo bench-restore fuzz golden clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and run the bot: make run CONFIG=twokey.yaml
	bin/twokey run -c $(CONFIG)

build: ## build bin/twokey, stripped
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/twokey ./cmd/twokey

# Compiling is most of what a newcomer waits for, and optimising is nearly half of that: the demo does without, in a binary of its own.
# A compiler that collects its garbage less often takes more memory, and a seventh less time.
QUICK := -trimpath '-gcflags=all=-N -l'

demo: ## a shop, a bot and three phones in your browser, on this machine only: make demo DEMO='--script all'
	@GOGC=400 CGO_ENABLED=0 $(GO) build $(QUICK) -ldflags '$(LDFLAGS)' -o bin/twokey-demo ./cmd/twokey
	-@CGO_ENABLED=0 $(GO) run $(QUICK) ./internal/tools/ensure postgres
	@bin/twokey-demo demo $(DEMO)

tools: ## install what the tests use (Node, pm2, bot libraries, PostgreSQL, Redis), or say what to run
	$(GO) run ./internal/tools/ensure

check: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt: these files are not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags crash ./cmd/twokey
	$(GO) tool staticcheck ./...

test: tools check ## everything that must hold, with the race detector; installs what it needs
	$(GO) test -race -timeout 40m ./...

chaos: tools ## the crash tests many times, with counts: make chaos ROUNDS=20
	@mkdir -p bin
	$(GO) test -timeout 80m -count=1 -run 'TestChaos|TestEveryPrefix|TestKill' -v ./bot ./bot/broadcast/delivery ./cmd/twokey -rounds=$(or $(ROUNDS),20) > bin/chaos.log; \
	  code=$$?; grep -Ev '^ *(=== |--- PASS)' bin/chaos.log; exit $$code

bench: build ## figures beside their aims
	$(GO) run ./cmd/bench -binary bin/twokey

bench-restore: build ## backup, restore, switch and undo of about 1 GB, beside PostgreSQL's own programs
	$(GO) run ./cmd/bench -binary bin/twokey -restore

bench-broadcast: build ## how fast, how smooth and how lean users are told; about eight minutes
	$(GO) run ./cmd/bench -binary bin/twokey -broadcast

bench-demo: build ## how long a newcomer waits for make demo in a fresh clone
	$(GO) run ./cmd/bench -binary bin/twokey -demo

fuzz: ## fuzz parsers and cards for a minute each: make fuzz FUZZTIME=1m
	@for t in $$($(GO) test -list '^Fuzz' ./... | awk '/^Fuzz/ {names = names " " $$1} /^ok/ {n = split(names, a, " "); for (i = 1; i <= n; i++) print $$2 ":" a[i]; names = ""}'); do \
	  echo "$$t"; $(GO) test -run '^$$' -fuzz "^$${t##*:}\$$" -fuzztime $(or $(FUZZTIME),1m) "$${t%%:*}" || exit 1; done

golden: ## write the golden cards anew; read the diff before you commit it
	$(GO) test ./bot/text -update

clean: ## remove what was built and installed here
	rm -rf bin .tools

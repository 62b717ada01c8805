# What a developer runs. Tools are pinned, and need nothing installed but Go.
GOFUMPT     = go run mvdan.cc/gofumpt@v0.12.0
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     = $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build test lint bench fuzz docs docs-demo demo

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o avow ./cmd/avow

# Tests that need a Docker engine make their images themselves. Without one they are skipped; AVOW_TEST_DOCKER=require makes
# that a failure.
test:
	go test -timeout 20m ./...

lint:
	@files="$$($(GOFUMPT) -l .)"; if [ -n "$$files" ]; then echo "not formatted with gofumpt:"; echo "$$files"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...

# What a promise costs on this machine; -v prints the figures.
bench:
	go test -run '^$$' -bench . -benchtime 2s ./...

# Every Fuzz function of every package, each for FUZZTIME. The tests run their seeds.
FUZZTIME ?= 60s
fuzz:
	@for package in $$(go list ./...); do \
		for name in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz'); do \
			echo "$$package $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
		done; \
	done

# The pages in docs/ that are rendered from the code. A test fails when they are stale.
docs:
	AVOW_UPDATE=1 go test -count=1 ./cmd/avow -run TestPages

# The living documentation of the testbed, in examples/living-docs/site. Needs a Docker engine.
docs-demo: build
	AVOW="$(CURDIR)/avow" examples/living-docs/demo

demo:
	go run ./cmd/avow check examples/quickstart

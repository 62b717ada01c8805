# What a developer runs. Tools are pinned, and need nothing installed but Go.
GOFUMPT     = go run mvdan.cc/gofumpt@v0.12.0
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     = $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build test testbed lint bench docs docs-demo demo

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o avow ./cmd/avow

test:
	go test ./...

# The images that tests look into where there is a Docker engine. AVOW_TEST_DOCKER=require makes it a failure that
# they, or the engine, are not there.
testbed:
	examples/testbed/testbed build

lint:
	@files="$$($(GOFUMPT) -l .)"; if [ -n "$$files" ]; then echo "not formatted with gofumpt:"; echo "$$files"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...

# What a promise costs on this machine; -v prints the figures.
bench:
	go test -run '^$$' -bench . -benchtime 2s ./...

# The pages in docs/ that are rendered from the code. A test fails when they are stale.
docs:
	AVOW_UPDATE=1 go test -count=1 ./cmd/avow -run TestPages

# The living documentation of the testbed, in examples/living-docs/site. Needs a Docker engine.
docs-demo: build
	AVOW="$(CURDIR)/avow" examples/living-docs/demo

demo:
	go run ./cmd/avow check examples/quickstart

// Package web shows a Go test that starts a container and checks its promises.
package web

import (
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/examples/testbed"
	"github.com/avow-dev/avow/runner/avowtest"
)

func TestWeb(t *testing.T) {
	// The testbed's image and label stand in for a registry and for Ryuk. In your test:
	// testcontainers.Run(t.Context(), "nginx:1.27")
	ctr, err := testcontainers.Run(t.Context(), testbed.Image(t, "busybox"), testbed.Owned)
	testcontainers.CleanupContainer(t, ctr, testcontainers.StopTimeout(0))
	if err != nil {
		t.Fatal(err)
	}
	avowtest.Check(t, "web.spec.hcl", avowtest.Container(ctr), avowtest.Var("port", "8080"))
}

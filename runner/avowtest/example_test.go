package avowtest_test

import (
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/runner/avowtest"
)

var t *testing.T // the argument of the test

func ExampleCheck() {
	ctr, err := testcontainers.Run(t.Context(), "nginx:1.27")
	testcontainers.CleanupContainer(t, ctr)
	if err != nil {
		t.Fatal(err)
	}
	avowtest.Check(t, "web.spec.hcl", avowtest.Container(ctr), avowtest.Var("port", "80"))
}

// An image is never started, and needs no container.
func ExampleTarget() {
	avowtest.Check(t, "web.spec.hcl", avowtest.Target("image://site:ci"), avowtest.Tag("files"))
}

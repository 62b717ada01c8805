package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNothingForTestsIsLinked: testcontainers-go costs 4 ms in every start of a program that links it, so only tests
// and runner/avowtest import it.
func TestNothingForTestsIsLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 100 {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, no := range []string{"testing", "github.com/testcontainers/", "github.com/avow-dev/avow/runner/avowtest", "github.com/avow-dev/avow/examples/"} {
			if p == no || strings.HasSuffix(no, "/") && strings.HasPrefix(p, no) {
				t.Errorf("the command links %s", p)
			}
		}
	}
}

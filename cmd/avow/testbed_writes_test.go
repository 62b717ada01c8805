package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/examples/testbed"
	"github.com/avow-dev/avow/spec/catalog"
)

// targetBlock matches the targets of an example.
var targetBlock = regexp.MustCompile(`(?ms)^target .*?(^}|}$)\n*`)

// everyExample writes a suite of the examples of all types, and returns its folder. Commands are left out: what they do is
// for the spec to say.
func everyExample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, typ := range catalog.All.Types {
		if typ.Name != "command" {
			write(t, dir, typ.Name+".spec.hcl", targetBlock.ReplaceAllString(typ.Example, ""))
		}
	}
	return dir
}

// TestNothingIsWritten: a run with every type leaves the file system of its target as it was. A container whose only
// process sleeps changes nothing itself; that of systemd is still after its boot, but for its journal.
func TestNothingIsWritten(t *testing.T) {
	suite := everyExample(t)
	t.Run("alone", func(t *testing.T) {
		nothingWritten(t, suite, testContainer(t, "host", testcontainers.WithEntrypoint("sleep", "3000")))
	})
	t.Run("busybox", func(t *testing.T) { nothingWritten(t, suite, testContainer(t, "busybox")) })
	t.Run("systemd", func(t *testing.T) {
		nothingWritten(t, suite, testContainer(t, "host", testbed.Systemd, testbed.Booted))
	})
}

func nothingWritten(t *testing.T, suite, container string) {
	t.Helper()
	before := changes(t, container)
	promises, _ := verdicts(t, "-t", "docker://"+container, suite)
	types := map[string]bool{}
	for _, p := range promises {
		types[p.Type] = true
	}
	// Of the catalogue, only command has no example in the suite.
	if len(types) != len(catalog.All.Types)-1 {
		t.Errorf("%d types were checked, not %d", len(types), len(catalog.All.Types)-1)
	}
	for _, change := range changes(t, container) {
		if !slices.Contains(before, change) && !strings.Contains(change, "/var/log/journal") {
			t.Errorf("the run made a change: %s", change)
		}
	}
}

// changes are those of a container's file system since it was made.
func changes(t *testing.T, container string) []string {
	t.Helper()
	return strings.Split(docker(t, "diff", container), "\n")
}

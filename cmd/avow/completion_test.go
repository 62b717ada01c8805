package main

import (
	"slices"
	"testing"

	"github.com/avow-dev/avow/spec"
)

// TestSchemes: what completion offers for -t are the backends that have a URI.
func TestSchemes(t *testing.T) {
	for _, b := range spec.Backends {
		_, bare := spec.ParseTarget(b.Name + "://")
		_, named := spec.ParseTarget(b.Name + "://x")
		if parses := bare == nil || named == nil; parses != slices.Contains(schemes, b.Name+"://") {
			t.Errorf("%s:// parses: %t", b.Name, parses)
		}
	}
}

package runner

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// TestOnlyNamedKeysAreTold: what a promise does not name of a map may be a secret, and is in no report.
func TestOnlyNamedKeysAreTold(t *testing.T) {
	s := suite(t, `
describe "d" {
  docker_container "shop" { env = { TZ = "UTC", LANG = not("C") } }
  docker_container "shop" { env = empty() }
}`)
	facts := resource.Facts{"env": resource.Seen(map[string]any{"TZ": "CET", "DB_PASSWORD": "hunter22", "LANG": "C"})}
	for i, want := range []string{`{ LANG = "C", TZ = "CET" } and 1 more`, `{} and 3 more`} {
		it := &item{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i], facts: facts}
		for _, p := range (judge{}).all(it, false) {
			if p.Status != Broken || p.Found != want || strings.Contains(p.Note+p.Diff+p.Reason, "hunter22") {
				t.Errorf("%s: found %s, not %s; note %q", p.Status, p.Found, want, p.Note)
			}
		}
	}
}

// TestSingleLinesHaveNoDiff: five lines of a diff say no more than the two values beside each other.
func TestSingleLinesHaveNoDiff(t *testing.T) {
	s := suite(t, `
describe "d" {
  command "a" { stdout = "2\n" }
  command "a" { stdout = "2\n3\n" }
}`)
	for i, want := range []bool{false, true} {
		it := &item{
			Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i],
			facts:    resource.Facts{"stdout": resource.Seen("3\n")},
		}
		if p := (judge{}).all(it, false)[0]; p.Status != Broken || p.Diff != "" != want {
			t.Errorf("%s: diff %q", p.Status, p.Diff)
		}
	}
}

// TestCommandsSayHowLongTheyTook: which of a hundred is slow is to be seen in every saved run.
func TestCommandsSayHowLongTheyTook(t *testing.T) {
	var took []float64
	events, _ := recorded(t, context.Background(), suite(t, `
describe "d" {
  command "sleep 0.3" {
    exit_status = 0
    stdout      = ""
  }
  file "/etc/passwd" { exists = true }
}`), local(new(atomic.Int32)), Options{})
	for _, e := range events {
		if e.Promise != nil {
			took = append(took, e.Promise.Took)
		}
	}
	if len(took) != 3 || took[0] < 0.3 || took[0] > 20 || took[1]+took[2] != 0 {
		t.Error(took)
	}
}

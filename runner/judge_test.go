package runner

import (
	"strings"
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

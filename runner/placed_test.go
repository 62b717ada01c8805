package runner

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// TestWithoutItsMainParameterNothingIsAsked: whatever a spec lets through, an empty path is not looked for.
func TestWithoutItsMainParameterNothingIsAsked(t *testing.T) {
	for _, typ := range resource.Types {
		for name, params := range map[string]resource.Params{"absent": {}, "null": {typ.Label: nil}, "empty": {typ.Label: ""}} {
			var asked []string
			events := make(chan Event, 100)
			r := &run{suite: suite(t, `describe "d" {
  file "/etc/passwd" { exists = true }
}`), options: Options{Log: func(line string) { asked = append(asked, line) }}}
			c := newCheck(r, Machine{Target: r.suite.Targets[0], Shell: local(new(atomic.Int32))}, events)
			c.all(context.Background(), []spec.Resource{{
				Type: typ, Params: params, Promises: []spec.Promise{{Attribute: &typ.Attributes[len(typ.Attributes)-1]}},
			}})
			close(events)
			var told []Event
			for e := range events {
				told = append(told, e)
			}
			if got := verdicts(told); !strings.Contains(got, ": unknown (its "+typ.Label+" is not known)") {
				t.Errorf("%s, %s: %q", typ.Name, name, got)
			}
			if log := strings.Join(asked, "\n"); strings.Contains(log, "asks "+typ.Name) {
				t.Errorf("%s, %s: %s", typ.Name, name, log)
			}
		}
	}
}

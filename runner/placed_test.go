package runner

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// TestWithoutItsMainParameterNothingIsAsked: whatever a spec lets through, an empty path is not looked for.
func TestWithoutItsMainParameterNothingIsAsked(t *testing.T) {
	for _, typ := range catalog.All.Types {
		for name, params := range map[string]resource.Params{"absent": {}, "null": {typ.Label: nil}, "empty": {typ.Label: ""}} {
			var asked []string
			events := make(chan record.Event, 100)
			r := &run{suite: suite(t, `describe "d" {
  file "/etc/passwd" { exists = true }
}`), options: Options{Log: func(line string) { asked = append(asked, line) }}}
			p := newPlaces(1).place()
			if err := p.begin(context.Background()); err != nil {
				t.Fatal(err)
			}
			p.clock = newClock(context.Background(), time.Minute)
			c := newCheck(r, r.suite.Targets[0], target.Connection{Shell: local(new(atomic.Int32))}, events, p)
			c.all(p.clock, []spec.Resource{{
				Type: typ, Params: params, Promises: []spec.Promise{{Attribute: &typ.Attributes[len(typ.Attributes)-1]}},
			}})
			p.clock.stop()
			p.end()
			close(events)
			var told []record.Event
			for e := range events {
				told = append(told, e)
			}
			if got := verdicts(told); !strings.Contains(got, ": unknown (its "+typ.Label+" is not known)") {
				t.Errorf("%s, %s: %q", typ.Name, name, got)
			}
			for _, probe := range typ.Probes() {
				if log := strings.Join(asked, "\n"); strings.Contains(log, "asks "+typ.Name+" "+probe.Name) {
					t.Errorf("%s, %s: %s", typ.Name, name, log)
				}
			}
		}
	}
}

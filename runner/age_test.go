package runner

import (
	"testing"
	"time"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// TestClockIsReadForWhatChooses: an age in `where` needs the target's clock, as one that is promised does.
func TestClockIsReadForWhatChooses(t *testing.T) {
	s := suite(t, `
describe "d" {
  timers "of long ago" {
    where = { last = older_than("30d") }
    count = 0
  }
  timers "all" { names = [] }
  file "/x" { modified = newer_than("1h") }
}`)
	c := &check{run: &run{suite: s}}
	for i, want := range []bool{true, false, true} {
		it := &resourceState{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i]}
		if got := c.clockFor([]*resourceState{it}) != nil; got != want {
			t.Errorf("%s: %v", it.Name, got)
		}
	}
}

// TestClocksThatDiffer: a note says how the clocks differ, and a clock that could not be read is none.
func TestClocksThatDiffer(t *testing.T) {
	here := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for ahead, want := range map[time.Duration]string{
		0: "", 59 * time.Second: "", -59 * time.Second: "",
		time.Hour: "the target's clock is 1h0m0s ahead of this machine's", -time.Hour: "the target's clock is 1h0m0s behind this machine's",
	} {
		if got := clockOf(resource.Seen(here.Add(ahead)), here); got.skew != want || got.now.IsZero() {
			t.Errorf("%v: %+v", ahead, got)
		}
	}
	if got := clockOf(resource.Unknown("no date"), here); !got.now.IsZero() {
		t.Errorf("%+v", got)
	}
}

package runner

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/record"
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
	for i, want := range [][]string{{`"CET"`, `"C"`}, {`{} and 3 more`}} {
		it := &resourceState{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i], facts: facts}
		for n, p := range (judge{}).all(it) {
			if p.Status != record.Broken || p.Found != want[n] || strings.Contains(p.Note+p.Diff+p.Reason, "hunter22") {
				t.Errorf("%s: found %s, not %s; note %q", p.Status, p.Found, want[n], p.Note)
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
		it := &resourceState{
			Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i],
			facts:    resource.Facts{"stdout": resource.Seen("3\n")},
		}
		if p := (judge{}).all(it)[0]; p.Status != record.Broken || p.Diff != "" != want {
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

// TestDurationsAreMeasured: how long a command took is another value on every host and in every run, which is no
// difference. Nothing else that a block promises is.
func TestDurationsAreMeasured(t *testing.T) {
	s := suite(t, `
describe "d" {
  command "a" {
    duration    = lt("2s")
    exit_status = 0
    stdout      = gt(1)
  }
}`)
	it := &resourceState{
		Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[0],
		facts: resource.Facts{
			"duration": resource.Seen(time.Second), "exit_status": resource.Seen(resource.Int(0)), "stdout": resource.Seen("2"),
		},
	}
	for _, p := range (judge{}).all(it) {
		if p.Status != record.Kept || p.Measured != (p.Attribute == "duration") {
			t.Errorf("%s: %s, measured %t", p.Attribute, p.Status, p.Measured)
		}
	}
}

// TestDoubtIsSettledByAPromise: what a command that could not be run did not print says nothing, unless the block
// promises the exit status, which tells.
func TestDoubtIsSettledByAPromise(t *testing.T) {
	s := suite(t, `
describe "d" {
  command "lsmod" { stdout = not(contains("usb_storage")) }
  command "lsmod" {
    stdout      = not(contains("usb_storage"))
    exit_status = 127
  }
}`)
	doubt := resource.Seen("")
	doubt.Doubt, doubt.Settled = "exit status 127: not found", "exit_status"
	facts := resource.Facts{"stdout": doubt, "exit_status": resource.Seen(resource.Int(127))}
	for i, want := range [][]record.Status{{record.Unknown}, {record.Kept, record.Kept}} {
		it := &resourceState{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[i], facts: facts}
		for n, p := range (judge{}).all(it) {
			if p.Status != want[n] || p.Status == record.Unknown && p.Reason != doubt.Doubt {
				t.Errorf("%s of block %d is %s: %s", p.Attribute, i, p.Status, p.Reason)
			}
		}
	}
}

// TestWhatASecretMakesIsDerived: the parameters say that one of them is sensitive.
func TestWhatASecretMakesIsDerived(t *testing.T) {
	s := suite(t, `
variable "token" {
  type      = string
  sensitive = true
  default   = "hunter22"
}
describe "d" {
  command "echo plain" { exit_status = 0 }
  command "a line" {
    line        = "echo ${var.token}"
    exit_status = 0
  }
  command "cat" {
    stdin       = base64encode(var.token)
    exit_status = 0
  }
  command "env" {
    env         = { TOKEN = var.token }
    exit_status = 0
  }
}`)
	for i, r := range s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil) {
		if r.Params.Bool(resource.Derived) != (i > 0) {
			t.Errorf("block %d: %v", i, r.Params)
		}
	}
}

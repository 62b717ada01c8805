package report

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
)

// held is how much memory a report holds before the end of a run of 1,000 hosts, in MiB.
func held(t *testing.T, n int, promise func(host, i int) record.Promise) float64 {
	t.Helper()
	before := heap()
	tell := All(Doc.New(io.Discard, Options{}))
	tell(record.Event{Start: &record.Start{Targets: 1000}})
	for h := range 1000 {
		target := host(fmt.Sprint("web", h))
		target.Target.Host["kernel"] = strings.Repeat("x", 1000)
		tell(target)
		for i := range n {
			p := promise(h, i)
			p.Target = target.Target.Name
			tell(record.Event{Promise: &p})
		}
	}
	used := heap() - before
	if err := tell(record.Event{End: &record.End{Kept: 1}}); err != nil {
		t.Fatal(err)
	}
	return used
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

func TestDocHoldsEqualAnswersOnce(t *testing.T) {
	if used := held(t, 100, equalPromise); used > 5 {
		t.Errorf("%.1f MiB for equal answers", used)
	}
}

func equalPromise(_, i int) record.Promise {
	return about(i+1, "package", fmt.Sprint("p", i), "installed", strings.Clone("is installed"), waited(float64(i%10/9)))
}

// A promise that each host breaks in its own way costs what is shown of it, not what the host printed.
func TestDocHoldsNoOutput(t *testing.T) {
	output := strings.Repeat("long line\n", 10_000)
	used := held(t, 3, func(h, i int) record.Promise {
		return about(i+1, "command", "make", "stdout", "stdout is empty", values("empty()", fmt.Sprint(h, output)), broken(""))
	})
	if used > 20 {
		t.Errorf("%.1f MiB of output", used)
	}
}

// The hosts that cannot be reached each have a reason with their own address in it.
func TestDocHoldsLostHostsOnce(t *testing.T) {
	used := held(t, 100, func(_, i int) record.Promise { return about(i+1, "user", "u", "exists", "exists") })
	tell := All(Doc.New(io.Discard, Options{}))
	before := heap()
	tell(record.Event{Start: &record.Start{Targets: 1000}})
	for h := range 1000 {
		target := down(fmt.Sprint("web", h), fmt.Sprintf("connect 192.0.2.1:%d: refused", h))
		tell(target)
		for i := range 100 {
			p := about(i+1, "user", "u", "exists", "exists", unknown("no answer: "+target.Target.Error))
			p.Target, p.Cause = target.Target.Name, record.CauseTarget
			tell(record.Event{Promise: &p})
		}
	}
	if lost := heap() - before; lost > 5 || used > 5 {
		t.Errorf("%.1f MiB for lost hosts, %.1f MiB for others", lost, used)
	}
	runtime.KeepAlive(tell)
}

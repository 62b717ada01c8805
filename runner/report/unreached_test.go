package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
)

// TestNeverReachedIsNotLost holds reports to call a host unreachable that told nothing of itself, though the runner saw from
// outside that a port of it is closed, and to put it under no heading with the system of others.
func TestNeverReachedIsNotLost(t *testing.T) {
	const refused = "connect: connection refused"
	from := func(p *record.Promise) { p.Type = "reachable" }
	closed := about(3, "reachable", "ghost:22", "reachable", "is reachable", values("true", "false"), broken(""), from)
	open := about(3, "reachable", "db1:22", "reachable", "is reachable", values("true", "true"), from)
	events := hosts(
		on(host("db1"), append(nginx("1.22"), open)...),
		on(down("ghost", refused), append(unreachedBecause(refused), closed)...))
	for _, f := range Formats {
		if f.New == nil {
			continue
		}
		out := render(t, f, Options{}, events)
		if strings.Contains(out, "was lost") {
			t.Errorf("%s calls it lost:\n%s", f.Name, out)
		}
	}
	out := render(t, Doc, Options{}, events)
	if strings.Contains(out, "db1, ghost") || !strings.Contains(out, "ghost could not be reached: "+refused) || !strings.Contains(out, "ghost:22") {
		t.Error(out)
	}
}

func unreachedBecause(reason string) []record.Promise {
	list := nginx("")
	for i := range list {
		list[i].Status, list[i].Reason, list[i].Found = record.Unknown, reason, ""
	}
	return list
}

// TestStoppedRunOnUnreachableHost: what is unknown because the run's time was over is no matter of the host, so its line
// does not count it, and doc lists it; also where another host has the same answers.
func TestStoppedRunOnUnreachableHost(t *testing.T) {
	over := unreachedBecause("the run's --timeout is over")
	ghost := on(down("ghost", "no shell"), over...)
	for _, e := range ghost[1:] {
		e.Promise.Cause = ""
	}
	out := render(t, Doc, Options{}, hosts(on(host("slow"), over...), ghost))
	if !strings.Contains(out, "slow, ghost") && strings.Count(out, "the run's --timeout is over") < 2 {
		t.Error(out)
	}
}

// TestManyUnreachableHostsFitAScreen: of 1,000 hosts that fail in their own ways, or all in the same one, doc says as much
// as fits a screen, and counts the rest.
func TestManyUnreachableHostsFitAScreen(t *testing.T) {
	for name, reason := range map[string]func(i int) string{
		"each its own": func(i int) string { return fmt.Sprintf("reason %d", i*7919) },
		"two in turn":  func(i int) string { return []string{"connection refused", "no route to host"}[i%2] },
	} {
		var lists [][]record.Event
		for i := range 1000 {
			because := reason(i)
			lists = append(lists, on(down(fmt.Sprintf("web%04d", i), because), unreachedBecause(because)...))
		}
		out := render(t, Doc, Options{}, hosts(lists...))
		if lines := strings.Count(out, "\n"); lines > 60 {
			t.Errorf("%s: %d lines", name, lines)
		}
		if !regexp.MustCompile(`and \d+ more hosts`).MatchString(out) {
			t.Errorf("%s: how many more there are is not said:\n%s", name, out)
		}
	}
}

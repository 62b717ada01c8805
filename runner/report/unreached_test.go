package report

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner"
)

// TestNeverReachedIsNotLost holds reports to call a host unreachable that told nothing of itself, though the runner saw from
// outside that a port of it is closed, and to put it under no heading with the system of others.
func TestNeverReachedIsNotLost(t *testing.T) {
	const refused = "connect: connection refused"
	from := func(p *runner.Promise) { p.Type = "reachable" }
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

func unreachedBecause(reason string) []runner.Promise {
	list := nginx("")
	for i := range list {
		list[i].Status, list[i].Reason, list[i].Found = runner.Unknown, reason, ""
	}
	return list
}

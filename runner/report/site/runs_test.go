package site

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner"
)

// recorded is the run that every format is held to: every verdict, hostile text, a host that could not be reached,
// promises that waited, a diff, a sensitive value.
func recorded(t testing.TB) []runner.Event {
	t.Helper()
	f, err := os.Open("../testdata/recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []runner.Event
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e runner.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// spoken is a run that a test tells promise by promise.
type spoken struct {
	events []runner.Event
	end    runner.End
}

func tellRun(at string, targets int) *spoken {
	start := &runner.Start{Version: "1.2.0", Time: at, Targets: targets}
	for _, name := range []string{"base.spec.hcl", "web.spec.hcl", "database.spec.hcl"} {
		start.Files = append(start.Files, runner.File{Path: name, SHA256: digest(name)})
	}
	return &spoken{
		events: []runner.Event{{Action: runner.ActionStart, Start: start}},
		end:    runner.End{Complete: true, Elapsed: 4.2, Time: at, Targets: targets},
	}
}

func (s *spoken) host(t runner.Target) {
	s.events = append(s.events, runner.Event{Action: runner.ActionTarget, Target: &t})
}

func (s *spoken) promise(p runner.Promise) {
	s.events = append(s.events, runner.Event{Action: runner.ActionPromise, Promise: &p})
	switch p.Status {
	case runner.Kept:
		s.end.Kept++
	case runner.Broken:
		s.end.Broken++
	case runner.Unknown:
		s.end.Unknown++
	case runner.Skipped:
		s.end.Skipped++
	}
}

func (s *spoken) over() []runner.Event {
	return append(s.events, runner.Event{Action: runner.ActionEnd, End: &s.end})
}

func debian(name string) runner.Target {
	return runner.Target{
		Name: name, Address: "deploy@" + name + ".example.com", Backend: "ssh", Begun: "2026-01-31T12:00:00Z",
		Host: map[string]string{
			"name": name, "arch": "x86_64", "init": "systemd", "kernel": "6.1.0-18-amd64", "os.id": "debian",
			"os.name": "Debian GNU/Linux 12 (bookworm)", "os.version": "12", "machine_id": digest(name)[:32],
		},
		Identity: map[string]string{"host_key": "SHA256:" + digest(name)[:43]},
	}
}

// fleet is a run of many hosts with many promises, of which a few are broken on a few hosts.
func fleet(hosts, promises int, at time.Time) []runner.Event {
	run := tellRun(at.Format(time.RFC3339), hosts)
	for h := range hosts {
		t := debian(fmt.Sprintf("web%03d", h+1))
		if h%67 == 40 {
			t.Error = "ssh " + t.Name + ".example.com:22: connect: no answer within 10s"
			t.Host = nil
		}
		run.host(t)
		for i := range promises {
			run.promise(fleetPromise(t, h, i))
		}
	}
	return run.over()
}

func fleetPromise(t runner.Target, h, i int) runner.Promise {
	group := i / 13
	p := runner.Promise{
		On: t.Name, Path: []string{fmt.Sprintf("%s %d", [...]string{"base system", "web server", "mail", "access", "backup"}[group%5], group/5+1)},
		PathWhys: []string{"Kept the same on all hosts, so that any of them can take over from any other."},
		Type:     "file", Noun: "File", Name: fmt.Sprintf("/etc/service-%d/main.conf", i/4),
		Attribute: "mode", Says: fmt.Sprintf("mode is %04o", 0o600+i%4), Tags: []string{"base", fmt.Sprintf("tier-%d", group%3)},
		Expected: fmt.Sprintf("%q", fmt.Sprintf("%04o", 0o600+i%4)), Pos: runner.Position{File: "base.spec.hcl", Line: 10 + i*3, Column: 5},
	}
	p.Found = p.Expected
	switch {
	case t.Error != "":
		p.Status, p.Found, p.Reason = runner.Unknown, "", t.Error
	case i%37 == 5 && h%9 == 2:
		p.Status, p.Found = runner.Broken, fmt.Sprintf(`"%04o"`, 0o640+h%3)
	case i == 77 && h%5 == 1:
		p.Status, p.Found, p.Reason = runner.Unknown, "", "permission denied on /etc/service-19 (the target's become would help)"
	case i%50 == 49:
		p.Status, p.Found, p.Reason = runner.Skipped, "", "until the migration is over"
	}
	return p
}

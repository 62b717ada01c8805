package site

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/record"
)

// recorded is the run that every format is held to: every verdict, hostile text, a host that could not be reached,
// promises that waited, a diff, a sensitive value.
func recorded(t testing.TB) []record.Event {
	t.Helper()
	f, err := os.Open("../testdata/recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []record.Event
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e record.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// spoken is a run that a test tells promise by promise.
type spoken struct {
	events []record.Event
	end    record.End
}

func tellRun(at string, targets int) *spoken {
	start := &record.Start{Version: "1.2.0", Time: at, Targets: targets}
	for _, name := range []string{"base.spec.hcl", "web.spec.hcl", "database.spec.hcl"} {
		start.Files = append(start.Files, record.File{Path: name, SHA256: digest(name)})
	}
	return &spoken{
		events: []record.Event{{Action: record.ActionStart, Start: start}},
		end:    record.End{Complete: true, Elapsed: 4.2, Time: at, Targets: targets},
	}
}

func (s *spoken) host(t record.Target) {
	s.events = append(s.events, record.Event{Action: record.ActionTarget, Target: &t})
}

func (s *spoken) promise(p record.Promise) {
	s.events = append(s.events, record.Event{Action: record.ActionPromise, Promise: &p})
	switch p.Status {
	case record.Kept:
		s.end.Kept++
	case record.Broken:
		s.end.Broken++
	case record.Unknown:
		s.end.Unknown++
	case record.Skipped:
		s.end.Skipped++
	}
}

func (s *spoken) over() []record.Event {
	return append(s.events, record.Event{Action: record.ActionEnd, End: &s.end})
}

func debian(name string) record.Target {
	return record.Target{
		Name: name, Address: "deploy@" + name + ".example.com", Backend: "ssh", Begun: "2026-01-31T12:00:00Z",
		Host: map[string]string{
			"name": name, "arch": "x86_64", "init": "systemd", "kernel": "6.1.0-18-amd64", "os.id": "debian",
			"os.name": "Debian GNU/Linux 12 (bookworm)", "os.version": "12", "machine_id": digest(name)[:32],
		},
		Identity: map[string]string{"host_key": "SHA256:" + digest(name)[:43]},
	}
}

// fleet is a run of many hosts with many promises, of which a few are broken on a few hosts.
func fleet(hosts, promises int, at time.Time) []record.Event {
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

func fleetPromise(t record.Target, h, i int) record.Promise {
	group := i / 13
	p := record.Promise{
		Target: t.Name, Path: []string{fmt.Sprintf("%s %d", [...]string{"base system", "web server", "mail", "access", "backup"}[group%5], group/5+1)},
		PathWhys: []string{"Kept the same on all hosts, so that any of them can take over from any other."},
		Type:     "file", DisplayName: "File", Name: fmt.Sprintf("/etc/service-%d/main.conf", i/4),
		Attribute: "mode", Says: fmt.Sprintf("mode is %04o", 0o600+i%4), Tags: []string{"base", fmt.Sprintf("tier-%d", group%3)},
		Expected: fmt.Sprintf("%q", fmt.Sprintf("%04o", 0o600+i%4)), Pos: record.Position{File: "base.spec.hcl", Line: 10 + i*3, Column: 5},
	}
	p.Found = p.Expected
	switch {
	case t.Error != "":
		p.Status, p.Found, p.Reason, p.Cause = record.Unknown, "", t.Error, record.CauseTarget
	case i%37 == 5 && h%9 == 2:
		p.Status, p.Found = record.Broken, fmt.Sprintf(`"%04o"`, 0o640+h%3)
	case i == 77 && h%5 == 1:
		p.Status, p.Found, p.Reason = record.Unknown, "", "permission denied on /etc/service-19 (the target's become would help)"
	case i%50 == 49:
		p.Status, p.Found, p.Reason = record.Skipped, "", "until the migration is over"
	}
	return p
}

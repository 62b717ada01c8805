package report

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// A run is made by hand: a start, then what targets and promises are given, then an end that counts them.
func run(events ...record.Event) []record.Event {
	end := &record.End{Elapsed: 0.6, Complete: true}
	for _, e := range events {
		switch {
		case e.Target != nil:
			end.Targets++
		case e.Promise != nil:
			countOne(end, e.Promise.Status)
		}
	}
	start := &record.Start{
		Version: "1.0.0", Time: "2026-01-31T12:00:00Z", Targets: end.Targets,
		Files: []record.File{{Path: "web.spec.hcl", SHA256: strings.Repeat("ab", 32)}},
	}
	all := append([]record.Event{{Action: record.ActionStart, Start: start}}, events...)
	return append(all, record.Event{Action: record.ActionEnd, End: end})
}

func countOne(end *record.End, s record.Status) {
	for status, n := range map[record.Status]*int{
		record.Kept: &end.Kept, record.Broken: &end.Broken, record.Unknown: &end.Unknown, record.Skipped: &end.Skipped,
	} {
		if status == s {
			*n++
		}
	}
}

func interrupted(events []record.Event) []record.Event {
	events[len(events)-1].End.Complete = false
	return events
}

func host(name string) record.Event {
	return record.Event{Action: record.ActionTarget, Target: &record.Target{
		Name: name, Address: "deploy@" + name, Backend: "ssh", Host: map[string]string{"os.id": "debian", "os.name": "Debian GNU/Linux 12 (bookworm)"},
	}}
}

func down(name, reason string) record.Event {
	e := host(name)
	e.Target.Host, e.Target.Error = nil, reason
	return e
}

// lost is a target that told facts of itself before it was gone.
func lost(name, reason string) record.Event {
	e := host(name)
	e.Target.Error = reason
	return e
}

// on is the promises that follow a target, with its name in them. As in a run, what is unknown for the target's reason has
// it for its cause.
func on(target record.Event, promises ...record.Promise) []record.Event {
	events := []record.Event{target}
	why := target.Target.Error
	for _, p := range promises {
		p.Target = target.Target.Name
		if p.Status == record.Unknown && why != "" && strings.HasSuffix(p.Reason, why) {
			p.Cause = record.CauseTarget
		}
		events = append(events, record.Event{Action: record.ActionPromise, Promise: &p})
	}
	return events
}

func hosts(lists ...[]record.Event) []record.Event {
	var all []record.Event
	for _, l := range lists {
		all = append(all, l...)
	}
	return run(all...)
}

type change func(*record.Promise)

func about(line int, kind, name, attribute, says string, changes ...change) record.Promise {
	p := record.Promise{
		Path: []string{"web server"}, PathWhys: []string{"Serves the public site."},
		Type: kind, DisplayName: strings.ToUpper(kind[:1]) + kind[1:], Name: name, Attribute: attribute,
		Says: says, Expected: "true", Found: "true", Tags: []string{},
		Pos: record.Position{File: "web.spec.hcl", Line: line, Column: 17},
	}
	for _, c := range changes {
		c(&p)
	}
	return p
}

func values(expected, found string) change {
	return func(p *record.Promise) { p.Expected, p.Found = expected, found }
}

func broken(note string) change {
	return func(p *record.Promise) { p.Status, p.Note = record.Broken, note }
}

func unknown(reason string) change {
	return func(p *record.Promise) { p.Status, p.Found, p.Reason = record.Unknown, "", reason }
}

func skipped(reason string) change {
	return func(p *record.Promise) { p.Status, p.Found, p.Reason = record.Skipped, "", reason }
}

// ofTarget is the cause of a promise that is unknown because its target was not reached, whatever the reason says.
func ofTarget(p *record.Promise) { p.Cause = record.CauseTarget }

func in(path ...string) change {
	return func(p *record.Promise) { p.Path, p.PathWhys = path, make([]string, len(path)) }
}

func why(text string) change        { return func(p *record.Promise) { p.Why = text } }
func title(text string) change      { return func(p *record.Promise) { p.Title = text } }
func waited(seconds float64) change { return func(p *record.Promise) { p.Elapsed = seconds } }
func diff(text string) change       { return func(p *record.Promise) { p.Diff = text } }

func whys(texts ...string) change { return func(p *record.Promise) { p.PathWhys = texts } }

// The promises of the design's example.
func nginx(version string) []record.Promise {
	return []record.Promise{
		about(5, "package", "nginx", "installed", "is installed"),
		about(6, "package", "nginx", "version", "version satisfies >= 1.22", values(`version(">= 1.22")`, `"`+version+`"`)),
	}
}

func port() record.Promise {
	return about(31, "port", "443", "listening", "is listening", values("true", "false"), broken("tcp listeners are 22, 80"))
}

func key(changes ...change) record.Promise {
	const denied = "permission denied on /etc/ssl/private (the target's become would help)"
	return about(40, "file", "/etc/ssl/private/site.key", "mode", "mode is 0600",
		append([]change{values(`"0600"`, ""), unknown(denied)}, changes...)...)
}

// hostile is text that tries what text can do to a terminal, in a place of its own.
func hostile(where string) string {
	return where + "\x1b[2J\x1b]0;owned\x07\r\n\t\x00\x7f\u0085\u009b31m\u202egnp.exe\u2066\u200b\ufeff\u2028\xff\xc0\x80" +
		"\U000e0041\u3164 %s %d \\d <b>&'\"$(x)`y`"
}

func hostileRun() []record.Event {
	p := record.Promise{
		Path: []string{hostile("path")}, PathWhys: []string{hostile("path why")}, Type: hostile("type"), DisplayName: hostile("noun"),
		Name: hostile("name"), Attribute: hostile("attribute"), Says: hostile("says"), Why: hostile("why"),
		Tags: []string{hostile("tag")}, Expected: hostile("expected"), Found: hostile("found"), Note: hostile("note"),
		Diff: hostile("diff") + "\n" + hostile("+diff"), Reason: hostile("reason"),
		Pos: record.Position{File: hostile("file"), Line: 1, Column: 1}, Elapsed: 1,
	}
	var promises []record.Promise
	for s := record.Kept; s <= record.Broken; s++ {
		p.Status = s
		promises = append(promises, p)
		p.Title, p.Name, p.Why = hostile("title"), fmt.Sprint(s), hostile("another why")
	}
	up := host(hostile("target"))
	up.Target.Backend, up.Target.Host = hostile("backend"), map[string]string{"os.name": hostile("os")}
	lost := promises[record.Unknown]
	ofTarget(&lost)
	return hosts(on(up, promises...), on(down(hostile("down"), hostile("error")), lost))
}

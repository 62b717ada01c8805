package report

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner"
)

// A run is made by hand: a start, then what targets and promises are given, then an end that counts them.
func run(events ...runner.Event) []runner.Event {
	end := &runner.End{Elapsed: 0.6, Complete: true}
	for _, e := range events {
		switch {
		case e.Target != nil:
			end.Targets++
		case e.Promise != nil:
			countOne(end, e.Promise.Status)
		}
	}
	start := &runner.Start{
		Version: "1.0.0", Time: "2026-01-31T12:00:00Z", Targets: end.Targets,
		Files: []runner.File{{Path: "web.spec.hcl", SHA256: strings.Repeat("ab", 32)}},
	}
	all := append([]runner.Event{{Action: runner.ActionStart, Start: start}}, events...)
	return append(all, runner.Event{Action: runner.ActionEnd, End: end})
}

func countOne(end *runner.End, s runner.Status) {
	for status, n := range map[runner.Status]*int{
		runner.Kept: &end.Kept, runner.Broken: &end.Broken, runner.Unknown: &end.Unknown, runner.Skipped: &end.Skipped,
	} {
		if status == s {
			*n++
		}
	}
}

func interrupted(events []runner.Event) []runner.Event {
	events[len(events)-1].End.Complete = false
	return events
}

func host(name string) runner.Event {
	return runner.Event{Action: runner.ActionTarget, Target: &runner.Target{
		Name: name, Address: "deploy@" + name, Backend: "ssh", Host: map[string]string{"os.id": "debian", "os.name": "Debian GNU/Linux 12 (bookworm)"},
	}}
}

func down(name, reason string) runner.Event {
	e := host(name)
	e.Target.Host, e.Target.Error = nil, reason
	return e
}

// lost is a target that told facts of itself before it was gone.
func lost(name, reason string) runner.Event {
	e := host(name)
	e.Target.Error = reason
	return e
}

// on is the promises that follow a target, with its name in them.
func on(target runner.Event, promises ...runner.Promise) []runner.Event {
	events := []runner.Event{target}
	for _, p := range promises {
		p.On = target.Target.Name
		events = append(events, runner.Event{Action: runner.ActionPromise, Promise: &p})
	}
	return events
}

func hosts(lists ...[]runner.Event) []runner.Event {
	var all []runner.Event
	for _, l := range lists {
		all = append(all, l...)
	}
	return run(all...)
}

type change func(*runner.Promise)

func about(line int, kind, name, attribute, says string, changes ...change) runner.Promise {
	p := runner.Promise{
		Path: []string{"web server"}, PathWhys: []string{"Serves the public site."},
		Type: kind, Noun: strings.ToUpper(kind[:1]) + kind[1:], Name: name, Attribute: attribute,
		Says: says, Expected: "true", Found: "true", Tags: []string{},
		Pos: runner.Position{File: "web.spec.hcl", Line: line, Column: 17},
	}
	for _, c := range changes {
		c(&p)
	}
	return p
}

func values(expected, found string) change {
	return func(p *runner.Promise) { p.Expected, p.Found = expected, found }
}

func broken(note string) change {
	return func(p *runner.Promise) { p.Status, p.Note = runner.Broken, note }
}

func unknown(reason string) change {
	return func(p *runner.Promise) { p.Status, p.Found, p.Reason = runner.Unknown, "", reason }
}

func skipped(reason string) change {
	return func(p *runner.Promise) { p.Status, p.Found, p.Reason = runner.Skipped, "", reason }
}

func in(path ...string) change {
	return func(p *runner.Promise) { p.Path, p.PathWhys = path, make([]string, len(path)) }
}

func why(text string) change        { return func(p *runner.Promise) { p.Why = text } }
func title(text string) change      { return func(p *runner.Promise) { p.Title = text } }
func waited(seconds float64) change { return func(p *runner.Promise) { p.Elapsed = seconds } }
func diff(text string) change       { return func(p *runner.Promise) { p.Diff = text } }

func whys(texts ...string) change { return func(p *runner.Promise) { p.PathWhys = texts } }

// The promises of the design's example.
func nginx(version string) []runner.Promise {
	return []runner.Promise{
		about(5, "package", "nginx", "installed", "is installed"),
		about(6, "package", "nginx", "version", "version satisfies >= 1.22", values(`version(">= 1.22")`, `"`+version+`"`)),
	}
}

func port() runner.Promise {
	return about(31, "port", "443", "listening", "is listening", values("true", "false"), broken("tcp listeners are 22, 80"))
}

func key(changes ...change) runner.Promise {
	const denied = "permission denied on /etc/ssl/private (the target's become would help)"
	return about(40, "file", "/etc/ssl/private/site.key", "mode", "mode is 0600",
		append([]change{values(`"0600"`, ""), unknown(denied)}, changes...)...)
}

// hostile is text that tries what text can do to a terminal, in a place of its own.
func hostile(where string) string {
	return where + "\x1b[2J\x1b]0;owned\x07\r\n\t\x00\x7f\u0085\u009b31m\u202egnp.exe\u2066\u200b\ufeff\u2028\xff\xc0\x80" +
		"\U000e0041\u3164 %s %d \\d <b>&'\"$(x)`y`"
}

func hostileRun() []runner.Event {
	p := runner.Promise{
		Path: []string{hostile("path")}, PathWhys: []string{hostile("path why")}, Type: hostile("type"), Noun: hostile("noun"),
		Name: hostile("name"), Attribute: hostile("attribute"), Says: hostile("says"), Why: hostile("why"),
		Tags: []string{hostile("tag")}, Expected: hostile("expected"), Found: hostile("found"), Note: hostile("note"),
		Diff: hostile("diff") + "\n" + hostile("+diff"), Reason: hostile("reason"),
		Pos: runner.Position{File: hostile("file"), Line: 1, Column: 1}, Elapsed: 1,
	}
	var promises []runner.Promise
	for s := runner.Kept; s <= runner.Broken; s++ {
		p.Status = s
		promises = append(promises, p)
		p.Title, p.Name, p.Why = hostile("title"), fmt.Sprint(s), hostile("another why")
	}
	up := host(hostile("target"))
	up.Target.Backend, up.Target.Host = hostile("backend"), map[string]string{"os.name": hostile("os")}
	return hosts(on(up, promises...), on(down(hostile("down"), hostile("error")), promises[runner.Unknown]))
}

package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record"
)

// plainTexts are the formats of this file's tests: one text each, made by New.
var plainTexts = []*Format{Dots, JUnit, TAP, Nagios}

const megabyte = 1 << 20

// runs are the runs that a format for programs has to be right about.
func runs(t testing.TB) map[string][]record.Event {
	t.Helper()
	big := func(c string) string { return strings.Repeat(c, megabyte/len(c)) }
	p := about(1, "file", big("n"), "content", big("é"), values(big("x"), big("one\ntwo\n")), broken(big("\x1b")), diff(big("+a\n")), why(big("w ")), in(big("p")))
	all := map[string][]record.Event{
		"recorded":    recorded(t),
		"empty":       run(),
		"no promises": hosts(on(host("web1"))),
		"hostile":     hostileRun(),
		"interrupted": interrupted(hosts(on(host("web1"), append(nginx("1"), key(unknown("interrupted")))...))),
		"megabyte":    hosts(on(host(big("h")), p, about(2, "user", "a", "exists", "exists", unknown(big("r"))), about(3, "user", "b", "exists", "exists", skipped(big("s"))))),
		"same names":  hosts(on(host("web1"), append(nginx("1"), nginx("2")...)...), on(host("web1"), append(nginx("1"), port(), port())...)),
	}
	for name, c := range golden {
		if len(c.events) < 2000 {
			all[name] = c.events
		}
	}
	return all
}

// TestTextsAreHarmless: no control, no bytes that are no UTF-8, nothing that reorders or hides, and no megabyte.
func TestTextsAreHarmless(t *testing.T) {
	for name, events := range runs(t) {
		for _, f := range plainTexts {
			out := render(t, f, Options{}, events)
			if !utf8.ValidString(out) {
				t.Errorf("%s: %s is no UTF-8", name, f.Name)
			}
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%s: %s has %q", name, f.Name, out[i:min(i+20, len(out))])
			}
			if name == "megabyte" && (len(out) > megabyte/4 || !strings.Contains(out, "bytes)")) {
				t.Errorf("%s of a megabyte is %d bytes, or does not say what it cut", f.Name, len(out))
			}
		}
	}
}

// TestTextsAreTheSameAgain: a report is made of the events and of nothing else.
func TestTextsAreTheSameAgain(t *testing.T) {
	for name, events := range runs(t) {
		for _, f := range plainTexts {
			first := render(t, f, Options{}, events)
			if again := render(t, f, Options{}, events); again != first {
				t.Errorf("%s: %s is different the second time", name, f.Name)
			}
		}
	}
}

// TestTextsShowThatARunIsIncomplete, even one in which everything that was looked at is kept.
func TestTextsShowThatARunIsIncomplete(t *testing.T) {
	events := interrupted(hosts(on(host("web1"), nginx("1")...)))
	for _, f := range plainTexts {
		if out := render(t, f, Options{}, events); !strings.Contains(out, "interrupted: incomplete") {
			t.Errorf("%s says nothing of it:\n%s", f.Name, out)
		}
	}
	if out := render(t, Nagios, Options{}, events); !strings.HasPrefix(out, "AVOW UNKNOWN - ") {
		t.Error(out)
	}
	if root, err := readJUnit(render(t, JUnit, Options{}, events)); err != nil || root.all("system-err") == nil {
		t.Errorf("%v, %v", root, err)
	}
}

// TestTextsOfARunWithoutEnd: what streams tells what there is; what needs the end writes nothing, so that no
// reader takes it for a whole run.
func TestTextsOfARunWithoutEnd(t *testing.T) {
	events := recorded(t)
	events = events[:len(events)-1]
	for _, f := range plainTexts {
		out := render(t, f, Options{}, events)
		switch f {
		case Dots:
			if want := "..✗?✗.–....?✗.–..✗?–??"; out != want {
				t.Errorf("got %q, want %q", out, want)
			}
		case TAP:
			if _, err := readTAP(out); err == nil || err.Error() != "there is no plan" || !strings.Contains(out, "\nnot ok 22 - ") {
				t.Errorf("%v:\n%s", err, out)
			}
		default:
			if out != "" {
				t.Errorf("%s wrote %q", f.Name, out)
			}
		}
	}
}

// TestTextsCountTheSame: the totals of every format are those of the end.
func TestTextsCountTheSame(t *testing.T) {
	for name, events := range runs(t) {
		end := events[len(events)-1].End
		want := [4]int{record.Kept: end.Kept, record.Broken: end.Broken, record.Unknown: end.Unknown, record.Skipped: end.Skipped}
		for format, got := range map[string][4]int{
			"junit": countJUnit(t, events), "tap": countTAP(t, events), "progress": countDots(t, events), "nagios": countNagios(t, events),
		} {
			if got != want {
				t.Errorf("%s: %s counts %v, want %v", name, format, got, want)
			}
		}
	}
}

func countJUnit(t *testing.T, events []record.Event) (n [4]int) {
	root, err := readJUnit(render(t, JUnit, Options{}, events))
	if err != nil {
		t.Fatal(err)
	}
	n[record.Broken], n[record.Unknown], n[record.Skipped] = len(root.all("failure")), len(root.all("error")), len(root.all("skipped"))
	n[record.Kept] = len(root.all("testcase")) - n[record.Broken] - n[record.Unknown] - n[record.Skipped]
	return n
}

func countTAP(t *testing.T, events []record.Event) (n [4]int) {
	doc, err := readTAP(render(t, TAP, Options{}, events))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.points {
		n[p.status()]++
	}
	return n
}

func countDots(t *testing.T, events []record.Event) (n [4]int) {
	marks, _, _ := strings.Cut(render(t, Dots, Options{}, events), "\n\n")
	for s, mark := range map[record.Status]string{record.Kept: ".", record.Broken: "✗", record.Unknown: "?", record.Skipped: "–"} {
		n[s] = strings.Count(marks, mark)
	}
	if len(events) < 4 { // no marks at all
		return [4]int{}
	}
	return n
}

func countNagios(t *testing.T, events []record.Event) (n [4]int) {
	values, err := readNagios(render(t, Nagios, Options{}, events))
	if err != nil {
		t.Fatal(err)
	}
	for s := range n {
		n[s] = int(values[record.Status(s).String()])
	}
	return n
}

// TestTextsHaveTheOrderOfTheSuite: targets one after the other, as they came.
func TestTextsHaveTheOrderOfTheSuite(t *testing.T) {
	for _, f := range []*Format{JUnit, TAP} {
		out := render(t, f, Options{}, recorded(t))
		var found []string
		for _, name := range regexp.MustCompile(`(?m)^[ ]*(?:<testcase classname|(?:not )?ok \d+ - ).*?(web\[web1|web\[web2|edge|db)\b`).FindAllStringSubmatch(out, -1) {
			found = append(found, name[1])
		}
		want := slices.Concat(slices.Repeat([]string{"web[web1"}, 8), slices.Repeat([]string{"web[web2"}, 8), slices.Repeat([]string{"edge"}, 4), []string{"db", "db"})
		if !slices.Equal(found, want) {
			t.Errorf("%s: %v", f.Name, found)
		}
	}
}

// TestTextsSayWhyAHostIsUnreachable: all its promises are unknown, none is anything else.
func TestTextsSayWhyAHostIsUnreachable(t *testing.T) {
	const reason = "ssh db1:22: connection refused"
	events := hosts(on(down("db1", reason), port(), key()))
	for _, e := range events {
		if e.Promise != nil {
			unknown(reason)(e.Promise)
			e.Promise.Cause = record.CauseTarget
		}
	}
	end := events[len(events)-1].End
	*end = record.End{Unknown: 2, Targets: 1, Complete: true}
	for _, f := range plainTexts {
		if out := render(t, f, Options{}, events); !strings.Contains(out, reason) {
			t.Errorf("%s does not say it:\n%s", f.Name, out)
		}
	}
	for format, n := range map[string][4]int{"junit": countJUnit(t, events), "tap": countTAP(t, events)} {
		if n[record.Unknown] != 2 || n[record.Kept]+n[record.Broken]+n[record.Skipped] != 0 {
			t.Errorf("%s counts %v", format, n)
		}
	}
	if out := render(t, Nagios, Options{}, events); strings.Count(out, reason) != 1 || !strings.HasPrefix(out, "AVOW UNKNOWN") {
		t.Error(out)
	}
}

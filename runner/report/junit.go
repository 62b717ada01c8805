package report

import (
	"bufio"
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record"
)

// JUnit is the XML that Jenkins, GitLab and others read as test results, written at the end of the run. A test
// suite is a target and a top-level describe, a test case is a promise: broken is a failure, unknown an error.
// Jenkins shows the target as the package and the describes as the class.
var JUnit = &Format{Name: "junit", Summary: "JUnit XML for CI systems: broken is a failure, unknown an error", New: newJUnit}

// junit is a run as it is gathered, with one suite for each target and top-level describe.
type junit struct {
	run    junitRun
	suites map[string]*junitSuite
	names  map[string]int // how many test cases wanted a class and a name
}

func newJUnit(w io.Writer, _ Options) Report {
	j := &junit{run: junitRun{Name: "avow"}, suites: map[string]*junitSuite{}, names: map[string]int{}}
	out := bufio.NewWriter(w) // it keeps the first error
	return func(e record.Event, run *record.Run) error {
		switch {
		case e.Start != nil:
			if part := caveat(e.Start); part != "" {
				j.run.Name += ", " + part
			}
		case e.Promise != nil:
			j.add(e.Promise, run)
		case e.End != nil:
			return j.run.write(out, e.End)
		}
		return nil
	}
}

func (j *junit) add(p *record.Promise, run *record.Run) {
	name := neutral(p.Target, maxTitle)
	if len(p.Path) > 0 {
		name += ": " + neutral(p.Path[0], maxTitle)
	}
	s := j.suites[name]
	if s == nil {
		s = newSuite(name, p, run)
		j.suites[name], j.run.Suites = s, append(j.run.Suites, s)
	}
	s.add(p, j.unused(p))
	j.run.count(p.Status)
}

// newSuite begins a suite. JUnit's times have no zone: they are UTC.
func newSuite(name string, first *record.Promise, run *record.Run) *junitSuite {
	target := run.Current()
	s := &junitSuite{Name: name, Host: neutral(cmp.Or(target.Host["name"], target.Name), maxTitle)}
	if at, err := time.Parse(time.RFC3339, cmp.Or(target.Begun, run.Start.Time)); err == nil {
		s.At = at.UTC().Format("2006-01-02T15:04:05")
	}
	if run.Start.Scope != nil {
		s.property("partial", caveat(&run.Start))
	}
	s.property("moved", strings.Join(run.Start.Moved, ", "))
	s.property("target", target.Name)
	s.property("address", target.Address)
	s.property("backend", target.Backend)
	s.property("os", target.System())
	for _, key := range slices.Sorted(maps.Keys(target.Identity)) {
		s.property(key, target.Identity[key])
	}
	s.property("error", target.Error)
	if len(first.PathWhys) > 0 {
		s.property("why", first.PathWhys[0])
	}
	return s
}

func (s *junitSuite) property(name, value string) {
	if value != "" {
		s.Properties = append(s.Properties, junitProperty{neutral(name, maxTitle), neutral(value, maxProse)})
	}
}

// unused is the sentence of a promise, with a number where one of its class has it already: GitLab knows test
// cases by class and name, and leaves out the second of two.
func (j *junit) unused(p *record.Promise) string {
	first := sentence(p)
	name, in := first, class(p)+"\n"
	for j.names[in+name] > 0 {
		j.names[in+first]++
		name = first + " (" + thousands(j.names[in+first]) + ")"
	}
	j.names[in+name] = 1
	return name
}

func (s *junitSuite) add(p *record.Promise, name string) {
	c := &junitCase{Class: class(p), Name: name, File: neutral(p.Pos.File, maxTitle), Line: p.Pos.Line, Time: junitTime(max(p.Elapsed, p.Took))}
	c.judge(p)
	s.Cases = append(s.Cases, c)
	s.count(p.Status)
	if p.Status == record.Skipped {
		s.Skipped++
	}
	s.waited += max(p.Elapsed, p.Took)
	s.Time = junitTime(s.waited)
}

// class is the target and the describes. Jenkins takes what is before the last dot for the package, so that
// no dot may be in the titles.
func class(p *record.Promise) string {
	titles := cmp.Or(where(p), "promises")
	return neutral(p.Target, maxTitle) + "." + strings.ReplaceAll(titles, ".", "_")
}

func (c *junitCase) judge(p *record.Promise) {
	switch p.Status {
	case record.Broken:
		c.Failure = &junitProblem{difference(p), p.Status.String(), junitText(evidence(p))}
	case record.Unknown:
		c.Error = &junitProblem{neutral(reasonOf(p), maxLine), p.Status.String(), junitText(evidence(p))}
	case record.Skipped:
		c.Skipped = &junitProblem{Message: bareReason(p)}
	case record.Kept:
		c.Out = junitText(labelled("found", news(p)) + labelled("why", prose(p.Why)))
	}
}

// evidence is all that is to be known of a promise that was not kept, in lines.
func evidence(p *record.Promise) string {
	text := "\n" + labelled("expected", neutralText(p.Expected)) + labelled("found", neutralText(p.Found)) +
		labelled("note", neutralText(p.FullNote())) + labelled("reason", neutralText(p.Reason)) +
		labelled("at", position(p.Pos)) + labelled("why", prose(p.Why))
	if p.Diff != "" {
		text += "diff\n" + neutralText(p.Diff) + "\n"
	}
	for _, s := range streams(p) {
		text += labelled(s.name, neutralText(s.text))
	}
	return text
}

// labelled is a value beside its label, its further lines below; nothing if there is no value.
func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	blanks := strings.Repeat(" ", labelWidth)
	return label + blanks[len(label):] + strings.ReplaceAll(value, "\n", "\n"+blanks) + "\n"
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

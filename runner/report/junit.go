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

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// JUnit is the XML that Jenkins, GitLab and others read as test results, written at the end of the run. A test
// suite is a target and a top-level describe, a test case is a promise: broken is a failure, unknown an error.
// Jenkins shows the target as the package and the describes as the class.
var JUnit = &Format{
	Name:    "junit",
	Summary: "JUnit XML for CI systems: broken is a failure, unknown an error",
	New:     newJUnit,
}

// junit collects a run, with one suite for each target and top-level describe.
type junit struct {
	run    junitRun
	suites map[string]*junitSuite
	names  map[string]int // test cases by class and name
}

func newJUnit(w io.Writer, _ Options) Report {
	j := &junit{run: junitRun{Name: "avow"}, suites: map[string]*junitSuite{}, names: map[string]int{}}
	out := bufio.NewWriter(w) // it keeps the first error
	return func(e record.Event, run *record.Run) error {
		switch {
		case e.Start != nil:
			if part := words.Caveat(e.Start); part != "" {
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
	name := plain.Value(p.Target, words.MaxTitle)
	if len(p.Path) > 0 {
		name += ": " + plain.Value(p.Path[0], words.MaxTitle)
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
	s := &junitSuite{Name: name, Host: plain.Value(cmp.Or(target.Host["name"], target.Name), words.MaxTitle)}
	if at, err := time.Parse(time.RFC3339, cmp.Or(target.Begun, run.Start.Time)); err == nil {
		s.At = at.UTC().Format("2006-01-02T15:04:05")
	}
	if run.Start.Scope != nil {
		s.property("partial", words.Caveat(&run.Start))
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
		s.Properties = append(s.Properties,
			junitProperty{plain.Value(name, words.MaxTitle), plain.Value(value, words.MaxProse)})
	}
}

// unused returns the sentence of a promise, with a number if another one of its class has the same: GitLab identifies
// test cases by class and name, and drops the second of two.
func (j *junit) unused(p *record.Promise) string {
	first := words.Sentence(p)
	name, in := first, class(p)+"\n"
	for j.names[in+name] > 0 {
		j.names[in+first]++
		name = first + " (" + plain.Thousands(j.names[in+first]) + ")"
	}
	j.names[in+name] = 1
	return name
}

func (s *junitSuite) add(p *record.Promise, name string) {
	c := &junitCase{
		Class: class(p), Name: name, File: plain.Value(p.Pos.File, words.MaxTitle), Line: p.Pos.Line,
		Time: junitTime(max(p.Elapsed, p.Took)),
	}
	c.judge(p)
	s.Cases = append(s.Cases, c)
	s.count(p.Status)
	if p.Status == record.Skipped {
		s.Skipped++
	}
	s.waited += max(p.Elapsed, p.Took)
	s.Time = junitTime(s.waited)
}

// class returns the target and the describes. Jenkins splits the package off at the last dot, so titles must not have
// dots.
func class(p *record.Promise) string {
	titles := cmp.Or(words.Where(p), "promises")
	return plain.Value(p.Target, words.MaxTitle) + "." + strings.ReplaceAll(titles, ".", "_")
}

func (c *junitCase) judge(p *record.Promise) {
	switch p.Status {
	case record.Broken:
		c.Failure = &junitProblem{words.Difference(p), p.Status.String(), junitText(evidence(p))}
	case record.Unknown:
		c.Error = &junitProblem{plain.Value(words.ReasonOf(p), words.MaxLine), p.Status.String(), junitText(evidence(p))}
	case record.Skipped:
		c.Skipped = &junitProblem{Message: words.BareReason(p)}
	case record.Kept:
		c.Out = junitText(words.Labelled("found", words.News(p)) + words.Labelled("why", words.Prose(p.Why)))
	}
}

// evidence returns the details of a promise that is not kept, in lines.
func evidence(p *record.Promise) string {
	text := "\n" + words.Labelled("expected", words.NeutralText(p.Expected)) +
		words.Labelled("found", words.NeutralText(p.Found)) +
		words.Labelled("note", words.NeutralText(p.FullNote())) + words.Labelled("reason", words.NeutralText(p.Reason)) +
		words.Labelled("at", words.Position(p.Pos)) + words.Labelled("why", words.Prose(p.Why))
	// Its lines are indented as others are: at the beginning of a line, Buildkite reads --- and +++ as groups of the
	// log.
	text += words.Labelled("diff", words.NeutralText(p.Diff))
	for _, s := range words.Streams(p) {
		text += words.Labelled(s.Name, words.NeutralText(s.Text))
	}
	return text
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
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
	name := p.Target
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
	s := &junitSuite{Name: name, Host: plain.Value(cmp.Or(target.Target.Host["name"], target.Target.Name), words.MaxTitle)}
	if at, err := time.Parse(time.RFC3339, cmp.Or(target.Target.Begun, run.Start.Time)); err == nil {
		s.At = at.UTC().Format("2006-01-02T15:04:05")
	}
	if run.Start.Scope != nil {
		s.property("partial", words.Caveat(&run.Start))
	}
	s.property("moved", strings.Join(run.Start.Moved, ", "))
	s.property("target", target.Target.Name)
	s.property("address", target.Target.Address)
	s.property("backend", target.Target.Backend)
	s.property("os", target.Target.System())
	for _, key := range slices.Sorted(maps.Keys(target.Target.Identity)) {
		s.property(key, target.Target.Identity[key])
	}
	s.property("error", target.Target.Error)
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
	waited := max(p.Elapsed, p.Took)
	c := &junitCase{
		Class: class(p), Name: name, File: plain.Value(p.Pos.File, words.MaxTitle), Line: p.Pos.Line,
		Time: junitTime(waited),
	}
	switch p.Status {
	case record.Broken:
		c.Failure = &junitProblem{words.Difference(p), p.Status.String(), inner(evidence(p))}
	case record.Unknown:
		c.Error = &junitProblem{plain.Value(words.ReasonOf(p), words.MaxLine), p.Status.String(), inner(evidence(p))}
	case record.Skipped:
		c.Skipped = &junitProblem{Message: words.BareReason(p)}
		s.Skipped++
	case record.Kept:
		c.Out = textOf(words.Labelled("found", words.News(p)) + words.Labelled("why", words.Prose(p.Why)))
	}
	s.Cases = append(s.Cases, c)
	s.count(p.Status)
	s.waited += waited
	s.Time = junitTime(s.waited)
}

// class returns the target and the describes. Jenkins splits the package off at the last dot, so titles must not have
// dots.
func class(p *record.Promise) string {
	return p.Target + "." + strings.ReplaceAll(cmp.Or(words.Where(p), "promises"), ".", "_")
}

// evidence returns the details of a promise that is not kept, in lines.
func evidence(p *record.Promise) string {
	list := []words.Stream{
		{Name: "expected", Text: p.Expected},
		{Name: "found", Text: p.Found},
		{Name: "note", Text: p.FullNote()},
		{Name: "reason", Text: p.Reason},
		{Name: "at", Text: words.Position(p.Pos)},
		{Name: "why", Text: words.Prose(p.Why)},
		// Its lines are indented as others are: at the beginning of a line, Buildkite reads --- and +++ as groups of the
		// log.
		{Name: "diff", Text: p.Diff},
	}
	text := "\n"
	for _, s := range append(list, words.Streams(p)...) {
		text += words.Labelled(s.Name, words.NeutralText(s.Text))
	}
	return text
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

// These are the elements of the XML. All strings in them are neutral, so that each character is one that XML has.

// junitCounts are the counts of the whole run and of each suite. Errors are unknown promises.
type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

type junitRun struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Time   string        `xml:"time,attr"`
	Suites []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Skipped    int             `xml:"skipped,attr"` // Jenkins' schema has it here only
	Time       string          `xml:"time,attr"`
	At         string          `xml:"timestamp,attr,omitempty"`
	Host       string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []*junitCase    `xml:"testcase"`
	Remark     *junitText      `xml:"system-err"`

	waited float64 // seconds
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
	Skipped *junitProblem `xml:"skipped"`
	Out     *junitText    `xml:"system-out"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",innerxml"`
}

type junitText struct {
	Text string `xml:",innerxml"`
}

// textOf returns a text as an element, or nil for none.
func textOf(s string) *junitText {
	if s == "" {
		return nil
	}
	return &junitText{inner(s)}
}

// inner escapes a text for XML.
func inner(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder returns no error
	// Line ends stay as they are, for readers of the file itself.
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}

func (c *junitCounts) count(s record.Status) {
	c.Tests++
	switch s {
	case record.Broken:
		c.Failures++
	case record.Unknown:
		c.Errors++
	}
}

// write ends the run and writes it. Its name and every suite mark an incomplete run.
func (r *junitRun) write(w *bufio.Writer, end *record.End) error {
	r.Time = junitTime(end.Elapsed)
	if !end.Complete {
		r.Name += ", interrupted: incomplete"
		for _, s := range r.Suites {
			s.Remark = textOf("interrupted: incomplete\n")
		}
	}
	// w keeps the first error; Flush returns it.
	w.WriteString(xml.Header)
	out := xml.NewEncoder(w)
	out.Indent("", "  ")
	if err := out.Encode(r); err != nil {
		return err
	}
	w.WriteByte('\n')
	return w.Flush()
}

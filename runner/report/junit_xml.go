package report

import (
	"bufio"
	"encoding/xml"

	"github.com/avow-dev/avow/runner/record"
)

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
	Remark     junitText       `xml:"system-err,omitempty"`

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
	Out     junitText     `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string
	Type    string // "" for none
	Text    junitText
}

// junitText is a text whose line ends are kept, for readers of the file itself.
type junitText string

// MarshalXML writes the text in its element.
func (t junitText) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if err := e.EncodeToken(xml.CharData(t)); err != nil {
		return err
	}
	return e.EncodeToken(start.End())
}

// MarshalXML writes the problem as the element that its place names.
func (p junitProblem) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "message"}, Value: p.Message})
	if p.Type != "" {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "type"}, Value: p.Type})
	}
	return p.Text.MarshalXML(e, start)
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
			s.Remark = "interrupted: incomplete\n"
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

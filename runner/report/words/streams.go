// Package words renders the parts of reports as text: promises, verdicts, reasons, names of targets, totals. Everything
// that a terminal shows goes through [Terminal].
package words

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// Stream is what a command printed: its name and its last lines.
type Stream struct{ Name, Text string }

// Streams returns the output of the command of a promise that is not kept, stderr first: programs explain their
// failures there. It leaves out the stream that the promise is about, if that is the actual value already.
func Streams(p *record.Promise) []Stream {
	var list []Stream
	for _, s := range []Stream{{"stderr", p.Stderr}, {"stdout", p.Stdout}} {
		if strings.TrimSpace(s.Text) == "" || p.Attribute == s.Name && p.Found != "" {
			continue
		}
		list = append(list, Stream{s.Name, lastLines(s.Text)})
	}
	return list
}

// lastLines returns the end of a text, without trailing blank lines.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n\r\t "), "\n")
	if left := len(lines) - MaxStreamLines; left > 0 {
		lines = append([]string{"… " + plain.Count(left, "line") + " before"}, lines[left:]...)
	}
	return strings.Join(lines, "\n")
}

// Printed returns the end of the command's output for a single line: "; stderr: no such file"; or "".
func Printed(p *record.Promise) string {
	for _, s := range Streams(p) {
		return "; " + s.Name + ": " + plain.Value(inOneLine(s.Text), MaxTitle)
	}
	return ""
}

// inOneLine joins the last lines of a text that fit into one, three at most: the very last line of programs such as
// `nginx -t` only reports that they failed, and the one before it why.
func inOneLine(text string) string {
	lines := strings.Split(text, "\n")
	joined := lines[len(lines)-1]
	for i := len(lines) - 2; i >= max(0, len(lines)-3); i-- {
		line := strings.TrimSpace(lines[i])
		if Runes(line)+len(" / ")+Runes(joined) > MaxTitle {
			break
		}
		if line != "" {
			joined = line + " / " + joined
		}
	}
	return joined
}

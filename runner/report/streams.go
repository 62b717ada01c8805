package report

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// maxStreamLines are the last lines of a stream that a report for people shows.
const maxStreamLines = 12

// stream is what a command printed: its name and its last lines.
type stream struct{ name, text string }

// streams are what the command of a promise that is not kept printed, stderr first: that is where programs say why
// they failed. The stream that the promise is about is left out where it was found: it is there already.
func streams(p *record.Promise) []stream {
	var list []stream
	for _, s := range []stream{{"stderr", p.Stderr}, {"stdout", p.Stdout}} {
		if strings.TrimSpace(s.text) == "" || p.Attribute == s.name && p.Found != "" {
			continue
		}
		list = append(list, stream{s.name, lastLines(s.text)})
	}
	return list
}

// lastLines are the end of a text, without blank lines behind it.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n\r\t "), "\n")
	if left := len(lines) - maxStreamLines; left > 0 {
		lines = append([]string{"… " + count(left, "line") + " before"}, lines[left:]...)
	}
	return strings.Join(lines, "\n")
}

// printed is the end of what the command printed, where one line has to do: "; stderr: no such file"; or "".
func printed(p *record.Promise) string {
	for _, s := range streams(p) {
		return "; " + s.name + ": " + neutral(inOneLine(s.text), maxTitle)
	}
	return ""
}

// inOneLine joins the last lines of a text that fit into one, three at most: of programs such as `nginx -t` the very last
// line only says that they failed, and the one before it why.
func inOneLine(text string) string {
	lines := strings.Split(text, "\n")
	joined := lines[len(lines)-1]
	for i := len(lines) - 2; i >= max(0, len(lines)-3); i-- {
		line := strings.TrimSpace(lines[i])
		if runes(line)+len(" / ")+runes(joined) > maxTitle {
			break
		}
		if line != "" {
			joined = line + " / " + joined
		}
	}
	return joined
}

package spec

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable escapes bytes that could command a terminal or a CI system; tabs stay.
func Printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return Uncommand(b.String())
}

// PrintableLines does the same for each line of a text.
func PrintableLines(text string) string {
	return eachLine(text, func(line string) string { return UncommandLine(Printable(line)) })
}

// PrintableDiff does it for a unified diff, whose own lines begin with --- and +++.
func PrintableDiff(text string) string { return eachLine(text, Printable) }

func eachLine(text string, printable func(string) string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// commands matches what CI systems take for a command anywhere in the log of a job: `##[...]` (GitHub Actions, Azure
// Pipelines), `##vso[...]` (Azure Pipelines), `##teamcity[...]` (TeamCity), `section_start:TIME:NAME` and
// `section_end:` (GitLab).
var commands = regexp.MustCompile(`(##[A-Za-z]*)(\[)|(section_(?:start|end))(:)`)

// workflow matches what GitHub Actions takes for a command after nothing but blanks: `::name ...::...`. What is between
// may contain more.
var workflow = regexp.MustCompile(`^([\s\p{Zs}]*)::.*::`)

// Uncommand breaks such commands with a backslash: `##vso\[...]`. It changes nothing in its own results.
func Uncommand(text string) string {
	if !strings.Contains(text, "##") && !strings.Contains(text, "::") && !strings.Contains(text, "section_") {
		return text
	}
	if m := workflow.FindStringSubmatch(text); m != nil {
		text = m[1] + `\` + text[len(m[1]):]
	}
	return commands.ReplaceAllString(text, `$1$3\$2$4`)
}

// opening matches what some take for a command at the beginning of a line: `::`, whose end may be in what follows, and
// `---`, `+++`, `~~~` and `^^^` (Buildkite).
var opening = regexp.MustCompile(`^([\s\p{Zs}]*)(::)|^(---|\+\+\+|~~~|\^\^\^)`)

// UncommandLine also puts a backslash before what would be a command at the beginning of the line.
func UncommandLine(line string) string {
	line = Uncommand(line)
	// Most lines begin with none of these characters, and the pattern takes longer.
	if rest := strings.TrimLeft(line, " \t"); rest == "" ||
		rest[0] < utf8.RuneSelf && !strings.Contains(":-+~^", rest[:1]) {
		return line
	}
	return opening.ReplaceAllString(line, `$1\$2$3`)
}

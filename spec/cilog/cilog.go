// Package cilog breaks what CI systems would take for a command in the log of a job, whether a spec or a host printed
// it.
package cilog

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// commands matches what CI systems take for a command anywhere in the log of a job: `##[...]` (GitHub Actions, Azure
// Pipelines), `##vso[...]` (Azure Pipelines), `##teamcity[...]` (TeamCity), `section_start:TIME:NAME` and
// `section_end:` (GitLab).
var commands = regexp.MustCompile(`(##[A-Za-z]*)(\[)|(section_(?:start|end))(:)`)

// workflow matches what GitHub Actions takes for a command after nothing but blanks: `::name ...::...`. What is between
// may contain more.
var workflow = regexp.MustCompile(`^([\s\p{Zs}]*)::.*::`)

// Escape breaks such commands with a backslash: `##vso\[...]`. It changes nothing in its own results.
func Escape(text string) string {
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

// EscapeLine also puts a backslash before what would be a command at the beginning of the line.
func EscapeLine(line string) string {
	line = Escape(line)
	if rest := strings.TrimLeft(line, " \t"); rest == "" ||
		rest[0] < utf8.RuneSelf && !strings.Contains(":-+~^", rest[:1]) {
		return line
	}
	return opening.ReplaceAllString(line, `$1\$2$3`)
}

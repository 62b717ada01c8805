package spec

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/avow-dev/avow/spec/cilog"
)

// Mistakes are all mistakes in a spec. It is an error whose text is for people: each begins `FILE:LINE,COLUMN: error:
// SUMMARY`, followed by the line itself, underlined, and a hint.
type Mistakes struct {
	list    hcl.Diagnostics
	sources map[string][]byte
	private map[string]bool // the sources of which no line is shown
	secrets []string
	masker  *Masker // of the secrets, while the text is made
	more    int     // that are not in the list
}

// maxMistakes is how many are shown; a file that is not HCL at all gives thousands.
const maxMistakes = 1000

// Error returns the whole text, ordered by file and position.
func (m *Mistakes) Error() string {
	m.masker = NewMasker(m.secrets)
	var b strings.Builder
	for _, d := range m.ordered() {
		b.WriteString(m.text(d))
	}
	if m.more > 0 {
		fmt.Fprintf(&b, "and %d more mistakes\n", m.more)
	}
	return m.masker.Mask(b.String())
}

// Len returns how many mistakes there are.
func (m *Mistakes) Len() int { return len(m.list) }

func (m *Mistakes) ordered() hcl.Diagnostics {
	list := slices.Clone(m.list)
	slices.SortStableFunc(list, func(a, b *hcl.Diagnostic) int {
		ra, rb := subject(a), subject(b)
		return cmp.Or(cmp.Compare(ra.Filename, rb.Filename), cmp.Compare(ra.Start.Byte, rb.Start.Byte))
	})
	return slices.CompactFunc(list, func(a, b *hcl.Diagnostic) bool {
		return a.Summary == b.Summary && a.Detail == b.Detail && subject(a) == subject(b)
	})
}

func (m *Mistakes) text(d *hcl.Diagnostic) string {
	r := subject(d)
	var b strings.Builder
	if src := m.sources[r.Filename]; d.Context != nil && r.Start.Byte >= len(src) && len(src) > 0 {
		r = *d.Context // the end of a file shows nothing
	}
	// Secrets are masked first: escapes would hide a secret from the masker.
	head := fmt.Sprintf("error: %s\n", Printable(m.masker.Mask(raw(d.Summary))))
	if r.Filename != "" {
		head = fmt.Sprintf("%s:%d,%d: ", Printable(r.Filename), r.Start.Line, r.Start.Column) + head
	}
	b.WriteString(cilog.EscapeLine(head))
	// A line of a file of variables may be a secret as a whole.
	if !m.private[r.Filename] {
		b.WriteString(m.snippet(m.sources[r.Filename], r))
	}
	for line := range strings.Lines(m.masker.Mask(raw(firstParagraphs(d.Detail)))) {
		fmt.Fprintf(&b, "  %s\n", Printable(strings.TrimRight(line, "\n")))
	}
	return b.String()
}

// firstParagraphs removes what hcl adds when a function panics: a Go stack trace is of no use in a spec.
func firstParagraphs(detail string) string {
	text, _, _ := strings.Cut(detail, "\ngoroutine ")
	return strings.TrimSpace(text)
}

// maxLine is how many bytes of a line are shown; of a longer one, those around the mistake.
const maxLine = 200

// snippet returns the line that a range begins on, underlined.
func (m *Mistakes) snippet(src []byte, r hcl.Range) string {
	if src == nil || r.Start.Byte > len(src) {
		return ""
	}
	begin := bytes.LastIndexByte(src[:r.Start.Byte], '\n') + 1
	line := src[begin:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	line = bytes.TrimRight(line, "\r")
	if len(line) == 0 {
		return ""
	}
	from := min(r.Start.Byte-begin, len(line))
	to := max(from, min(r.End.Byte-begin, len(line)))
	before, under := raw(string(line[:from])), raw(string(line[from:to]))
	// Secrets are masked before the line is cut, since half a secret would not be recognized.
	text, masked := m.masker.mask(before + under + raw(string(line[to:])))
	from, to = inMasked(masked, len(before)), inMasked(masked, len(before)+len(under))
	before, under = text[:from], text[from:max(from, to)]
	if len(text) > maxLine {
		before = before[max(0, len(before)-maxLine/2):]
		under = under[:min(len(under), maxLine/2)]
		text = before + under
	}
	underline := strings.Repeat("^", max(1, utf8.RuneCountInString(Printable(under))))
	return fmt.Sprintf("  %s\n  %s%s\n", Printable(text), blank(before), underline)
}

func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, Printable(s))
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

func mistake(r hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	detail := fmt.Sprintf(format, args...)
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
}

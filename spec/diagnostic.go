package spec

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Mistakes are what is wrong with a spec, all in one go. It is an error whose text is for people: each
// begins `FILE:LINE,COLUMN: error: SUMMARY`, then the line itself underlined, and what to do.
type Mistakes struct {
	list    hcl.Diagnostics
	sources map[string][]byte
	private map[string]bool // of the sources: a line of them may be a secret, and is not shown
	secrets []string
	more    int // that are not in the list
}

// maxMistakes are shown; bytes that are no HCL at all give thousands.
const maxMistakes = 1000

// Error is the whole text, ordered by file and place.
func (m *Mistakes) Error() string {
	var b strings.Builder
	for _, d := range m.ordered() {
		b.WriteString(m.text(d))
	}
	if m.more > 0 {
		fmt.Fprintf(&b, "and %d more mistakes\n", m.more)
	}
	return Mask(b.String(), m.secrets)
}

// Len is how many mistakes there are.
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
	if r.Filename != "" {
		fmt.Fprintf(&b, "%s:%d,%d: ", Printable(r.Filename), r.Start.Line, r.Start.Column)
	}
	fmt.Fprintf(&b, "error: %s\n", Printable(raw(d.Summary)))
	if !m.private[r.Filename] {
		b.WriteString(snippet(m.sources[r.Filename], r))
	}
	for line := range strings.Lines(raw(firstParagraphs(d.Detail))) {
		fmt.Fprintf(&b, "  %s\n", Printable(strings.TrimRight(line, "\n")))
	}
	return b.String()
}

// firstParagraphs leaves out what hcl adds when a function panics: a Go stack trace is of no use in a spec.
func firstParagraphs(detail string) string {
	text, _, _ := strings.Cut(detail, "\ngoroutine ")
	return strings.TrimSpace(text)
}

// maxLine bytes of a line are shown; of a longer one, those around the mistake.
const maxLine = 200

// snippet is the line that a range begins on, underlined.
func snippet(src []byte, r hcl.Range) string {
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
	before := line[:min(r.Start.Byte-begin, len(line))]
	under := line[len(before):max(len(before), min(r.End.Byte-begin, len(line)))]
	if len(line) > maxLine {
		before = before[max(0, len(before)-maxLine/2):]
		under = under[:min(len(under), maxLine/2)]
		line = slices.Concat(before, under)
	}
	shown, lead, marked := raw(string(line)), raw(string(before)), raw(string(under))
	return fmt.Sprintf("  %s\n  %s%s\n", Printable(shown), blank(lead), strings.Repeat("^", max(1, width(marked))))
}

func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, Printable(s))
}

func width(s string) int { return utf8.RuneCountInString(Printable(s)) }

// Printable shows bytes that could command a terminal as escapes; tabs stay.
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
	return b.String()
}

// PrintableLines does the same for each line of a text.
func PrintableLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(Printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// Mask puts "(sensitive)" where a secret stands. Secrets under four bytes are left: they stand everywhere.
func Mask(text string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			text = strings.ReplaceAll(text, secret, "(sensitive)")
		}
	}
	return text
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

func mistake(r hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r}
}

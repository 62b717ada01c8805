package report

import (
	"strings"
	"testing"
)

// TestCutValuesSayTheirRealLength: what escapes add to a value is not counted.
func TestCutValuesSayTheirRealLength(t *testing.T) {
	for found, want := range map[string]string{
		strings.Repeat("\x00", 2000):            "(2,000 bytes)",
		strings.Repeat("\u202e", 300):           "(900 bytes)",
		strings.Repeat("\xff", 12345):           "(12,345 bytes)",
		strings.Repeat("\U000e0041", 20000):     "(80,000 bytes)",
		strings.Repeat("é", 1000):               "(2,000 bytes)",
		strings.Repeat(`C:\new`, 500):           "(3,000 bytes)",
		strings.Repeat(`\u00e9`, 500):           "(3,000 bytes)",
		strings.Repeat("\x00", 9000) + `\x00`:   "(9,004 bytes)",
		strings.Repeat("a\u0085\u009b\x7f", 99): "(594 bytes)",
	} {
		p := about(5, "command", "x", "stdout", `stdout is "a"`, values(`"a"`, found), broken(""))
		for _, f := range []*Format{Doc, GitHub, Markdown, Nagios} {
			events := hosts(on(host("web1"), p))
			if out := render(t, f, Options{}, events); !strings.Contains(strings.ReplaceAll(out, `\(`, "("), strings.TrimSuffix(want, ")")) {
				t.Errorf("%s of %.20q does not say %s:\n%.2000s", f.Name, found, want, out)
			}
			two := hosts(on(host("web1"), p), on(host("web2"), p))
			if out := render(t, f, Options{}, two); !strings.Contains(strings.ReplaceAll(out, `\(`, "("), strings.TrimSuffix(want, ")")) {
				t.Errorf("%s of two hosts, %.20q, does not say %s:\n%.2000s", f.Name, found, want, out)
			}
		}
	}
}

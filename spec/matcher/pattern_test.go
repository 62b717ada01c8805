package matcher

import (
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestPatternsThatPromiseNothing: what matches every text is kept by everything, and the contrary of what matches none.
func TestPatternsThatPromiseNothing(t *testing.T) {
	for _, pattern := range []string{
		``, `.*`, `a*`, `^`, `$`, `^.*`, `.*$`, `(?s).*`, `(?s)^.*$`, `(?s)\A.*\z`, `x?`, `(a|)`, `(.*)`, `(?:a*b*)`, `a{0,3}`, `(?m)^`, `(?m)$`,
		`^(?s:.*)$`, `(|a)+`, `costs $5`, `a^b`, `(?m)a$b`, `USD|costs $5`, `$${HOME}`, `\z.`, `[^\x00-\x{10FFFF}]`,
	} {
		call := "matches(\"" + strings.ReplaceAll(pattern, `\`, `\\`) + "\")"
		for _, c := range []string{call, "not(" + call + ")", "contains(" + call + ")", "has_line(" + call + ")"} {
			if _, diags := evaluate(t, c); !diags.HasErrors() {
				t.Errorf("%s is no mistake", c)
			}
		}
	}
	for _, pattern := range []string{
		`.`, `a`, `^$`, `^a*$`, `(?m)^a*$`, `^.*$`, `\s`, `a|b`, `^[^q]*$`, `a+`, `\$5`, `(?m)^a$\n^b$`, `a$`, `^a`, `(^|:)a($|:)`, `\bfoo\b`,
		`(?i)x*y`, `a$|^b`, `(?m)a$\s*^b`, `^a.*b$`, `^\s*$`, `^(?:a|)$`,
	} {
		call := "matches(\"" + strings.ReplaceAll(pattern, `\`, `\\`) + "\")"
		if _, diags := evaluate(t, call); diags.HasErrors() {
			t.Errorf("%s: %v", call, diags)
		}
	}
}

// TestPatternsOfBytes: RE2 sees U+FFFD for a byte that is no UTF-8, so that no pattern could speak of it.
func TestPatternsOfBytes(t *testing.T) {
	for _, c := range []struct{ pattern, found, want string }{
		{`caf\\xe9`, "caf\xe9", "+"},
		{`caf\\xe9`, "café", "+"},
		{`caf\\x{e9}`, "caf\xe9", "+"},
		{`caf\\351`, "caf\xe9", "+"},
		{`caf[\\xe8-\\xea]`, "caf\xe9", "+"},
		{`caf\\xe9`, "cafe", "-"},
		{`caf\\xe9`, "caf\xe8", "-"},
		{`\\xc3\\xa9`, "café", "+"},
		{`^\\xff\\xfe`, "\xff\xfea\x00", "+"},
		{`\\\\xe9`, `\xe9`, "+"},
		{`\\\\xe9`, "\xe9", "-"},
		{`caf.$`, "caf\xe9", "+"},
		{`é`, "驚", "-"},
	} {
		for _, k := range []*resource.Kind{resource.Text, resource.String} {
			if got := verdict(expectationOf(t, k, `matches("`+c.pattern+`")`).Test(c.found)); got != c.want {
				t.Errorf("%s of %q is %s", c.pattern, c.found, got)
			}
		}
	}
}

// twiceNamed matches the beginning of a mistake that names its matcher twice.
var twiceNamed = regexp.MustCompile(`^[a-z_]+: [a-z_]+\(.*\) fits `)

// TestPartsThatNoValueHas: not(...) of them would be kept by everything.
func TestPartsThatNoValueHas(t *testing.T) {
	lines, keys, sums := resource.ListOf(resource.Line), resource.SetOf(resource.SSHKey), resource.SHA256
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
	}{
		{resource.Text, `has_line("a\r")`},
		{resource.Text, `has_line("a\nb")`},
		{resource.Text, `has_line(contains("a\nb"))`},
		{resource.Text, `has_line(ends_with("\r"))`},
		{resource.Text, `has_line(matches("a\\r$"))`},
		{resource.Text, `has_line(matches("\\r\\z"))`},
		{resource.Text, `has_line(any_of("a\r", "b\r"))`},
		{resource.Text, `has_line(any_of("a\nb", "c\nd"))`},
		{resource.Text, `has_line(matches("a\\nb"))`},
		{lines, `contains(starts_with("a\n"))`},
		{lines, `contains("a\nb")`},
		{lines, `contains(matches("a\nb"))`},
		{keys, `contains(contains("alice@laptop"))`},
		{keys, `contains(ends_with("alice"))`},
		{keys, `contains(matches("alice"))`},
		{keys, `matches("alice$")`},
		{keys, `contains(starts_with("ssh-ed25519 AAAA... alice"))`},
		{sums, `starts_with("xyz")`},
		{resource.MD5, `contains("` + strings.Repeat("0", 33) + `")`},
		{resource.Mode, `starts_with("u=")`},
		{resource.Mode, `matches("^644$")`},
		{resource.Mode, `matches("^[0-7]+$")`},
		{resource.Mode, `has_line("0644")`},
		{resource.Mode, `empty()`},
		{resource.Mode, `has_length(4)`},
		{resource.OneOf("enabled", "disabled"), `has_length(3)`},
		{resource.OneOf("enabled", "disabled"), `contains("Enabl")`},
		{resource.OneOf("enabled", "disabled"), `matches("^[a-z]+$")`},
		{resource.OneOf("enabled", "disabled"), `ends_with("abled")`},
		{resource.OneOf("enabled", "disabled"), `gt(5)`},
		{resource.SetOf(resource.IPAddress), `contains(starts_with("::ffff:"))`},
		{resource.SetOf(resource.IPAddress), `contains(starts_with("[::"))`},
		{resource.SetOf(resource.Capability), `contains(starts_with("cap_bogus"))`},
		{resource.SetOf(resource.Capability), `matches("^net_raw")`},
		{resource.SetOf(resource.FileName), `contains(starts_with("a/"))`},
		{resource.Signal, `contains("USR3")`},
		{resource.Reference, `starts_with("docker.io/")`},
		{resource.Count, `ge(0)`},
		{resource.Count, `lt(0)`},
		{resource.Count, `gt(-1)`},
		{resource.ExitStatus, `le(255)`},
		{resource.ExitStatus, `gt(255)`},
		{resource.ExitStatus, `between(0, 255)`},
		{resource.Elapsed, `ge("0s")`},
		{list, `has_length(ge(0))`},
		{list, `has_length(any_of(1.5, 2))`},
		{list, `not(has_length(not(-1)))`},
		{resource.TableOf(resource.Property, resource.String), `contains("restart")`},
		{resource.TableOf(resource.Property, resource.String), `{ restart = "x" }`},
		{resource.TableOf(resource.Property, resource.String), `{ restart = not("x") }`},
		{resource.TableOf(resource.Variable, resource.String), `{ "A=B" = "x" }`},
	} {
		for _, call := range []string{c.matcher, "not(" + c.matcher + ")", "any_of(" + c.matcher + ", " + c.matcher + ")"} {
			v, diags := evaluate(t, call)
			if diags.HasErrors() {
				continue
			}
			m, err := FromValue(v)
			if err == nil {
				_, err = m.For(c.kind)
			}
			if err == nil {
				t.Errorf("%s of %s is no mistake", call, c.kind.Name)
				continue
			}
			if twice := twiceNamed.FindString(err.Error()); twice != "" {
				t.Errorf("%s names the matcher twice: %v", call, err)
			}
		}
	}
}

// TestPartsInTheirForm: parts and patterns look at what was found as it is, and in the form of its kind.
func TestPartsInTheirForm(t *testing.T) {
	sum := strings.Repeat("ab12", 16)
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.SHA256, `starts_with("AB12")`, sum, "+"},
		{resource.SHA256, `matches("^AB")`, sum, "+"},
		{resource.SHA256, `contains("00")`, sum, "-"},
		{resource.SetOf(resource.IPAddress), `contains(starts_with("FE80:"))`, s("fe80::1"), "+"},
		{resource.SetOf(resource.IPAddress), `contains(starts_with("10."))`, s("10.0.0.1"), "+"},
		{resource.SetOf(resource.SSHKey), `contains(starts_with("ssh-rsa "))`, s("ssh-rsa AAAA"), "+"},
		{resource.SetOf(resource.SSHKey), `matches("^ssh-dss")`, s("ssh-rsa AAAA"), "-"},
		{resource.SetOf(resource.Capability), `matches("^cap_sys_")`, s("cap_sys_admin=ep"), "+"},
		{resource.SetOf(resource.Capability), `contains(ends_with("=ep"))`, s("cap_sys_admin=eip"), "-"},
		{resource.Reference, `ends_with(":latest")`, "nginx", "+"},
		{resource.Reference, `starts_with("nginx")`, "docker.io/library/nginx", "+"},
		{resource.Mode, `starts_with("06")`, "0644", "+"},
		{resource.Mode, `matches("[2367]$")`, "0644", "-"},
		{resource.OneOf("enabled", "disabled"), `starts_with("en")`, "disabled", "-"},
		{resource.Signal, `starts_with("sigrt")`, "KILL", ""},
		{resource.ExitStatus, `lt(300)`, n(5), ""},
		{resource.ExitStatus, `le(254)`, n(255), "-"},
		{resource.Count, `gt(0.5)`, n(1), "+"},
		{resource.Text, `has_line("a\r\n")`, "a\r\nb\n", "+"},
		{resource.Text, `has_line(any_of("a\r\n", "c"))`, "a\r\nb\n", "+"},
		{resource.Text, `has_line("a")`, "a\r\r\nb", "+"},
		{resource.Text, `has_line(matches("a\\rb"))`, "x\na\rb\n", "+"},
		{resource.Text, `has_line(matches("a\\rb"))`, "x\na\nb\n", "-"},
		{resource.Text, `has_line(contains("a\r"))`, "a\rb", "+"},
		{resource.Text, `has_line("a\rb")`, "a\rb\r\n", "+"},
		{resource.Text, `matches("a\r")`, "a\n", "-"},
		{resource.Text, `not(matches("a\r"))`, "a\r\n", "-"},
		{resource.Text, `contains("\r\n")`, "a\r\n", "+"},
	} {
		v, diags := evaluate(t, c.matcher)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", c.matcher, diags)
		}
		m, _ := FromValue(v)
		e, err := m.For(c.kind)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s is no mistake", c.matcher)
		case c.want != "" && err != nil:
			t.Errorf("%s: %v", c.matcher, err)
		case c.want != "" && verdict(e.Test(c.found)) != c.want:
			t.Errorf("%s of %v is not %s", c.matcher, c.found, c.want)
		}
	}
}

// TestDoubtsOfValues: of values that cannot be distinguished, neither a promise nor its contrary is kept.
func TestDoubtsOfValues(t *testing.T) {
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.Owner, `"0"`, "www-data", "?"},
		{resource.Owner, `"33"`, "www-data", "?"},
		{resource.Owner, `"www-data"`, "33", "-"}, // it has no name
		{resource.Owner, `any_of("33", "www-data")`, "www-data", "+"},
		{resource.Runner, `"www-data"`, "33", "?"},
		{resource.Runner, `"root"`, "33", "-"},
		{resource.ContainerUser, `"root"`, "1000:1000", "-"},
		{resource.ContainerUser, `"app"`, "1000", "?"},
		{resource.ContainerUser, `"app:app"`, "app", "?"},
		{resource.Owners, `"nginx"`, "nginx, systemd", "0"},
		{resource.Owners, `"nginx, systemd"`, "nginx", "0"},
		{resource.Programs, `"nginx"`, "nginx, systemd", "0"},
		{resource.Programs, `any_of("nginx, systemd", "nginx")`, "nginx, systemd", "+"},
		{resource.RestartPolicy, `"on-failure"`, "on-failure:5", "0"},
		{resource.Reference, `"nginx"`, "sha256:" + strings.Repeat("a", 64), "?"},
		{resource.Reference, `"nginx:1.27"`, "nginx@sha256:" + strings.Repeat("a", 64), "?"},
		{resource.Reference, `"nginx:1.27"`, "httpd@sha256:" + strings.Repeat("a", 64), "-"},
		{resource.SetOf(resource.Owner), `["33"]`, s("www-data"), "?"},
		{resource.SetOf(resource.Owner), `["33", "root"]`, s("root", "www-data"), "?"},
		{resource.SetOf(resource.Owner), `["33", "root"]`, s("alice", "bob"), "-"},
		{resource.SetOf(resource.Owner), `["carol", "root"]`, s("alice", "bob"), "-"},
		{resource.SetOf(resource.Owner), `["33"]`, s("root", "www-data"), "-"},
		{resource.SetOf(resource.Owner), `contains("33")`, s("www-data"), "?"},
		{resource.ListOf(resource.Owner), `["33", "root"]`, s("www-data", "root"), "?"},
		{resource.ListOf(resource.Owner), `["33", "root"]`, s("www-data", "bob"), "-"},
		{resource.MapOf(resource.Owner), `{ k = "33" }`, m("k", "www-data"), "?"},
		{resource.SetOf(resource.ACLEntry), `contains("u:1000:r")`, s("user:alice:r--"), "?"},
		{resource.SetOf(resource.ACLEntry), `contains("u:1000:r")`, s("user:alice:rw-", "group::r--"), "-"},
		{resource.SetOf(resource.Capability), `["cap_net_raw"]`, s("cap_net_raw=ep"), "+"},
		{resource.SetOf(resource.Capability), `["cap_net_raw", "cap_net_raw=ep"]`, s("cap_net_raw=ep", "cap_net_raw=i"), "+"},
	} {
		for call, want := range map[string]string{c.matcher: c.want, "not(" + c.matcher + ")": map[string]string{"+": "-", "-": "+", "?": "?", "0": "0"}[c.want]} {
			if got := verdict(expectationOf(t, c.kind, call).Test(c.found)); got != want {
				t.Errorf("%s of %v is %s, not %s", call, c.found, got, want)
			}
		}
	}
}

// TestQuotedPattern: a pattern in a sentence is the same expression, has its backslashes once, prints, and ends where
// its quotes do.
func TestQuotedPattern(t *testing.T) {
	for pattern, want := range map[string]string{
		`^\d+\.\d+$`:      `"^\d+\.\d+$"`,
		`C:\\temp`:        `"C:\\temp"`,
		`say="(\w+)"`:     `"say=\"(\w+)\""`,
		`a\"b`:            `"a\"b"`,
		`a\\"b`:           `"a\\\"b"`,
		"a\nb\tc\rd":      `"a\nb\tc\rd"`,
		"a\\\nb":          `"a\nb"`,
		"\x1b31m\u202e":   `"\x{1b}31m\x{202e}"`,
		`\Qa.b"c\d\E\d`:   `"\Qa.b\E\"\Qc\d\E\d"`,
		`\Qx\`:            `"\Qx\"`,
		"\\Q\u202e\\E\"":  `"\Q\E\x{202e}\Q\E\""`,
		`["a-f]\$\{x\}%{`: `"[\"a-f]\$\{x\}%{"`,
	} {
		got := quotedPattern(pattern)
		if got != want {
			t.Errorf("%q: %s, not %s", pattern, got, want)
		}
		before, after := regexp.MustCompile(pattern), regexp.MustCompile(got[1:len(got)-1])
		for _, text := range []string{"1.2", `C:\temp`, `say="x"`, `a"b`, `a\"b`, "a\nb\tc\rd", "a\nb", "\x1b31m", `a.b"c\d5`, `x\`, "\u202e\"", `"${x}%{`} {
			if before.MatchString(text) != after.MatchString(text) {
				t.Errorf("%q is shown as %s, which is another expression for %q", pattern, got, text)
			}
		}
	}
}

package matcher

import (
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func TestVersion(t *testing.T) {
	tests := []struct{ scheme, found, constraint, want string }{
		{"deb", "1.22.1-9", ">= 1.22", "+"},
		{"deb", "1.22.1-9", "= 1.22.1", "+"},
		{"deb", "1.22.1-9", "1.22.1", "+"},
		{"deb", "1.22.1-9", "= 1.22.1-9", "+"},
		{"deb", "1.22.1-9", "= 1.22.1-8", "-"},
		{"deb", "1.22.1-9", "!= 1.22.1", "-"},
		{"deb", "1.22.1-9", "<= 1.22.1", "+"},
		{"deb", "1.22.1-9", "> 1.22.1", "-"},
		{"deb", "1.22.1-9", ">= 1.22, < 1.22.1", "-"},
		{"deb", "2:1.0-1", "> 3.0", "-"},
		{"deb", "2:1.0-1", "< 3.0", "+"},
		{"deb", "2:1.0-1", "> 1:3.0", "+"},
		{"deb", "2:1.0-1", "= 2:1.0", "+"},
		{"deb", "2:1.0-1", "= 1.0-1", "+"},
		{"deb", "1.0-1", ">= 1:0.1", "-"},
		{"deb", "1.10-1", "> 1.9", "+"},
		{"deb", "1.0~rc1-1", ">= 1.0", "-"},
		{"deb", "1.0~rc1-1", "< 1.0", "+"},
		{"deb", "1.2.9-1", "~> 1.2", "+"},
		{"deb", "2.0-1", "~> 1.2", "-"},
		{"deb", "2.0~rc1-1", "~> 1.2", "-"},
		{"deb", "1.1-1", "~> 1.2", "-"},
		{"deb", "1.2.9-1", "~> 1.2.3", "+"},
		{"deb", "1.3-1", "~> 1.2.3", "-"},
		{"deb", "1.22-1", "~> 1.2.3", "-"},
		{"deb", "5.0-1", "~> 1", "+"},
		{"deb", "3:1.2.9-1", "~> 1:1.2", "-"},
		{"deb", "1:1.2.9-1", "~> 1:1.2", "+"},
		{"deb", "1.0-1", "> 1.0^1", "?"},
		{"deb", "", ">= 1", "?"},
		{"rpm", "1.20.1-14.el9", ">= 1.20.1", "+"},
		{"rpm", "1.20.1-14.el9", "= 1.20.1", "+"},
		{"rpm", "1:1.20.1-14.el9", "= 1.20.1-14.el9", "+"},
		{"rpm", "1:1.20.1-14.el9", "> 1.20.1", "-"},
		{"rpm", "1.0~rc1-1", "< 1.0", "+"},
		{"rpm", "(none)", "< 1.0", "?"},
		{"apk", "1.26.2-r0", "= 1.26.2", "+"},
		{"apk", "1.26.2-r0", "< 1.26.2-r1", "+"},
		{"apk", "1.0_rc1-r0", ">= 1.0", "-"},
		{"apk", "1.10-r0", "> 1.9", "+"},
		{"apk", "1.0_foo-r0", "> 0.9", "?"},
		{"", "7.4p1", ">= 7.4", "+"},
		{"", "7.4p1", ">= 7", "+"},
		{"", "7.4p1", "~> 7.4", "+"},
		{"", "1.3.0-rc1", ">= 1.2.0", "+"},
		{"", "1.3.0-rc1", ">= 1.3.0", "-"},
		{"", "v1.2", "= 1.2.0", "+"},
		{"", "1.2", "= v1.2", "+"},
		{"", "1", "~> 1.0.0", "+"},
		{"", "2.0rc1", ">= 2.0", "-"},
		{"", "unknown", ">= 2.0", "?"},
		{"pacman", "1.0-1", ">= 0.9", "?"},
	}
	for _, test := range tests {
		e := expectationOf(t, resource.Version, "version("+strconv.Quote(test.constraint)+")")
		r := e.Test(resource.PackageVersion{Text: test.found, Scheme: test.scheme})
		if got := verdict(r); got != test.want {
			t.Errorf("%s %s: %s is %s, want %s (%s)", test.scheme, test.found, test.constraint, got, test.want, r.Unknown)
		}
	}
	if r := expectationOf(t, resource.Text, `version(">= 12")`).Test("12.5\n"); !r.Kept {
		t.Errorf("a text can be a version: %+v", r)
	}
}

func call1(t *testing.T, name, argument string) *Matcher {
	t.Helper()
	v, err := Functions()[name].Call([]cty.Value{cty.StringVal(argument)})
	if err != nil {
		return nil
	}
	m, err := FromValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// FuzzVersion has the laws that nothing panics and that of a constraint and its contrary exactly one is
// kept, or both are unknown.
func FuzzVersion(f *testing.F) {
	f.Add("1.22.1-9", "1.22")
	f.Add("2:1.0~rc1-1+b1", "1:3.0")
	f.Add("1.26.2_rc1~ab-r0", "1.26.2-r1")
	f.Add("(none)", "7.4p1")
	f.Add("\xff", "99999999999999999999")
	contraries := [][2]string{{">=", "<"}, {"<=", ">"}, {"=", "!="}, {"~>", ""}}
	f.Fuzz(func(t *testing.T, found, wanted string) {
		if strings.ContainsAny(wanted, ",<>=!~ \n\t") {
			return
		}
		for _, scheme := range []string{"", "deb", "rpm", "apk"} {
			version := resource.PackageVersion{Text: found, Scheme: scheme}
			for _, pair := range contraries {
				there, back := judge(t, pair[0]+wanted, version), judge(t, pair[1]+wanted, version)
				if pair[1] != "" && (there == back) != (there == "?" || there == "") {
					t.Errorf("%s %q %s %q: %s and %s", scheme, found, pair[0], wanted, there, back)
				}
			}
		}
	})
}

func judge(t *testing.T, constraint string, found resource.PackageVersion) string {
	t.Helper()
	m := call1(t, "version", constraint)
	if m == nil {
		return ""
	}
	e, err := m.For(resource.Version)
	if err != nil {
		t.Fatal(err)
	}
	return verdict(e.Test(found))
}

// FuzzMatches has the law that patterns and texts of any bytes bring an error or a judgement, for every
// matcher that takes a string and every kind.
func FuzzMatches(f *testing.F) {
	f.Add("^a$", "a\nb")
	f.Add("(", "\xff\xfe")
	f.Add("(?s).*\\pL", "e\u0301")
	f.Add("0644", "0644")
	f.Add("30d", "1e99")
	kinds := []*resource.Kind{
		resource.Bool, resource.Number, resource.String, resource.Text, resource.Mode, resource.ModeLimit,
		resource.Time, resource.Duration, resource.Version, list, set, modes, counts, table, deep,
	}
	f.Fuzz(func(t *testing.T, argument, found string) {
		facts := []any{found, s(found, argument), m(found, argument), resource.PackageVersion{Text: found}, nil, true, n(1)}
		for _, d := range Definitions {
			matcher := call1(t, d.Name, argument)
			if matcher == nil {
				continue
			}
			for _, k := range kinds {
				e, err := matcher.For(k)
				if err != nil {
					continue
				}
				for _, fact := range facts {
					if r := e.Test(fact); r.Kept && r.Unknown != "" {
						t.Errorf("%s of %#v is kept and unknown", e.Text, fact)
					}
				}
			}
		}
	})
}

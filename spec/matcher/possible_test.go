package matcher

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestPossible decides without any kind.
func TestPossible(t *testing.T) {
	const hex, word, any = `[0-9a-f]{4}`, `[a-z]+`, `(?s:.*)`
	for _, c := range []struct {
		grammar, pattern string
		want             bool
	}{
		{hex, `^12`, true},
		{hex, `[A-F]`, false},
		{hex, `(?i)[A-F]`, true},
		{hex, `(?i)K`, false},
		{`k`, "\u212a", false},
		{`k`, "(?i)\u212a", true},
		{`[^a]`, `(?i)a`, true},
		{hex, `^.{5}`, false},
		{hex, `^.{3}$`, false},
		{hex, `^.{4}$`, true},
		{hex, `....`, true},
		{hex, `f$|g`, true},
		{hex, `g|x$`, false},
		{hex, `\bab\b`, false},
		{hex, `\babcd\b`, true},
		{hex, `a\Bb`, true},
		{hex, `^$`, false},
		{hex, `(?m)^$`, false},
		{hex, `\n`, false},
		{hex, `(?m)a$`, true},
		{hex, `\Qab`, true},
		{hex, `\Q.b`, false},
		{word, `^(ab)*$`, true},
		{word, `^[^a-z]`, false},
		{word, `\W`, false},
		{word, `[[:upper:]]`, false},
		{word, `\pL`, true},
		{`a|bc`, `^b$`, false},
		{`a|bc`, `c$`, true},
		{`a|bc`, `ac`, false},
		{`(a|bc)?`, `^$`, true},
		{any, `a\bb`, false},
		{any, `a\Bb`, true},
		{any, `(?m)a$\nb`, true},
		{any, `(?m)a$b`, false},
		{any, `(?m)a$.b`, false},
		{any, `(?ms)a$.b`, true},
		{any, `a$`, true},
		{any, `a$\n`, false},
		{any, `(?m)x^y`, false},
		{any, `(?m)\n^y`, true},
		{any, `\b\B`, false},
		{any, `^\b`, true},
		{any, `\b \b`, true},
		{any, ` \b `, false},
		{any, `\xff`, true},
		{`[^:\n]*`, `a.*:`, false},
		{`[^:\n]*`, `a[:;]`, true},
		{`[^:\n]*`, `a\sb`, true},
		{`[^:\n]*`, `(?m)a$\s`, false},
		{`.{900}`, `^(a|b|c){0,900}d`, true},
		{`[ab]{50}`, `(a.{40}|b.{40})(a|b){11}`, false},
		{`[ab]{500}`, `(a.{400}|b.{400})(a|b){101}`, true}, // by then the walk has ended
	} {
		got, err := possible(c.grammar, c.pattern)
		if got != c.want || err != nil {
			t.Errorf("%s in %s: %t, %v", c.pattern, c.grammar, got, err)
		}
	}
}

// TestWhatNoValueHas is a mistake, and so is its contrary: each would be broken, or kept, by everything.
func TestWhatNoValueHas(t *testing.T) {
	for _, c := range []struct {
		kind     *resource.Kind
		matchers []string
	}{
		{resource.SHA256, []string{
			`matches("^[G-Z]")`, `starts_with("SHA256:")`, `matches("SHA256")`, `has_length(40)`,
			`has_length(64)`, `has_length(gt(64))`, `empty()`, `matches("  -$")`, `contains("-")`, `matches("^[0-9a-f]{40}$")`,
		}},
		{resource.Mode, []string{`matches("^644$")`, `matches("^rw-")`, `matches("8")`, `has_length(3)`, `ends_with("x")`}},
		{resource.ACLEntry, []string{
			`matches("^u:bob")`, `matches("rwX$")`, `matches(":rw$")`, `starts_with("bob:")`,
			`matches("^user:bob:r-x-$")`, `matches("^mask:bob")`, `ends_with("r")`, `matches("(?m)^user:a$")`,
		}},
		{resource.IPAddress, []string{
			`matches("^0:0:0:0")`, `matches("0:0:0:0:0")`, `matches("^\\[")`, `matches("%eth0$")`,
			`matches("/24$")`, `matches("\\.256")`, `matches("^0\\d")`, `matches("::.*::")`, `starts_with(":1")`, `has_length(1)`,
		}},
		{resource.Subnet, []string{`ends_with("/")`, `matches("^[^/]+$")`}},
		{resource.Capability, []string{
			`matches("^NET_RAW")`, `matches("cap_net_raw\\+ep")`, `matches("pe$")`, `matches("^cap_net_raw$")`,
			`matches("cap_bogus")`, `contains(",")`, `has_length(2)`,
		}},
		{resource.ImageID, []string{`starts_with("a")`, `matches("^[0-9a-f]+$")`, `has_length(64)`}},
		{resource.ExposedPort, []string{`matches("^80$")`, `ends_with("/")`}},
		{resource.PublishedPort, []string{`matches("^8080:80")`, `matches(":80$")`}},
		{resource.Label, []string{`matches("^etc_t$")`, `has_length(4)`}},
		{resource.Property, []string{`matches("^restart")`, `contains("_")`}},
		{resource.StopSignal, []string{`matches("^TERM$")`, `starts_with("term")`, `matches("^9$")`}},
		{resource.Digest, []string{`matches("^nginx:1\\.27")`, `matches("@sha256:[A-F]")`, `ends_with("@")`}},
		{resource.Mount, []string{`ends_with(":rw")`, `matches("^/srv$")`}},
		{resource.RestartPolicy, []string{`matches("Always")`, `matches("on-failure:0")`, `matches("on_failure")`}},
		{resource.Version, []string{`starts_with(">= 1")`, `matches("^-")`, `matches(" ")`, `matches("1\\.2@")`, `empty()`}},
		{resource.Owner, []string{
			`matches("^root:root$")`, `matches("^root,")`, `matches("/")`,
			`matches("[:]")`, `empty()`, `starts_with(" ")`,
		}},
		{resource.Member, []string{`matches("a, b")`}},
		{resource.FileName, []string{`matches("[/]")`, `empty()`}},
		{resource.Path, []string{`matches("[\\x00]")`}},
		{resource.OneOf("enabled", "disabled"), []string{`matches("Enabled")`, `matches("^able")`, `starts_with("E")`}},
		{resource.Text, []string{`matches("a\\bb")`, `has_line(matches("a\\bb"))`, `matches("(?m)a$.b")`}},
	} {
		for _, matcher := range c.matchers {
			for _, call := range []string{matcher, "not(" + matcher + ")", "all_of(" + matcher + ")"} {
				if e, err := matcherOf(t, call).For(c.kind); err == nil {
					t.Errorf("%s of %s is no mistake: %s", call, c.kind.Name, e.Phrase)
				}
				for _, k := range []*resource.Kind{resource.SetOf(c.kind), resource.MapOf(resource.ListOf(c.kind))} {
					nested := "contains(" + call + ")"
					if k.Key != nil {
						nested = "{ k = " + nested + " }"
					}
					if _, err := matcherOf(t, nested).For(k); err == nil {
						t.Errorf("%s of %s is no mistake", nested, c.kind.Name)
					}
				}
			}
		}
	}
}

// TestWhatAValueMayHave is judged.
func TestWhatAValueMayHave(t *testing.T) {
	sum := strings.Repeat("ab12", 16)
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.SHA256, `matches("[A-F]")`, sum, "+"},
		{resource.SHA256, `matches("\\QAB")`, sum, "+"},
		{resource.SHA256, `matches("^0|b12$")`, sum, "+"},
		{resource.SHA256, `matches("^.{64}$")`, sum, "+"},
		{resource.SHA256, `matches("^AB")`, "sum: none", "?"},
		{resource.SHA256, `has_length(any_of(40, 64))`, sum, ""},
		{resource.IPAddress, `matches("0:0:0:0")`, "::10:0:0:0", "+"},
		{resource.IPAddress, `matches("^FE80:")`, "fe80::1", "+"},
		{resource.IPAddress, `matches("^::$")`, "::", "+"},
		{resource.IPAddress, `matches("^1:0:2:0:3:0:4:0$")`, "1:0:2:0:3:0:4:0", "+"},
		{resource.Capability, `matches("NET")`, "cap_net_raw=ep", "+"},
		{resource.Capability, `matches("^41=")`, "41=ep", "+"},
		{resource.Capability, `matches("^cap_sys")`, "cap_of_tomorrow=ep", "?"},
		{resource.Capability, `matches("tomorrow|sys")`, "cap_of_tomorrow=ep", "+"},
		{resource.ACLEntry, `matches("^user:bob:")`, "user:alice:rw-", "-"},
		{resource.ACLEntry, `matches("bob")`, "garbage", "?"},
		{resource.Owner, `matches("^0$")`, "0", "+"},
		{resource.Owner, `matches("^www-")`, `DOM\a b@c`, "-"},
		{resource.StopSignal, `empty()`, "", "+"},
		{resource.StopSignal, `matches("RTMIN\\+3$")`, "SIGRTMIN+3", "+"},
		{resource.ImageID, `starts_with("sha256:ab")`, sum, "+"},
		{resource.Version, `matches("^1\\.22")`, deb("1.22-1"), "+"},
		{resource.Version, `matches("^1\\.22")`, deb("no version"), "?"},
		{resource.Reference, `matches("^[^:]+$")`, "nginx", "+"},
		{resource.Owners, `matches(", ")`, "root, www-data", "+"},
		{resource.Path, `matches("^bash$")`, "bash", "+"},
		{resource.Text, `matches("a\\Bb")`, "ab", "+"},
	} {
		e, err := matcherOf(t, c.matcher).For(c.kind)
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.matcher, err)
			}
			continue
		}
		if got := verdict(e.Test(c.found)); got != c.want {
			t.Errorf("%s of %v is %s, not %s", c.matcher, c.found, got, c.want)
		}
	}
}

// FuzzPossible has the law that of a pattern that is not possible no text of the grammar matches. The texts are made
// from the grammars and from the pattern.
func FuzzPossible(f *testing.F) {
	for _, pattern := range []string{
		`^644$`, `(?i)^u:bob`, `\bab\B`, `(?m)^a$\n`, `[^0-9]{4}$`, `^(a|b)*:\s?`, `0:0`, `=e?p$`, `\Q.`,
	} {
		f.Add(pattern, uint64(1))
	}
	grammars := []string{`(?s:.*)`, `[0-9a-f]{4}`, `[^:\n]*`, `[a-z]+\n?([0-9]| )*`}
	for _, k := range grammaticalKinds {
		grammars = append(grammars, k.Grammar)
	}
	f.Fuzz(func(t *testing.T, pattern string, seed uint64) {
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			return
		}
		search, random := regexp.MustCompile(pattern), rand.New(rand.NewPCG(seed, 0))
		for _, grammar := range grammars {
			if ok, err := possible(grammar, pattern); ok || err != nil {
				continue
			}
			whole, _ := syntax.Parse(grammar, syntax.Perl)
			form := regexp.MustCompile(`\A(?:` + grammar + `)\z`)
			for range 20 {
				for _, text := range []string{textOfPattern(whole.Simplify(), random), textOfPattern(parsed.Simplify(), random)} {
					if form.MatchString(text) && search.MatchString(text) {
						t.Errorf("%q of %s matches %q", text, grammar, pattern)
					}
				}
			}
		}
	})
}

var grammaticalKinds = []*resource.Kind{
	resource.SHA256, resource.IPAddress, resource.Subnet, resource.PublishedPort, resource.ACLEntry, resource.Capability,
	resource.Label, resource.Owner, resource.Owners, resource.Mount, resource.StopSignal, resource.Version, resource.Digest,
}

// textOfPattern is a text that the simplified pattern matches, as long as its conditions hold.
func textOfPattern(re *syntax.Regexp, random *rand.Rand) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return ""
		}
		i := 2 * random.IntN(len(re.Rune)/2)
		return string(re.Rune[i] + random.Int32N(min(64, re.Rune[i+1]-re.Rune[i]+1)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string("a0: \xffé\n"[random.IntN(8)])
	case syntax.OpAlternate:
		return textOfPattern(re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		times := map[syntax.Op]int{syntax.OpPlus: 1}[re.Op] + random.IntN(4)
		if re.Op == syntax.OpQuest {
			times = random.IntN(2)
		}
		text := ""
		for range times {
			text += textOfPattern(re.Sub[0], random)
		}
		return text
	}
	text := ""
	for _, sub := range re.Sub {
		text += textOfPattern(sub, random)
	}
	return text
}

// BenchmarkPossible is what a pattern costs when a spec is loaded: one that is possible, one that is not, and one for
// which the walk is ended.
func BenchmarkPossible(b *testing.B) {
	for _, c := range []struct{ name, grammar, pattern string }{
		{"text", `(?s:.*)`, `(?m)^PermitRootLogin\s+no$`},
		{"sum", resource.SHA512.Grammar, `^ab.*cd$`},
		{"never", resource.SHA512.Grammar, `^sha512:[0-9A-F]+$`},
		{"address", resource.IPAddress.Grammar, `^0:0:0:0`},
		{"ended", `[ab]{500}`, `(a.{400}|b.{400})(a|b){101}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := possible(c.grammar, c.pattern); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package spec

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

const pem = "-----BEGIN KEY-----\nc3VwZXJzZWNyZXRrZXltYXRlcmlhbA\nshort\n-----END KEY-----\n"

// TestMaskerHidesEachLineOfASecret: a diff, a quotation or a log has a secret line by line.
func TestMaskerHidesEachLineOfASecret(t *testing.T) {
	m := NewMasker([]string{pem})
	got := m.Mask(" context\n+-----BEGIN KEY-----\n+c3VwZXJzZWNyZXRrZXltYXRlcmlhbA\n+short\n+-----END KEY-----\n")
	if want := " context\n+(sensitive)\n+(sensitive)\n+short\n+(sensitive)\n"; got != want {
		t.Errorf("%q", got)
	}
}

// TestMaskerIsLongestFirst: of two secrets of which one begins the other, the rest of the longer one is not shown,
// whatever their order; nor is what two of them cover together.
func TestMaskerIsLongestFirst(t *testing.T) {
	for _, secrets := range [][]string{{"hunter2", "hunter2-production-key"}, {"hunter2-production-key", "hunter2"}} {
		if got := Mask("token=hunter2-production-key", secrets); got != "token=(sensitive)" {
			t.Errorf("%q", got)
		}
	}
	if got := Mask("x=abcdefgh.", []string{"abcdef", "efgh", "cdef"}); got != "x=(sensitive)." {
		t.Errorf("overlapping: %q", got)
	}
}

// TestMaskerKnowsTrimmedForms: what file() read ends in a line break, and chomp() took it away.
func TestMaskerKnowsTrimmedForms(t *testing.T) {
	for _, secret := range []string{"topsecret\n", "topsecret\r\n", "  topsecret  ", "\ttopsecret"} {
		if got := Mask("pw is topsecret end", []string{secret}); got != "pw is (sensitive) end" {
			t.Errorf("%q: %q", secret, got)
		}
		short := strings.ReplaceAll(secret, "topsecret", "short") // its line is too short to be masked by itself
		if got := Mask("pw is short end", []string{short}); got != "pw is (sensitive) end" {
			t.Errorf("%q: %q", short, got)
		}
	}
}

func TestMaskerKnowsEncodings(t *testing.T) {
	for _, secret := range []string{"s3cr3t \"quoted\" 'it''s' $x <&> ü/+?", "hunter22", pem, "a\\b\tc%d\x1b[31m", "🔑-key-of-ümlaut"} {
		m := NewMasker([]string{secret})
		asJSON, _ := json.Marshal(secret)
		for name, text := range map[string]string{
			"itself": secret, "json": string(asJSON[1 : len(asJSON)-1]), "go": strings.Trim(fmt.Sprintf("%q", secret), `"`),
			"ascii": strings.Trim(fmt.Sprintf("%+q", secret), `"`), "hex": hex.EncodeToString([]byte(secret)),
			"HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))), "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if got := m.Mask("<" + text + ">"); got != "<(sensitive)>" {
				t.Errorf("%s of %q: %q", name, secret, got)
			}
		}
	}
}

// TestMaskerFindsBase64InTheMiddle: `curl -v` prints base64 of "user:password".
func TestMaskerFindsBase64InTheMiddle(t *testing.T) {
	m := NewMasker([]string{"hunter2-production"})
	for _, around := range []string{"", "u", "us", "usr", "user:"} {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
			text := enc.EncodeToString([]byte(around + "hunter2-production" + around))
			got := m.Mask(text)
			left, right, _ := strings.Cut(got, Sensitive)
			if got == text || len(left)+len(right) > len(enc.EncodeToString([]byte(around+around)))+6 {
				t.Errorf("%s shows %s", text, got)
			}
		}
	}
}

// TestMaskerFindsFoldedForms: base64 and others break what they print into lines.
func TestMaskerFindsFoldedForms(t *testing.T) {
	secret := strings.Repeat("the quick brown fox ", 10)
	folded := ""
	for i, c := range base64.StdEncoding.EncodeToString([]byte(secret)) {
		if folded += string(c); i%76 == 75 {
			folded += "\n    "
		}
	}
	if got := NewMasker([]string{secret}).Mask("key: " + folded + "\nend"); got != "key: (sensitive)\nend" {
		t.Errorf("%q", got)
	}
}

// TestMaskerLeavesTheMaskItself: to mask a secret that is a part of the mask would show it, again and again.
func TestMaskerLeavesTheMaskItself(t *testing.T) {
	m := NewMasker([]string{"sensitive", "(sensitive)", "secret"})
	if got := m.Mask("the secret"); got != "the (sensitive)" || m.Mask(got) != got {
		t.Errorf("%q", got)
	}
	if got := (*Masker)(nil).Mask("x"); got != "x" {
		t.Errorf("%q", got)
	}
}

// BenchmarkMasker has a thousand secrets, and a text that often begins like them.
func BenchmarkMasker(b *testing.B) {
	var secrets []string
	for i := range 1000 {
		secrets = append(secrets, fmt.Sprintf("hunter-%d-production key/%d", i*7919, i))
	}
	m, text := NewMasker(secrets), strings.Repeat("what a hunter of secrets prints, line by line\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Mask(text)
	}
}

// TestMaskOfWhatWasCut: the beginning of a secret at the end of a text that was cut there is masked, too.
func TestMaskOfWhatWasCut(t *testing.T) {
	secret := strings.Repeat("k3y/", 40)
	m := NewMasker([]string{secret, "short-secret"})
	for text, want := range map[string]string{
		`it also has "` + secret[:60] + `…", "b"`: `it also has "(sensitive)…", "b"`,
		"a…, x" + secret[:9] + "…":                "a…, x(sensitive)…",
		"short-sec…":                              "(sensitive)…",
		"sho…":                                    "sho…",
		"short-sec":                               "short-sec",
		"short-secs…":                             "short-secs…",
		"…" + secret:                              "…(sensitive)",
		"a … b":                                   "a … b",
	} {
		if got := m.Mask(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

// TestMaskOfManyEllipses: a host that prints nothing else must not hold up the report.
func TestMaskOfManyEllipses(t *testing.T) {
	m := NewMasker([]string{strings.Repeat("a", 4000) + "b"})
	begun := time.Now()
	m.Mask(strings.Repeat("aaaaaaaaaaaaaaaaaaab…", 200_000))
	m.Mask(strings.Repeat("x", 1<<20) + strings.Repeat("…", 1<<20))
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

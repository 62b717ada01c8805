package matcher

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/spec/matcher/document"
	"github.com/avow-dev/avow/spec/resource"
)

// FuzzExtracted has the laws of matchers of documents, for any text: no panic, never a promise and its contrary kept,
// unknown stays unknown, and no verdict takes long.
func FuzzExtracted(f *testing.F) {
	for _, text := range []string{
		sample, "{\"a\": 1}\n{\"a\": [", "a: &a {x: yes}\nb:\n  <<: *a\n", "[a]\nb = 1 ; c\nb = \"x\"\n\\\n", "name,age\n\"a\",30\n",
		`<?xml version="1.0"?><a b="1"><!-- x --><b>x</b><![CDATA[y]]></a>`, "a = 1\n[[b.c]]\nd = [1.5, 2026-01-31]\n", "1.2.3-rc.1\n", "a\nb\n[a]\nx\n[b]\n",
	} {
		f.Add(text)
	}
	var pairs [][2]Expectation
	for _, test := range extracted {
		pairs = append(pairs, pairOf(f, resource.Text, test.matcher))
	}
	for _, test := range moreJudgements {
		if test.kind == resource.Text {
			pairs = append(pairs, pairOf(f, resource.Text, test.matcher))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		begun := time.Now()
		for _, pair := range pairs {
			checkLaws(t, pair, text)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("%q takes %v", text, took)
		}
	})
}

func pairOf(t testing.TB, k *resource.Kind, matcher string) [2]Expectation {
	var pair [2]Expectation
	for i, text := range []string{matcher, "not(" + matcher + ")"} {
		e, err := fuzzed(text, k)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		pair[i] = e
	}
	return pair
}

func checkLaws(t *testing.T, pair [2]Expectation, found any) {
	t.Helper()
	r, contrary := pair[0].Test(found), pair[1].Test(found)
	switch {
	case r.Kept && contrary.Kept:
		t.Errorf("%s of %#v and its contrary are kept", pair[0].Text, found)
	case r.Unknown != "" && (r.Kept || contrary.Kept || contrary.Unknown == "" && contrary.doubt == ""):
		t.Errorf("%s of %#v is unknown, and its contrary is not: %+v", pair[0].Text, found, contrary)
	}
}

// FuzzElements has the laws for lists.
func FuzzElements(f *testing.F) {
	f.Add("a\nb", "a")
	f.Add("10.0.0.1\n::1", "10.0.0.0/8")
	f.Add("1\n2\n1", "1")
	f.Fuzz(func(t *testing.T, text, part string) {
		found := s(strings.Split(text, "\n")...)
		word := resource.QuoteString(part)
		for _, matcher := range []string{
			`every(P)`, `subset_of(P)`, `subset_of(P, gt(5))`, `unique()`, `in_order(P, "b")`, `in_order(gt(5), P)`, `every(cidr("10.0.0.0/8"))`, `contains(semver(">= 1.0"))`,
			`every(ignore_case(P))`, `contains(jq(".a", P))`, `every(newer_than("1h"))`, `every(any_of(P, version("> 1")))`, `contains(cidr(P))`, `contains(semver(P))`, `every(trimmed(P))`, `contains(between_lines(P, P, P))`,
		} {
			matcher = strings.ReplaceAll(matcher, "P", word)
			e, err := fuzzed(matcher, list)
			contrary, notErr := fuzzed("not("+matcher+")", list)
			if (err == nil) != (notErr == nil) {
				t.Errorf("%s: %v, %v", matcher, err, notErr)
			}
			if err == nil && notErr == nil {
				checkLaws(t, [2]Expectation{e, contrary}, found)
			}
		}
	})
}

func fuzzed(expression string, k *resource.Kind) (Expectation, error) {
	v, err := evaluated(expression)
	if err != nil {
		return Expectation{}, err
	}
	m, err := FromValue(v)
	if err != nil {
		return Expectation{}, err
	}
	return m.For(k)
}

// FuzzQuery has the law that an expression is a mistake, or ends.
func FuzzQuery(f *testing.F) {
	for _, expression := range []string{".a", ".a[] | select(.b > 1)", "[.[] as {a: $x} | $x]", "def f: .; f", "//a[@b='1']", "count(//a)", "try error catch .", "{a: [1, {b: .}]} * 2"} {
		f.Add(expression, `{"a": [{"b": 2}]}`)
		f.Add(expression, `<a b="1">x</a>`)
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		begun := time.Now()
		if q, err := document.NewQuery(expression); err == nil {
			readings, _ := document.JSON.Read(text)
			for _, documents := range readings {
				_, _ = q.Run(documents)
			}
		}
		if x, err := document.NewXPath(expression); err == nil {
			_, _ = x.Run(text)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%q of %q takes %v", expression, text, took)
		}
	})
}

// FuzzJSON has the law that what is read as JSON is JSON.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a": [1, true, null, "x"]}`, "1 2", "[1 2]", "[1,]", `{"a" 1}`, `{"a":}`, "[}", `{"a":1 "b":2}`, "nul", `"\u12"`, "]", ","} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		readings, err := document.JSON.Read(text)
		if err != nil {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		for range readings[0] {
			var v any
			if err := decoder.Decode(&v); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
		}
		if decoder.More() {
			t.Errorf("%q has more", text)
		}
	})
}

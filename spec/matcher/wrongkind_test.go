package matcher

import (
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestWhatCannotBeComparedIsUnknown: a text that is no number is neither above 90 nor not above 90, at any depth and in
// both directions. A false "kept" of not(gt(90)) was a disk that is full, or that is not there.
func TestWhatCannotBeComparedIsUnknown(t *testing.T) {
	texts := []string{"", "95%", " 95%\n", "many", "-Inf", "NaN", "1e999999", "90 91", "0x5A"}
	for _, inside := range []string{"gt(90)", "ge(90)", "lt(90)", "le(90)", "between(1, 90)", `version("> 90")`, `any_of(gt(90), lt(80))`, "all_of(gt(1), lt(90))"} {
		for _, text := range texts {
			for _, c := range []struct {
				kind    *resource.Kind
				matcher string
				found   any
			}{
				{resource.String, inside, text},
				{resource.Text, inside, text},
				{resource.Text, "has_line(" + inside + ")", "x" + text},
				{list, "contains(" + inside + ")", s(text, "x")},
				{list, "consists_of(" + inside + ")", s(text)},
				{list, "[" + inside + "]", s(text)},
				{table, "{ k = " + inside + " }", m("k", text)},
				{table, "contains(" + inside + ")", m(text, "v")},
			} {
				if inside == `version("> 90")` && (text == "0x5A" || text == "1e999999") {
					continue // a version it is
				}
				for _, matcher := range []string{c.matcher, "not(" + c.matcher + ")", "not(not(" + c.matcher + "))"} {
					if got := verdict(expectationOf(t, c.kind, matcher).Test(c.found)); got != "?" {
						t.Errorf("%s of %#v is %s", matcher, c.found, got)
					}
				}
			}
		}
	}
}

// TestOneThatIsSureOutweighs what could not be compared, where it is enough.
func TestOneThatIsSureOutweighs(t *testing.T) {
	for _, c := range []struct {
		matcher string
		found   any
		want    string
	}{
		{"contains(gt(90))", s("Use%", "95"), "+"},
		{"not(contains(gt(90)))", s("Use%", "95"), "-"},
		{"not(contains(gt(90)))", s("Use%", "50"), "?"},
		{"not(contains(gt(90)))", s("50"), "+"},
		{`contains(all_of("a", gt(90)))`, s("b"), "-"},
		{`contains(any_of("b", gt(90)))`, s("b"), "+"},
	} {
		if got := verdict(expectationOf(t, list, c.matcher).Test(c.found)); got != c.want {
			t.Errorf("%s of %v is %s, not %s", c.matcher, c.found, got, c.want)
		}
	}
}

// TestReasonsHoldNoTextThatWasFound: a text may be a secret, and reasons are not masked with it.
func TestReasonsHoldNoTextThatWasFound(t *testing.T) {
	for _, matcher := range []string{"gt(9)", `version(">= 2")`, "has_line(gt(9))", `has_line(version("> 1"))`} {
		r := expectationOf(t, resource.Text, matcher).Test("hunter two")
		if r.Unknown == "" || len(r.Unknown) > 60 {
			t.Errorf("%s: %+v", matcher, r)
		}
	}
}

// TestAMillionLinesMakeOneReason: what is in doubt is not collected for each line.
func TestAMillionLinesMakeOneReason(t *testing.T) {
	text := make([]byte, 2_000_000)
	for i := range text {
		text[i] = "x\n"[i%2]
	}
	e := expectationOf(t, resource.Text, "not(has_line(gt(90)))")
	if got := testing.AllocsPerRun(1, func() { e.Test(string(text[:200])) }); got > 2000 {
		t.Errorf("%v allocations", got)
	}
	if r := e.Test(string(text)); len(r.Unknown) > 100 || r.Unknown == "" {
		t.Errorf("%+v", r)
	}
}

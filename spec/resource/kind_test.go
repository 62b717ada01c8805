package resource

import (
	"math/big"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// TestRead holds each kind to what it takes and refuses.
func TestRead(t *testing.T) {
	null := cty.NullVal(cty.List(cty.String))
	for _, c := range []struct {
		kind *Kind
		in   cty.Value
		want string // quoted; "" for an error
	}{
		{Mode, cty.StringVal("644"), `"0644"`},
		{Mode, cty.StringVal("0644"), `"0644"`},
		{Mode, cty.StringVal("u=rw,go=r"), `"0644"`},
		{Mode, cty.StringVal("u=rwxs,g=rx,o=t"), `"5750"`},
		{Mode, cty.NumberIntVal(644), ""},
		{Mode, cty.StringVal("888"), ""},
		{Mode, cty.StringVal("17777"), ""},
		{Mode, cty.StringVal("u+r"), ""},
		{Version, cty.StringVal("1.22.1-9"), `"1.22.1-9"`},
		{Version, cty.StringVal(">= 1.22"), ""},
		{Version, cty.StringVal("~> 1"), ""},
		{Version, cty.NumberFloatVal(1.1), ""},
		{Duration, cty.StringVal("90s"), `"1m30s"`},
		{Duration, cty.StringVal("30d"), `"720h0m0s"`},
		{Duration, cty.StringVal("99999999999d"), ""},
		{Duration, cty.NumberIntVal(90), ""},
		{Time, cty.StringVal("2026-01-31T12:00:00+01:00"), `"2026-01-31T11:00:00Z"`},
		{Time, cty.StringVal("yesterday"), ""},
		{Number, cty.StringVal("12"), "12"},
		{Number, cty.True, ""},
		{Bool, cty.StringVal("true"), ""},
		{String, cty.NumberIntVal(5), `"5"`},
		{String, cty.StringVal("${x} \n"), `"$${x} \n"`},
		{ListOf(String), null, ""},
		{ListOf(String), cty.StringVal("a"), ""},
		{ListOf(Mode), cty.TupleVal([]cty.Value{cty.StringVal("1")}), `["0001"]`},
		{ListOf(String), cty.TupleVal([]cty.Value{null}), ""},
		{MapOf(String), cty.NullVal(cty.Map(cty.String)), ""},
		{MapOf(String), cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("b")}), `{ a = "b" }`},
		{OneOf("a", "b"), cty.StringVal("c"), ""},
	} {
		value, err := c.kind.Read(c.in)
		if (err == nil) != (c.want != "") {
			t.Errorf("%s of %#v: %v, %v", c.kind.Name, c.in, value, err)
		} else if err == nil && c.kind.Quote(value) != c.want {
			t.Errorf("%s of %#v: %s, not %s", c.kind.Name, c.in, c.kind.Quote(value), c.want)
		}
	}
}

func TestSame(t *testing.T) {
	list := func(s ...string) []any { return Strings(s) }
	for _, c := range []struct {
		kind            *Kind
		found, expected any
		want            bool
	}{
		{ListOf(String), list("a", "b"), list("b", "a"), false},
		{SetOf(String), list("a", "b"), list("b", "a"), true},
		{SetOf(String), list("a", "a"), list("a"), false},
		{SetOf(String), list("a", "b"), list("a", "a"), false},
		{MapOf(String), map[string]any{"a": "1", "b": "2"}, map[string]any{"a": "1"}, true},
		{MapOf(String), map[string]any{"a": "1"}, map[string]any{"b": "1"}, false},
		{ModeLimit, "0640", "0644", true},
		{ModeLimit, "0660", "0644", false},
		{ModeLimit, "4644", "0644", false},
		{Number, Int(5), Int(5), true},
		{Time, time.Unix(5, 0), time.Unix(5, 0).UTC(), true},
	} {
		if got := c.kind.Same(c.found, c.expected); got != c.want {
			t.Errorf("%v and %v: %t", c.found, c.expected, got)
		}
	}
}

func TestHugeNumbersPrintQuickly(t *testing.T) {
	if n, err := ParseNumber("1e9999999"); err == nil {
		t.Errorf("read as %v", n.Prec())
	}
	n := new(big.Float).SetMantExp(big.NewFloat(1), 1<<25)
	if text := Number.Text(n); len(text) > 100 {
		t.Errorf("%d bytes", len(text))
	}
}

package matcher

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// longest is how many characters of a literal a phrase shows. Text has all of them.
const longest = 60

func call(name string, args []string) string { return name + "(" + strings.Join(args, ", ") + ")" }

func each[T, U any](list []T, of func(T) U) []U {
	out := make([]U, len(list))
	for i, e := range list {
		out[i] = of(e)
	}
	return out
}

func textOf(e Expectation) string { return e.Text }

func object[T any](values map[string]T, text func(T) string) string {
	if len(values) == 0 {
		return "{}"
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, quoteKey(key)+" = "+text(values[key]))
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func quoteKey(key string) string {
	if identifier.MatchString(key) {
		return key
	}
	return resource.QuoteString(key)
}

// textOfLiteral formats a literal whose kind is not known.
func textOfLiteral(v cty.Value) string {
	t := v.Type()
	switch {
	case t == cty.String:
		return resource.QuoteString(v.AsString())
	case t == cty.Number:
		return resource.Number.Quote(v.AsBigFloat())
	case t == cty.Bool:
		return resource.Bool.Quote(v.True())
	case t.IsObjectType() || t.IsMapType():
		return object(v.AsValueMap(), textOfLiteral)
	}
	return "[" + strings.Join(each(v.AsValueSlice(), textOfLiteral), ", ") + "]"
}

// wordOf formats a value in a phrase: without quotes if it is one plain word.
func wordOf(k *resource.Kind, value any) string {
	if k.Elem != nil {
		if text := k.Quote(value); text != "[]" {
			return shorten(text)
		}
		return "empty"
	}
	if text := k.Text(value); isPlain(text) {
		return text
	}
	return quoted(k.Text(value))
}

func isPlain(s string) bool {
	return s != "" && s == strings.TrimSpace(s) && utf8.RuneCountInString(s) <= longest &&
		strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) < 0
}

// quoted formats a string in a phrase, in quotes.
func quoted(s string) string { return resource.QuoteString(shorten(s)) }

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest]) + "…"
}

// kindOf returns the name of a kind in a sentence: "a mode".
func kindOf(k *resource.Kind) string {
	name, _, _ := strings.Cut(k.Name, " such as")
	name, _, _ = strings.Cut(name, ", each element")
	return name
}

// references returns the strings in a value, and of its maps the keys alone.
func references(value any) []string {
	var names []string
	switch v := value.(type) {
	case string:
		names = append(names, v)
	case resource.PackageVersion:
		names = append(names, v.Text)
	case []any:
		for _, e := range v {
			names = append(names, references(e)...)
		}
	case map[string]any:
		names = append(names, slices.Collect(maps.Keys(v))...)
	}
	return names
}

func referencesOf(list []Expectation) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.References...)
	}
	return names
}

// notes joins the notes of several results, each once.
func notes(list []string) string {
	var out []string
	for _, note := range list {
		if note != "" && !slices.Contains(out, note) {
			out = append(out, note)
		}
	}
	return strings.Join(out, "; ")
}

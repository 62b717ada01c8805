package resource

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Quote formats a value as a spec would write it.
func (k *Kind) Quote(v any) string {
	if k.Shape == Anything {
		return quoteJSON(v)
	}
	switch v := v.(type) {
	case []any:
		return "[" + joined(v, k.Elem.Quote) + "]"
	case map[string]any:
		return quoteMap(k.Elem, v)
	}
	if base := k.Base(); base == Bool || base == Number {
		return k.Text(v)
	}
	return QuoteString(k.Text(v))
}

// QuoteString formats a string as a literal of the language: `${` and `%{` are doubled, line breaks and bytes that do
// not print are escaped.
func QuoteString(s string) string {
	q := strconv.Quote(s)
	// HCL would take these for the begin of an interpolation or of a directive.
	q = strings.ReplaceAll(q, "${", "$${")
	return strings.ReplaceAll(q, "%{", "%%{")
}

func joined(list []any, text func(any) string) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = text(e)
	}
	return strings.Join(texts, ", ")
}

func quoteMap(elem *Kind, values map[string]any) string {
	if len(values) == 0 {
		return "{}"
	}
	pairs := make([]string, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, key+" = "+elem.Quote(values[key]))
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}

func textOfList(elem *Kind) func(any) string {
	return func(v any) string { return joined(v.([]any), elem.Text) }
}

func textOfMap(elem *Kind) func(any) string {
	return func(v any) string { return quoteMap(elem, v.(map[string]any)) }
}

func sameList(elem *Kind) func(found, expected any) bool {
	return func(found, expected any) bool {
		return slices.EqualFunc(found.([]any), expected.([]any), elem.Same)
	}
}

// sameSet pairs every expected element with one found; equal elements are interchangeable, so the first
// free one will do.
func sameSet(elem *Kind) func(found, expected any) bool {
	return func(found, expected any) bool {
		rest := slices.Clone(found.([]any))
		for _, e := range expected.([]any) {
			i := slices.IndexFunc(rest, func(f any) bool { return elem.Same(f, e) })
			if i < 0 {
				return false
			}
			rest = slices.Delete(rest, i, i+1)
		}
		return len(rest) == 0
	}
}

func sameKeys(elem *Kind) func(found, expected any) bool {
	return func(found, expected any) bool {
		have := found.(map[string]any)
		for key, e := range expected.(map[string]any) {
			if value, ok := have[key]; !ok || !elem.Same(value, e) {
				return false
			}
		}
		return true
	}
}

// SortedSet is the list in order, without doubles.
func SortedSet(list []string) []string { slices.Sort(list); return slices.Compact(list) }

package resource

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// JSON is the kind of what a document holds: its type is known only when it was found. A value is a string, a bool, a
// *big.Float, nil for null, a []any or a map[string]any. A number is compared as a number, a string as a string.
var JSON = &Kind{
	Name: "a value of any type", Shape: Anything, Read: readJSON, Text: textOfJSON,
	Equal: func(found, expected any) bool { return sameJSON(found, expected, false) },
}

// Untyped is JSON from a format without types, such as INI, in which every value is written as text: a text is equal to
// the number or the bool that it spells.
var Untyped = &Kind{
	Name: "a value of any type", Shape: Anything, Read: readJSON, Text: textOfJSON,
	Equal: func(found, expected any) bool { return sameJSON(found, expected, true) },
}

// isJSON reports whether a value, at any depth, has a Go type that JSON has.
func isJSON(value any) bool {
	switch v := value.(type) {
	case nil, bool, string:
		return true
	case *big.Float:
		return v != nil
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !isJSON(e) })
	case map[string]any:
		for _, e := range v {
			if !isJSON(e) {
				return false
			}
		}
		return true
	}
	return false
}

// JSONType names the type of a value, with its article: "a number".
func JSONType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case *big.Float:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "a list"
	}
	return "a map"
}

func readJSON(v cty.Value) (any, error) {
	elem := &Kind{Read: readJSON}
	switch t := v.Type(); {
	case v.IsNull():
		return nil, errors.New("null is not a value here")
	case t == cty.String:
		return v.AsString(), nil
	case t == cty.Bool:
		return v.True(), nil
	case t == cty.Number:
		return v.AsBigFloat(), nil
	case t.IsObjectType() || t.IsMapType():
		return readMap(String, elem)(v)
	case v.CanIterateElements():
		return readList(elem)(v)
	}
	return nil, fmt.Errorf("expected a string, a number, true or false, a list or a map, not %s",
		v.Type().FriendlyName())
}

// textOfJSON formats a string without quotes, and all else as a spec would write it.
func textOfJSON(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return quoteJSON(v)
}

func quoteJSON(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case *big.Float:
		return textOfNumber(v)
	case string:
		return QuoteString(v)
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			list[i] = quoteJSON(e)
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		pairs := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, QuoteString(key)+" = "+quoteJSON(v[key]))
		}
		if len(pairs) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	}
	return fmt.Sprint(value)
}

// sameJSON compares two values at any depth. Of a map, all keys count.
func sameJSON(found, expected any, spelled bool) bool {
	same := func(a, b any) bool { return sameJSON(a, b, spelled) }
	switch f := found.(type) {
	case nil:
		return expected == nil
	case *big.Float:
		if e, ok := expected.(*big.Float); ok {
			return f.Cmp(e) == 0
		}
	case []any:
		e, ok := expected.([]any)
		return ok && slices.EqualFunc(f, e, same)
	case map[string]any:
		e, ok := expected.(map[string]any)
		return ok && maps.EqualFunc(f, e, same)
	default:
		if found == expected {
			return true
		}
	}
	return spelled && isScalar(expected) && sameSpelling(found, expected)
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, *big.Float:
		return true
	}
	return false
}

// sameSpelling reports whether two values of different types are written alike: "80" and 80, but also "080" and 80.
func sameSpelling(found, expected any) bool {
	if textOfJSON(found) == textOfJSON(expected) {
		return true
	}
	text, isText := found.(string)
	number, isNumber := expected.(*big.Float)
	if !isText || !isNumber {
		return false
	}
	n, err := ParseNumber(text)
	return err == nil && n.Cmp(number) == 0
}

// Spells reports whether two scalars of different types are written alike, so that one was probably meant for the
// other.
func Spells(found, expected any) bool {
	return isScalar(found) && isScalar(expected) && JSONType(found) != JSONType(expected) &&
		(sameSpelling(found, expected) || sameSpelling(expected, found))
}

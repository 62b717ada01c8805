package resource

import (
	"math/big"
	"slices"
	"time"
)

// Shape is the Go type that the values of a kind have.
type Shape int

const (
	Texts     Shape = iota // string, or [Called]
	Bools                  // bool
	Numbers                // *big.Float
	Times                  // time.Time
	Durations              // time.Duration
	Versions               // [PackageVersion]
	Lists                  // []any
	Maps                   // map[string]any
	Anything               // any of [JSON]
)

// Fits reports whether a value has the shape of the kind, and its elements that of theirs.
func (k *Kind) Fits(value any) bool {
	if k.Shape == Anything {
		return isJSON(value)
	}
	switch v := value.(type) {
	case string, Called:
		return k.Base().Shape == Texts
	case bool:
		return k.Base().Shape == Bools
	case *big.Float:
		return k.Base().Shape == Numbers && v != nil
	case time.Time:
		return k.Base().Shape == Times
	case time.Duration:
		return k.Base().Shape == Durations
	case PackageVersion:
		return k.Base().Shape == Versions
	case []any:
		return k.Shape == Lists && !slices.ContainsFunc(v, func(e any) bool { return !k.Elem.Fits(e) })
	case map[string]any:
		for _, e := range v {
			if k.Shape != Maps || !k.Elem.Fits(e) {
				return false
			}
		}
		return k.Shape == Maps
	}
	return false
}

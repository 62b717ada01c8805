package spec

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/avow-dev/avow/spec/resource"
)

// unitFunctions are the functions that give the number that a text with a unit stands for.
var unitFunctions = map[string]function.Function{
	"bytes":   ofUnit(readBytes),
	"percent": ofUnit(readPercent),
}

func ofUnit(read func(string) (*big.Float, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := read(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.NumberVal(n), nil
		},
	})
}

var quantity = regexp.MustCompile(`^([0-9]{1,30}(?:\.[0-9]{1,30})?) ?([A-Za-z]*|%)$`)

// units are the numbers of bytes that a unit stands for: powers of 1000 and of 1024.
var units = map[string]int64{
	"B":  1,
	"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50,
}

// readBytes reads a number of bytes. A unit that means 1000 to some programs and 1024 to others is a mistake.
func readBytes(s string) (*big.Float, error) {
	form := quantity.FindStringSubmatch(s)
	if form == nil || form[2] == "%" {
		return nil, fmt.Errorf(`%q is not a number of bytes; write "512MiB", or "10GB"`, s)
	}
	unit, known := units[form[2]]
	switch prefix := strings.ToUpper(form[2]); {
	case known:
	case prefix == "":
		return nil, fmt.Errorf(`%q has no unit; write "%sB", or the number without bytes(...)`, s, s)
	case strings.Contains("KMGTP", prefix[:1]):
		small, large := prefix[:1]+"B", prefix[:1]+"iB"
		if prefix[0] == 'K' {
			small = "kB"
		}
		return nil, fmt.Errorf("%q can mean two things: %s is %d bytes, and %s is %d",
			s, small, units[small], large, units[large])
	default:
		return nil, fmt.Errorf("%q has a unit that is not known; write B, kB, KiB, MB, MiB, GB, GiB, TB or TiB", s)
	}
	n, err := resource.ParseNumber(form[1])
	if err != nil {
		return nil, err
	}
	// As a fraction, since 0.1 has no exact value in binary: 0.1kB is 100 bytes.
	exact, ok := new(big.Rat).SetString(form[1])
	if !ok || !exact.Mul(exact, new(big.Rat).SetInt64(unit)).IsInt() {
		return nil, fmt.Errorf("%q is not a whole number of bytes", s)
	}
	return n.SetInt(exact.Num()), nil
}

// readPercent reads a percentage: of 80%, the number is 80.
func readPercent(s string) (*big.Float, error) {
	form := quantity.FindStringSubmatch(s)
	if form == nil || form[2] != "%" {
		return nil, errors.New(`expected a percentage such as "80%"`)
	}
	return resource.ParseNumber(form[1])
}

package resource

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/zclconf/go-cty/cty"
)

// The whole numbers, by what they can be.
var (
	// Count is how many, or how much, there is of something.
	Count = wholeNumber("a non-negative integer", Int(0), Int(math.MaxInt64))
	// Whole is a whole number that can be below zero.
	Whole = wholeNumber("an integer", Int(math.MinInt64), Int(math.MaxInt64))
	// ID is the number of a user or a group.
	ID = wholeNumber("a number from 0 to 4294967295", Int(0), Int(1<<32-1))
	// ProcessID is the number of a process, of which Linux gives no more.
	ProcessID = wholeNumber("a number from 1 to 4194304", Int(1), Int(1<<22))
	// ExitStatus is how a command ends.
	ExitStatus = wholeNumber("a whole number from 0 to 255", Int(0), Int(255))
)

func wholeNumber(name string, low, high *big.Float) *Kind {
	k := &Kind{Name: name, Of: Number, Text: textOfNumber, Order: orderNumbers, Equal: sameNumber, Low: low, High: high}
	k.Read = func(v cty.Value) (any, error) {
		n, err := readNumber(v)
		if err != nil {
			return nil, err
		}
		// What is out of range is equal to nothing, and not(...) of it would always be kept.
		if f := n.(*big.Float); f.IsInf() || !f.IsInt() || f.Cmp(low) < 0 || f.Cmp(high) > 0 {
			return nil, fmt.Errorf("%s is not %s", textOfNumber(f), name)
		}
		return n, nil
	}
	k.Bound = func(v cty.Value) (any, error) {
		n, err := readNumber(v)
		if err == nil && n.(*big.Float).IsInf() {
			err = errors.New("infinity cannot be compared")
		}
		return n, err
	}
	return k
}

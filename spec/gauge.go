package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
)

// A spec of a few lines can require more memory than there is: a local that is twice another one, thirty times. So
// whatever an expression makes is measured, at every step (guard.go), and these are the limits. Values share their
// parts, so a value that is small in memory can be large to walk: what counts is its size as a tree.
const (
	maxElements = 1 << 18   // of one value, at all depths
	maxText     = 16 << 20  // bytes of all texts in one value
	maxDepth    = 250       // of one value
	maxForEach  = 10_000    // instances of one block
	maxBlocks   = 100_000   // resource blocks and describes of a suite, for_each counted
	maxTargets  = 100_000   // targets of a suite, every host counted
	allElements = 2 << 20   // that all expressions of a suite make, or those that are evaluated for one host
	allText     = 256 << 20 // bytes that they make
	allWork     = 32 << 20  // steps that they take
	maxDigits   = 4096      // of a number in a text: to read it takes time with the square of them
	maxExponent = 4096      // of a number, binary
)

// gauge measures the expressions of a suite before contact, or those of one host. It is used by one goroutine.
type gauge struct {
	elements, text, work int
	blocks               int
	over                 *hcl.Diagnostic // why evaluation stopped
	reported             bool            // over was reported
	secrets              []string
	known                map[string]bool
}

func newGauge() *gauge { return &gauge{known: map[string]bool{}} }

// step counts one step; its diagnostic is why it cannot be taken.
func (g *gauge) step(r hcl.Range) *hcl.Diagnostic {
	g.work++
	return g.checked(r)
}

// checked reports that the sums are too large, once for all.
func (g *gauge) checked(r hcl.Range) *hcl.Diagnostic {
	if g.over == nil && (g.work > allWork || g.elements > allElements || g.text > allText) {
		g.over = mistake(r, "Too much to evaluate", "All expressions together make more than %d values, or %d MiB of text, "+
			"or take too many steps. Loops in loops multiply.", allElements, allText>>20)
	}
	return g.over
}

// steps counts several steps; its error is that they are too many.
func (g *gauge) steps(n int) error {
	if g.work += n; g.work > allWork {
		return errTooManySteps
	}
	return nil
}

// measure counts a value: one that was made or whose text is copied or, if not made, one that is there already.
func (g *gauge) measure(v cty.Value, r hcl.Range, made bool) *hcl.Diagnostic {
	var x extent
	x.add(v, 0)
	g.work += x.elements + x.sorted + x.text/256 + x.digits*x.digits/64
	if made {
		g.elements += x.elements
		g.text += x.text
	}
	if x.over != "" {
		return mistake(r, "Too large a value", "%s.", upper(x.over))
	}
	return g.checked(r)
}

// addValues records the secrets in a value.
func (g *gauge) addValues(v cty.Value) {
	if !v.ContainsMarked() {
		return
	}
	// What an expression makes of a secret is one, too.
	for _, e := range cty.DeepValues(v) {
		if !e.IsMarked() {
			continue
		}
		for _, secret := range secretsIn(e) {
			if !g.known[secret] {
				g.known[secret] = true
				g.secrets = append(g.secrets, secret)
			}
		}
	}
}

// takeSecrets returns the secrets that were added since the last call.
func (g *gauge) takeSecrets() []string {
	secrets := g.secrets
	g.secrets = nil
	return secrets
}

// unique removes duplicates.
func unique(secrets []string) []string {
	secrets = slices.Clone(secrets)
	// The longest come first: masking a part of a longer secret would leave its rest.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(secrets)
}

// extent is the size of a value.
type extent struct {
	elements, text int
	digits         int // of the longest text that may be read as a number
	sorted         int // steps that it takes to go through sets
	over           string
}

func (x *extent) add(v cty.Value, depth int) {
	if x.full(depth) {
		return
	}
	x.elements++
	v, _ = v.Unmark()
	t := v.Type()
	switch {
	case !v.IsKnown() || v.IsNull():
		x.addType(t, depth)
	case t == cty.String:
		x.addText(v.AsString())
	case t == cty.Number:
		if exponent := v.AsBigFloat().MantExp(nil); exponent > maxExponent || exponent < -maxExponent {
			x.over = "this is not a number of a sensible size"
		}
	case t.Equals(matcher.Type):
		v.EncapsulatedValue().(*matcher.Matcher).Literals(func(literal cty.Value) bool {
			if literal == cty.NilVal {
				x.elements++
			} else {
				x.add(literal, depth+1)
			}
			return !x.full(depth)
		})
	// The type of an empty list can be as large as any.
	case v.CanIterateElements() && v.LengthInt() == 0:
		x.addType(t, depth)
	case v.CanIterateElements():
		x.addElements(v, depth)
	}
}

func (x *extent) addElements(v cty.Value, depth int) {
	keyed, before := v.Type().IsObjectType() || v.Type().IsMapType(), x.elements
	for key, e := range v.Elements() {
		if keyed {
			x.text += len(key.AsString())
		}
		x.add(e, depth+1)
		if x.over != "" {
			return
		}
	}
	// cty sorts such a set again each time that something goes through it.
	if t := v.Type(); t.IsSetType() && !t.ElementType().IsPrimitiveType() {
		x.sorted += sorting(v.LengthInt(), x.elements-before)
	}
}

func (x *extent) addText(s string) {
	x.text += len(s)
	digits := 0
	for digits < len(s) && strings.IndexByte("0123456789.+-", s[digits]) >= 0 {
		digits++
	}
	x.digits = max(x.digits, digits)
	switch {
	case x.text > maxText:
		x.over = fmt.Sprintf("its texts have more than %d MiB", maxText>>20)
	case digits > maxDigits:
		x.over = fmt.Sprintf("a text begins with more than %d digits", maxDigits)
	}
}

// addType counts a type if there are no elements to count.
func (x *extent) addType(t cty.Type, depth int) {
	if x.full(depth) {
		return
	}
	x.elements++
	switch {
	case t.IsObjectType():
		for _, inner := range t.AttributeTypes() {
			x.addType(inner, depth+1)
		}
	case t.IsTupleType():
		for _, inner := range t.TupleElementTypes() {
			x.addType(inner, depth+1)
		}
	case t.IsCollectionType():
		x.addType(t.ElementType(), depth+1)
	}
}

func (x *extent) full(depth int) bool {
	switch {
	case x.over != "":
	case depth > maxDepth:
		x.over = fmt.Sprintf("it nests more than %d levels", maxDepth)
	case x.elements > maxElements:
		x.over = fmt.Sprintf("it has more than %d elements", maxElements)
	}
	return x.over != ""
}

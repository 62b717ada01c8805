package spec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// call wraps a function. It measures the arguments, and rejects a result that would be too large before it is made.
type call struct {
	function.Function
	name    string
	gauge   *gauge
	matcher bool
}

func (c *call) function() function.Function {
	params, rest := c.Params(), c.VarParam()
	for i := range params {
		open(&params[i])
	}
	if rest != nil {
		open(rest)
	}
	return function.New(&function.Spec{
		Description: c.Description(),
		Params:      params,
		VarParam:    rest,
		Type: func(args []cty.Value) (t cty.Type, err error) {
			defer calmed(&err, args)
			// First of all: to make even a type of too large an argument takes too long.
			if err := c.check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			given, err := c.given(args)
			if err != nil {
				return cty.DynamicPseudoType, err
			}
			return c.ReturnTypeForValues(given)
		},
		Impl: func(args []cty.Value, _ cty.Type) (v cty.Value, err error) {
			defer calmed(&err, args)
			given, err := c.given(args)
			if err != nil {
				return cty.NilVal, err
			}
			return c.Call(given)
		},
	})
}

// given returns the arguments as the function takes them.
func (c *call) given(args []cty.Value) ([]cty.Value, error) {
	out := make([]cty.Value, len(args))
	for i, arg := range args {
		if c.matcher {
			// Matchers compare texts in both forms themselves.
			out[i] = normal(arg)
			continue
		}
		var err error
		if out[i], err = c.gauge.collected(arg, c.wanted(i)); err != nil {
			return nil, function.NewArgError(i, err)
		}
	}
	return out, nil
}

// conversions are the types that a function of cty converts any value to.
var conversions = map[string]cty.Type{
	"tolist": cty.List(cty.DynamicPseudoType),
	"toset":  cty.Set(cty.DynamicPseudoType),
	"tomap":  cty.Map(cty.DynamicPseudoType),
}

// wanted returns the type that the argument i is converted to, if it is a collection; the others are converted already.
func (c *call) wanted(i int) cty.Type {
	if t, found := conversions[c.name]; found {
		return t
	}
	param := c.VarParam()
	if params := c.Params(); i < len(params) {
		param = &params[i]
	}
	if param == nil || !param.Type.IsCollectionType() {
		return cty.DynamicPseudoType
	}
	return param.Type
}

// check rejects calls that the function cannot serve.
func (c *call) check(args []cty.Value) error {
	var x extent
	for _, arg := range args {
		x.add(arg, 0)
	}
	// Every mistake in them is made, with its text, and dropped.
	if c.name == "try" || c.name == "can" {
		c.gauge.work += costOfTry
	}
	err := c.gauge.steps(costOfCall + walksOfCall*(x.elements+x.sorted) + x.text/256)
	if x.over != "" {
		err = errors.New("its arguments are too large: " + x.over)
	}
	if err != nil {
		return err
	}
	if limit := limits[c.name]; limit != nil {
		if err := limit(c.gauge, plainArguments(args)); err != nil {
			return err
		}
	}
	// A carried character is several for these functions, which would spoil it.
	if !c.matcher && slices.Contains(countsCharacters, c.name) && slices.ContainsFunc(args, carries) {
		return errors.New("it counts characters, and this text is not in Unicode's normal form NFC")
	}
	return nil
}

// How many steps a call is worth, and one of try or can; and how often cty goes through the arguments of a call: for
// their types, their marks and what is not known, before anything is made.
const (
	costOfCall  = 30
	costOfTry   = 200
	walksOfCall = 8
)

// countsCharacters are the functions that process single characters.
var countsCharacters = []string{"lower", "regex", "regexall", "strrev", "substr", "title", "trim", "upper"}

// calmed turns a panic in a function into an error, and removes sensitive arguments from errors.
func calmed(err *error, args []cty.Value) {
	// hcl would show the Go stack trace to the user.
	if r := recover(); r != nil {
		*err = errors.New("these arguments are invalid")
	}
	// What a function makes of a secret, and quotes in its error, is not known to be a secret.
	if *err != nil && slices.ContainsFunc(args, cty.Value.ContainsMarked) {
		*err = errors.New("a sensitive argument is invalid")
	}
}

// open lets every argument through to the wrapped function, which decides itself.
func open(p *function.Parameter) {
	p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
	if p.Type.IsCollectionType() {
		p.Type = cty.DynamicPseudoType
	}
}

// arguments are the known arguments of a call: unknown ones produce nothing yet.
type arguments []cty.Value

func plainArguments(args []cty.Value) arguments {
	out := make(arguments, len(args))
	for i, arg := range args {
		if out[i], _ = arg.UnmarkDeep(); !out[i].IsWhollyKnown() || out[i].IsNull() {
			out[i] = cty.NilVal
		}
	}
	return out
}

// text returns the argument i as a text, "" if it is not one.
func (a arguments) text(i int) string {
	if i >= len(a) || a[i] == cty.NilVal || a[i].Type() != cty.String {
		return ""
	}
	return a[i].AsString()
}

// number returns the argument i as a number, 0 if it is not one; one that no int can hold counts as the largest
// possible.
func (a arguments) number(i int) int {
	if i >= len(a) || a[i] == cty.NilVal || a[i].Type() != cty.Number {
		return 0
	}
	n, _ := a[i].AsBigFloat().Int64()
	return int(min(max(n, -maxText-1), maxText+1))
}

func (a arguments) length(i int) int {
	if i >= len(a) || a[i] == cty.NilVal || !a[i].CanIterateElements() {
		return 0
	}
	return a[i].LengthInt()
}

// limits reject calls whose result would be much larger than the arguments.
var limits = map[string]func(*gauge, arguments) error{
	"csvdecode":  limitDecoding(",\n"),
	"distinct":   limitDistinct,
	"format":     limitFormat,
	"formatlist": limitFormat,
	"indent": func(_ *gauge, a arguments) error {
		return fits(max(a.number(0), 0) * (1 + strings.Count(a.text(1), "\n")))
	},
	"join":       limitJoin,
	"jsondecode": limitDecoding(",[{"),
	"parseint": func(_ *gauge, a arguments) error {
		if len(a.text(0)) > maxDigits {
			return errTooLarge
		}
		return nil
	},
	"regex":      limitRegex,
	"regexall":   limitRegex,
	"replace":    limitReplace,
	"setproduct": limitProduct,
	"yamldecode": limitYAML,
}

var (
	errTooLarge     = errors.New("its result would be too large")
	errTooManySteps = errors.New("it would take too many steps")
)

func fits(bytes int) error {
	if bytes > maxText {
		return errTooLarge
	}
	return nil
}

func limitJoin(_ *gauge, a arguments) error {
	elements := 0
	for i := range a {
		elements += a.length(i)
	}
	return fits(elements * len(a.text(0)))
}

func limitProduct(g *gauge, a arguments) error {
	product, ofSets := 1, true
	for i := range a {
		if product *= a.length(i); product*len(a) > maxElements {
			return errTooLarge
		}
		ofSets = ofSets && a[i] != cty.NilVal && a[i].Type().IsSetType()
	}
	if ofSets {
		return g.gathers(product, product*(len(a)+1), false)
	}
	return nil
}

func limitDistinct(g *gauge, a arguments) error {
	if a[0] == cty.NilVal {
		return nil
	}
	var x extent
	x.add(a[0], 0)
	// cty compares every element with all distinct ones before it.
	return g.steps(a.length(0) * x.elements / 2)
}

// maxWidth is the largest width of one verb of format.
const maxWidth = 10_000

var (
	verbs      = regexp.MustCompile(`%[^a-zA-Z%]*`)
	verbWidths = regexp.MustCompile(`[0-9]+|\*`)
)

func limitFormat(_ *gauge, a arguments) error {
	bytes, widest := len(a.text(0)), a.widest()
	for _, verb := range verbs.FindAllString(a.text(0), -1) {
		for _, width := range verbWidths.FindAllString(verb, -1) {
			n, err := strconv.Atoi(width)
			if width != "*" && (err != nil || n > maxWidth) {
				return fmt.Errorf("a width is a number up to %d", maxWidth)
			}
			bytes += max(n, len(width))
		}
		if bytes += widest; bytes > maxText {
			return errTooLarge
		}
	}
	results := 1
	for i := range a {
		results = max(results, a.length(i))
	}
	return fits(results * bytes)
}

// widest returns the length of the longest text in the arguments after the first; an element counts by itself.
func (a arguments) widest() int {
	most := 0
	for i := 1; i < len(a); i++ {
		parts := []cty.Value{a[i]}
		if a.length(i) > 0 {
			parts = a[i].AsValueSlice()
		}
		for _, part := range parts {
			var x extent
			if part != cty.NilVal {
				x.add(part, 0)
			}
			most = max(most, x.text)
		}
	}
	return most
}

// maxSearched is how much text a regular expression may search: one can take a thousand steps for each character.
const maxSearched = 1 << 20

func limitRegex(g *gauge, a arguments) error {
	text := a.text(1)
	g.work += 16 * len(text)
	if len(text) > maxSearched {
		return fmt.Errorf("a regular expression searches %d MiB at most", maxSearched>>20)
	}
	return nil
}

func limitReplace(g *gauge, a arguments) error {
	text, old, with := a.text(0), a.text(1), a.text(2)
	if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
		if err := limitRegex(g, arguments{cty.NilVal, cty.StringVal(text)}); err != nil {
			return err
		}
		return fits((len(text) + 1) * (len(with) + 1) / 4)
	}
	return fits(len(text) + strings.Count(text, old)*len(with))
}

// maxDecoded is how large a text may be that is decoded: its values take much more memory than it does.
const maxDecoded = 4 << 20

// limitDecoding bounds how many values a text can stand for, by the signs that stand between them.
func limitDecoding(between string) func(*gauge, arguments) error {
	return func(g *gauge, a arguments) error {
		text := a.text(0)
		signs := 0
		for i := range len(between) {
			signs += strings.Count(text, between[i:i+1])
		}
		g.work += len(text)
		// The decoders recurse, and a stack that overflows ends the process.
		if len(text) > maxDecoded || signs > maxElements/2 || nesting(text) > maxDepth {
			return errors.New("the text is too large, or nests too deeply, to be decoded")
		}
		return noEscapes(text)
	}
}

// nesting returns how many brackets are open at once, at most. Those inside of texts count, too.
func nesting(text string) int {
	open, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			open++
			most = max(most, open)
		case ']', '}':
			open = max(open-1, 0)
		}
	}
	return most
}

package matcher

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions returns the matchers as functions of the language, by name. Their arguments are literals or matchers; one
// that is not known yet makes the matcher unknown.
func Functions() map[string]function.Function {
	functions := map[string]function.Function{}
	for _, d := range Definitions {
		functions[d.Name] = d.function()
	}
	return functions
}

func (d *Definition) function() function.Function {
	return function.New(&function.Spec{
		Description: d.Summary,
		VarParam: &function.Parameter{
			Name:             "argument",
			Type:             cty.DynamicPseudoType,
			AllowNull:        true,
			AllowUnknown:     true,
			AllowDynamicType: true,
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			if d.plain != nil && len(args) == 2 {
				return cty.Bool, nil
			}
			return Type, nil
		},
		Impl: d.call,
	})
}

func (d *Definition) call(args []cty.Value, _ cty.Type) (cty.Value, error) {
	if d.plain != nil && len(args) == 2 {
		return d.plain(args)
	}
	if err := d.count(len(args)); err != nil {
		return cty.NilVal, err
	}
	matchers, err := d.matchers(args)
	if err != nil {
		return cty.NilVal, err
	}
	if slices.ContainsFunc(matchers, func(m *Matcher) bool { return m.pending }) {
		return cty.UnknownVal(Type), nil
	}
	return cty.CapsuleVal(Type, &Matcher{definition: d, args: matchers}), nil
}

func (d *Definition) count(n int) error {
	switch {
	case n < d.least && n == 0:
		return fmt.Errorf("%s() promises nothing; write %s", d.Name, d.instead())
	case n < d.least:
		return fmt.Errorf("an argument is missing; write %s", d.instead())
	case d.most >= 0 && n > d.most && n > 0:
		return function.NewArgErrorf(d.most, "this argument is one too many; write %s", d.instead())
	}
	return nil
}

func (d *Definition) instead() string { return cmp.Or(d.hint, d.Signature) }

func (d *Definition) matchers(args []cty.Value) ([]*Matcher, error) {
	matchers := make([]*Matcher, len(args))
	for i, arg := range args {
		m, err := FromValue(arg)
		if err != nil {
			return nil, function.NewArgErrorf(i, "%s; write %s", err, d.instead())
		}
		if check := d.checkOf(i); !m.pending && check != nil {
			if err := check(m); err != nil {
				return nil, function.NewArgErrorf(i, "%s", err)
			}
		}
		matchers[i] = m
	}
	return matchers, nil
}

// checkOf returns the check of the argument i; nil for none.
func (d *Definition) checkOf(i int) func(*Matcher) error {
	if i < len(d.checks) {
		return d.checks[i]
	}
	return d.check
}

// containsValue is Terraform's contains(list, value).
func containsValue(args []cty.Value) (cty.Value, error) {
	list, value := args[0], args[1]
	t := list.Type()
	switch {
	case t == cty.DynamicPseudoType && !list.IsKnown():
		return cty.UnknownVal(cty.Bool), nil
	case list.IsNull() || !t.IsListType() && !t.IsTupleType() && !t.IsSetType():
		return cty.NilVal, function.NewArgErrorf(0, `with two arguments, this is contains(LIST, VALUE), which returns true `+
			`or false; for several matchers, write all_of(contains("a"), contains("b"))`)
	case hasMatcher(list):
		return cty.NilVal, function.NewArgErrorf(0,
			"with two arguments, this is contains(LIST, VALUE), whose list cannot contain matchers")
	case hasMatcher(value):
		return cty.NilVal, function.NewArgErrorf(1,
			"with two arguments, this is contains(LIST, VALUE), whose value cannot be a matcher")
	}
	return stdlib.ContainsFunc.Call(args)
}

func hasMatcher(v cty.Value) bool {
	for _, inside := range cty.DeepValues(v) {
		if isMatcher(inside.Type()) {
			return true
		}
	}
	return false
}

package spec

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// world is what functions can access on the machine that runs Avow.
type world struct {
	catalog *resource.Catalog
	lookup  func(string) (string, bool) // of the environment
	files   *reads
	sealed  bool // neither files nor the environment may be read
}

// functions returns all functions of expressions: the matchers, and those that Terraform's users know.
func (w world) functions(g *gauge) map[string]function.Function {
	all := map[string]function.Function{}
	for _, table := range []map[string]function.Function{standard, unitFunctions, w.own(), {"tag": tagFunction}} {
		for name, f := range table {
			all[name] = (&call{Function: f, name: name, gauge: g}).function()
		}
	}
	for name, f := range matcher.Functions() {
		all[name] = (&call{Function: f, name: name, gauge: g, matcher: true}).function()
	}
	return all
}

// standard are cty's own functions, under Terraform's names.
var standard = map[string]function.Function{
	"abs":             stdlib.AbsoluteFunc,
	"can":             tryfunc.CanFunc,
	"ceil":            stdlib.CeilFunc,
	"chomp":           stdlib.ChompFunc,
	"chunklist":       stdlib.ChunklistFunc,
	"coalesce":        stdlib.CoalesceFunc,
	"coalescelist":    stdlib.CoalesceListFunc,
	"compact":         stdlib.CompactFunc,
	"concat":          stdlib.ConcatFunc,
	"csvdecode":       stdlib.CSVDecodeFunc,
	"distinct":        stdlib.DistinctFunc,
	"element":         stdlib.ElementFunc,
	"flatten":         stdlib.FlattenFunc,
	"floor":           stdlib.FloorFunc,
	"format":          stdlib.FormatFunc,
	"formatdate":      stdlib.FormatDateFunc,
	"formatlist":      stdlib.FormatListFunc,
	"indent":          stdlib.IndentFunc,
	"index":           stdlib.IndexFunc,
	"join":            stdlib.JoinFunc,
	"jsondecode":      stdlib.JSONDecodeFunc,
	"jsonencode":      stdlib.JSONEncodeFunc,
	"keys":            stdlib.KeysFunc,
	"length":          lengthFunction,
	"log":             stdlib.LogFunc,
	"lookup":          stdlib.LookupFunc,
	"lower":           stdlib.LowerFunc,
	"max":             stdlib.MaxFunc,
	"merge":           stdlib.MergeFunc,
	"min":             stdlib.MinFunc,
	"parseint":        stdlib.ParseIntFunc,
	"pow":             stdlib.PowFunc,
	"range":           stdlib.RangeFunc,
	"regex":           stdlib.RegexFunc,
	"regexall":        stdlib.RegexAllFunc,
	"replace":         stdlib.ReplaceFunc,
	"reverse":         stdlib.ReverseListFunc,
	"setintersection": stdlib.SetIntersectionFunc,
	"setproduct":      stdlib.SetProductFunc,
	"setsubtract":     stdlib.SetSubtractFunc,
	"setunion":        stdlib.SetUnionFunc,
	"signum":          stdlib.SignumFunc,
	"slice":           stdlib.SliceFunc,
	"sort":            stdlib.SortFunc,
	"split":           stdlib.SplitFunc,
	"strrev":          stdlib.ReverseFunc,
	"substr":          stdlib.SubstrFunc,
	"timeadd":         stdlib.TimeAddFunc,
	"title":           stdlib.TitleFunc,
	"tobool":          stdlib.MakeToFunc(cty.Bool),
	"tolist":          stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"tomap":           stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"tonumber":        stdlib.MakeToFunc(cty.Number),
	"toset":           stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tostring":        stdlib.MakeToFunc(cty.String),
	"trim":            stdlib.TrimFunc,
	"trimprefix":      stdlib.TrimPrefixFunc,
	"trimspace":       stdlib.TrimSpaceFunc,
	"trimsuffix":      stdlib.TrimSuffixFunc,
	"try":             tryfunc.TryFunc,
	"upper":           stdlib.UpperFunc,
	"values":          stdlib.ValuesFunc,
	"yamldecode":      ctyyaml.YAMLDecodeFunc,
	"yamlencode":      ctyyaml.YAMLEncodeFunc,
	"zipmap":          stdlib.ZipmapFunc,
}

// lengthFunction counts elements, or the characters of a string, as Terraform's does.
var lengthFunction = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true},
	},
	Type: func(args []cty.Value) (cty.Type, error) {
		if t := args[0].Type(); t == cty.String || t == cty.DynamicPseudoType {
			return cty.Number, nil
		}
		return stdlib.LengthFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch t := args[0].Type(); {
		case !args[0].IsKnown():
			return cty.UnknownVal(cty.Number), nil
		case t == cty.String:
			return stdlib.Strlen(normal(args[0]))
		}
		return stdlib.Length(args[0])
	},
})

// own returns the functions that cty leaves to the program. Paths are those of the machine that runs Avow.
func (w world) own() map[string]function.Function {
	return map[string]function.Function{
		"alltrue":      overBools(true),
		"anytrue":      overBools(false),
		"base64decode": ofString("text", decodeBase64),
		"base64encode": ofString("text", sure(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })),
		"basename":     ofString("path", sure(path.Base)),
		"dirname":      ofString("path", sure(path.Dir)),
		"endswith":     ofTwo("suffix", strings.HasSuffix),
		"env":          w.envFunction(),
		"file":         ofString("path", w.file),
		"sha256":       ofString("text", sure(func(s string) string { return sum([]byte(s)) })),
		"startswith":   ofTwo("prefix", strings.HasPrefix),
		"strcontains":  ofTwo("substring", strings.Contains),
		"urlencode":    ofString("text", sure(url.QueryEscape)),
	}
}

var errSealed = errors.New("with --no-local-functions, a spec cannot read files or the environment of this machine")

// env returns a variable of the environment, or the given default if it is not set.
func (w world) env(name string, instead ...string) (string, error) {
	switch {
	case w.sealed:
		return "", errSealed
	// Only var knows which of the variables are sensitive.
	case strings.HasPrefix(name, EnvPrefix):
		return "", fmt.Errorf("%s is the value of a variable; write var.%s", name, strings.TrimPrefix(name, EnvPrefix))
	}
	value, set := w.lookup(name)
	switch {
	case set:
		return value, nil
	case len(instead) > 0:
		return instead[0], nil
	}
	// `stdout = env("EXPECTED")` would promise that nothing is printed wherever the variable was forgotten.
	return "", fmt.Errorf("%s is not set in the environment of avow; env(%q, \"\") gives a default", name, name)
}

// envFunction is env(NAME) or env(NAME, INSTEAD).
func (w world) envFunction() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "instead", Type: cty.String},
		Type: func(args []cty.Value) (cty.Type, error) {
			if len(args) > 2 {
				return cty.NilType, function.NewArgErrorf(2, "it takes a name, and a default for a variable that is not set")
			}
			return cty.String, nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var texts []string
			for _, arg := range args {
				texts = append(texts, raw(arg.AsString()))
			}
			value, err := w.env(texts[0], texts[1:]...)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(carry(value)), nil
		},
	})
}

func (w world) file(name string) (string, error) {
	if w.sealed {
		return "", errSealed
	}
	return w.files.text(name)
}

func ofString(param string, f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: param, Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(raw(args[0].AsString()))
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(carry(s)), nil
		},
	})
}

// sure makes a function that cannot fail one that can.
func sure(f func(string) string) func(string) (string, error) {
	return func(s string) (string, error) { return f(s), nil }
}

func ofTwo(param string, f func(s, other string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: param, Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(raw(args[0].AsString()), raw(args[1].AsString()))), nil
		},
	})
}

// overBools makes alltrue, which is true unless an element is not, and anytrue, which is false unless one is true.
func overBools(otherwise bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, v := range args[0].AsValueSlice() {
				if is := !v.IsNull() && v.True(); is != otherwise {
					return cty.BoolVal(is), nil
				}
			}
			return cty.BoolVal(otherwise), nil
		},
	})
}

func decodeBase64(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return "", errors.New("not the base64 of a UTF-8 text")
	}
	return string(b), nil
}

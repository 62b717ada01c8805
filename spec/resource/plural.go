package resource

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Plural describes a type whose blocks are about all things of another type: users for user. A block selects
// some of them (`where`), and promises their names, their number, and what holds for every one.
type Plural struct {
	Name        string
	DisplayName string
	Summary     string
	Detail      string
	Example     string
	Of          *Type // the type of each element
	Names       *Kind // of the names of elements; nil means [String]
	Parameters  []Attribute
	Prepare     func(Params) error
	// List finds the elements. Its Parse and its Files return facts that [Listed] made.
	List Probe
}

// Element is one thing that a list found.
type Element struct {
	Name   string // in reports, and in `names`
	Params Params // what a block of the element's type would choose
	Facts  Facts  // what the list knows of it; the probes of its type observe the rest
}

// Elements are what a list found, in its order.
type Elements struct {
	List []Element
	// Hidden is why there may be more: a folder of others that cannot be read. It is "" for a whole list.
	Hidden string
}

// MaxElements is how many elements a list may have; more make every promise about them unknown.
const MaxElements = 100_000

// The attributes of every plural.
const (
	PluralNames = "names"
	PluralCount = "count"
	PluralEvery = "every"
	PluralWhere = "where"
)

// Listed returns the facts of a list.
func Listed(e Elements) Facts {
	if len(e.List) > MaxElements {
		return NotListed(Unknown(fmt.Sprintf("there are more than %d", MaxElements)))
	}
	names := make([]string, len(e.List))
	for i, element := range e.List {
		names[i] = element.Name
	}
	return Facts{
		PluralNames: Seen(Strings(SortedSet(names))), PluralCount: Seen(Int(int64(len(names)))), PluralEvery: Seen(e),
	}
}

// NotListed returns the facts of a list that could not be read.
func NotListed(why Fact) Facts { return Every(why) }

// OfEach is the kind of `where` and `every`: a map from attributes of the element's type to what is expected of them.
// What was found are [Elements]; the text of these is for recordings.
var OfEach = &Kind{
	Name: "a map from attributes of one element to what is expected of them", Shape: Maps, Text: textOfElements,
	Read: func(cty.Value) (any, error) { return nil, errors.New("expected attributes of one element") },
}

func textOfElements(v any) string {
	elements := v.(Elements)
	var lines []string
	for _, e := range elements.List {
		var facts []string
		for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
			f := e.Facts[name]
			if f.Value == nil {
				f.Value = cmp.Or(f.Missing, f.Unknown)
			}
			facts = append(facts, fmt.Sprintf("%s=%v", name, f.Value))
		}
		lines = append(lines, e.Name+"("+strings.Join(facts, " ")+")")
	}
	if elements.Hidden != "" {
		lines = append(lines, "... "+elements.Hidden)
	}
	return strings.Join(lines, " ")
}

// Type returns the type that a plural describes.
func (p Plural) Type() *Type {
	names := cmp.Or(p.Names, String)
	list := p.List
	list.Name = cmp.Or(list.Name, "list")
	article := "one " + strings.ToLower(p.Of.DisplayName)
	own := []Attribute{
		{
			Name: "name", Kind: String, Parameter: true,
			Doc: "The name of the selection in reports.",
		},
		{
			Name: PluralWhere, Kind: OfEach, Parameter: true,
			Doc: "Which of them are meant: attributes of " + article + ", each with a value or a matcher. All have to hold. " +
				"Without it, all are meant.",
		},
		{Name: PluralNames, Kind: SetOf(names), Doc: "The names of those that are meant."},
		{Name: PluralCount, Kind: Count, Doc: "How many are meant."},
		{
			Name: PluralEvery, Kind: OfEach,
			Doc: "The promises about every one that is meant: attributes of " + article + ", each with a value or a matcher. " +
				"Each has a verdict of its own. If none is meant, it is broken.",
		},
	}
	return &Type{
		Name: p.Name, Label: "name", DisplayName: p.DisplayName, Summary: p.Summary, Detail: p.Detail,
		Example: p.Example, Attributes: slices.Concat(own[:1], p.Parameters, own[1:]), Probe: &list,
		Prepare: p.Prepare, Each: p.Of,
	}
}

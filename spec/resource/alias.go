package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Alias returns a type with another name for things of a type, for which some parameters are already chosen: `kvm` for
// guest with the manager libvirt. It has the probes of that type, so blocks of both share their queries; it has no page
// and no recordings of its own.
func Alias(name, displayName string, of *Type, preset Params) *Type {
	alias := *of
	alias.Name, alias.DisplayName, alias.AliasOf = name, displayName, of
	alias.Summary = of.Summary + ": " + aliasSentence(of, preset)
	alias.Detail = "`" + name + "` is an alias: " + aliasSentence(of, preset) + ".\n\n" + of.Detail
	alias.Example = strings.ReplaceAll(of.Example, "\n  "+of.Name+" \"", "\n  "+name+" \"")
	alias.Attributes = slices.DeleteFunc(slices.Clone(of.Attributes), func(a Attribute) bool {
		_, chosen := preset[a.Name]
		return chosen
	})
	alias.Prepare = func(p Params) error {
		maps.Copy(p, preset)
		if of.Prepare == nil {
			return nil
		}
		return of.Prepare(p)
	}
	return &alias
}

// aliasSentence returns what an alias means: "the same as guest with manager = "libvirt"".
func aliasSentence(of *Type, preset Params) string {
	text := "the same as `" + of.Name + "`"
	for i, name := range slices.Sorted(maps.Keys(preset)) {
		a := of.Attribute(name)
		if a == nil || !a.Parameter {
			panic(fmt.Sprintf("%s has no parameter %q, which its alias sets", of.Name, name))
		}
		join := " and"
		if i == 0 {
			join = " with"
		}
		text += join + " `" + name + " = " + a.Kind.Quote(preset[name]) + "`"
	}
	return text
}

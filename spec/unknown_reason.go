package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/avow-dev/avow/spec/resource"
)

// silent returns the facts that a host did not report, and why.
func silent(host *resource.Type, facts resource.Facts) map[string]string {
	reasons := map[string]string{}
	for _, a := range host.Attributes {
		if fact := facts[a.Name]; !factValue(fact).IsKnown() {
			reasons[a.Name] = cmp.Or(fact.Unknown, fact.Missing)
		}
	}
	return reasons
}

// unknownReason returns why these expressions remain unknown after contact: the facts that the host did not report, and
// the locals that are mistaken with its facts.
func (s *scope) unknownReason(exprs ...hcl.Expression) string {
	facts, locals := s.decidedBy(exprs)
	var reasons []string
	for _, name := range facts {
		if why, missing := s.silent[name]; missing {
			reasons = append(reasons, NotKnown([]string{name}, why))
		}
	}
	for _, name := range locals {
		if why := s.failed[name]; why != "" {
			reasons = append(reasons, fmt.Sprintf("it depends on local.%s (%s)", name, why))
		}
	}
	if len(reasons) == 0 {
		return NotKnown(nil, "")
	}
	return strings.Join(reasons, "; ")
}

// NotKnown returns the reason of a promise that cannot be judged without facts of the host.
func NotKnown(facts []string, why string) string {
	text := "it depends on facts that the host did not report"
	switch len(facts) {
	case 0:
	case 1:
		text = "it depends on host." + facts[0] + ", which is not known"
	default:
		text = "it depends on host." + strings.Join(facts, ", host.") + ", which are not known"
	}
	if why != "" {
		text += " (" + why + ")"
	}
	return text
}

// decidedBy returns the facts and the locals that expressions refer to, also by way of locals; sorted.
func (s *scope) decidedBy(exprs []hcl.Expression) (facts, locals []string) {
	seen := map[string]bool{}
	for len(exprs) > 0 {
		expr := exprs[0]
		exprs = exprs[1:]
		for _, t := range expr.Variables() {
			if t.RootName() == "host" {
				facts = append(facts, factsIn(s.world.catalog.Host, t)...)
			}
		}
		for _, name := range localsIn(expr) {
			if a := s.definitions[name]; a != nil && !seen[name] {
				seen[name] = true
				locals, exprs = append(locals, name), append(exprs, a.Expr)
			}
		}
	}
	slices.Sort(facts)
	slices.Sort(locals)
	return slices.Compact(facts), locals
}

// factsIn returns the facts that a traversal can mean: host.os means all of the operating system.
func factsIn(host *resource.Type, t hcl.Traversal) []string {
	var steps []string
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}
		steps = append(steps, attr.Name)
	}
	name := strings.Join(steps, ".")
	var facts []string
	for _, a := range host.Attributes {
		if name == "" || a.Name == name || strings.HasPrefix(a.Name, name+".") || strings.HasPrefix(name, a.Name+".") {
			facts = append(facts, a.Name)
		}
	}
	return facts
}

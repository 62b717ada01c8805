package spec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// redirect points targets of the spec elsewhere: the rebuilt host, the new machine. They keep their names,
// tags, vars, and what their arguments say, but for the address.
func (l *loader) redirect() {
	for _, name := range slices.Sorted(keys(l.options.Redirects)) {
		first := slices.IndexFunc(l.suite.Targets, func(t Target) bool { return t.block == name })
		if first < 0 {
			l.tell(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "No such target", Detail: fmt.Sprintf(
				"-t %s=URI: no spec has a target %q.%s", name, name, DidYouMean(name, l.targetNames()))})
			continue
		}
		l.suite.Moved = append(l.suite.Moved, name)
		moved := l.suite.Targets[first].movedTo(l.options.Redirects[name])
		rest := slices.DeleteFunc(l.suite.Targets[first:], func(t Target) bool { return t.block == name })
		l.suite.Targets = append(append(l.suite.Targets[:first:first], moved), rest...)
	}
}

// movedTo is the target at the address of another one.
func (t Target) movedTo(there Target) Target {
	args := maps.Clone(t.Args)
	if there.Backend != t.Backend {
		args = nil
	}
	for _, name := range findBackend(there.Backend).Place {
		delete(args, name)
	}
	t.Name, t.Backend, t.Address, t.Args = t.block, there.Backend, there.Address, maps.Clone(there.Args)
	for name, value := range args {
		if _, said := t.Args[name]; !said {
			t.Args[name] = value
		}
	}
	if there.Become != (Account{}) {
		t.Become = there.Become
	}
	if there.Wait > 0 {
		t.Wait = there.Wait
	}
	return t
}

func (l *loader) targetNames() []string {
	var names []string
	for _, t := range l.suite.Targets {
		names = append(names, t.block)
	}
	return names
}

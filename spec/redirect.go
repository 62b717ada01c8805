package spec

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// redirect points targets of the spec elsewhere: the rebuilt host, the new machine. They keep their names, tags, vars
// and arguments, except for the address.
func (l *loader) redirect() {
	for _, name := range slices.Sorted(maps.Keys(l.options.Redirects)) {
		first := slices.IndexFunc(l.suite.Targets, func(t Target) bool { return t.Block == name })
		if first < 0 {
			var names []string
			for _, t := range l.suite.Targets {
				names = append(names, t.Block)
			}
			l.mistake(hcl.Range{}, "No such target", "-t %s=URI: no spec has a target %[1]q.%[2]s", name,
				DidYouMean(name, names))
			continue
		}
		l.suite.Moved = append(l.suite.Moved, name)
		moved := l.moved(l.suite.Targets[first], l.options.Redirects[name])
		rest := slices.DeleteFunc(l.suite.Targets[first:], func(t Target) bool { return t.Block == name })
		l.suite.Targets = append(append(l.suite.Targets[:first:first], moved), rest...)
	}
}

// moved returns a target at the address of another one.
func (l *loader) moved(t, there Target) Target {
	args := maps.Clone(t.Args)
	// The arguments of one backend mean nothing to another.
	if there.Backend != t.Backend {
		args = nil
	}
	if backend := l.options.Backends.Find(there.Backend); backend != nil {
		for _, name := range backend.Place {
			delete(args, name)
		}
	}
	t.Name, t.Backend, t.Address, t.Args = t.Block, there.Backend, there.Address, maps.Clone(there.Args)
	for name, value := range args {
		if _, given := t.Args[name]; !given {
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

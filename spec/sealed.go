package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/avow-dev/avow/spec/target"
)

// seal rejects what a target of the spec does to this machine, unless -t replaces all targets: then it is not used.
func (l *loader) seal(t Target, b *hcl.Block, backend *target.Backend) {
	if !l.options.SealedTargets || len(l.options.Targets) > 0 {
		return
	}
	var refused []string
	for _, a := range backend.Arguments {
		if _, written := t.Args[a.Name]; written && a.UsesFiles {
			refused = append(refused, a.Name)
		}
	}
	_, moved := l.options.Redirects[t.Block]
	switch {
	case backend.RunsHere && !moved:
		l.mistake(b.DefRange, "A target on this machine", "With --no-local-functions, promises cannot be checked on a "+
			"target %q, since they may run commands on this machine, or in its containers. -t URI checks something else, such "+
			"as image://REFERENCE.", t.Backend)
	case len(refused) > 0:
		l.mistake(b.DefRange, "A target that uses this machine", "With --no-local-functions, a target cannot have %s, "+
			"which would read files of this machine, or run something on it. -t URI replaces the targets of a spec.",
			strings.Join(refused, ", "))
	}
}

// sealDefault rejects the default target of a suite without targets: this machine.
func (l *loader) sealDefault() {
	if l.options.SealedTargets && len(l.options.Targets) == 0 {
		l.mistake(l.firstPlace(), "A target on this machine", "A suite without targets checks this machine, which "+
			"--no-local-functions forbids. -t URI checks something else, such as image://REFERENCE.")
	}
}

// sealDial rejects connections that this machine would make.
func (e *evaluation) sealDial() {
	if e.scope.world.sealed && e.r.Params.Text("from") == "runner" {
		e.wrong(e.place("from"), "A connection of this machine",
			"With --no-local-functions, this machine makes no connections for a promise. Leave out `from`.")
	}
}

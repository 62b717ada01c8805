package spec

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Backend is a way to reach targets, as the language knows it.
type Backend struct {
	Name    string
	Summary string
	// Arguments are what its target blocks take beside what those of every backend do. All are parameters.
	Arguments []resource.Attribute
	// Blocks are the blocks that a target may have beside its arguments, each at most once. What a block says is in
	// Args under its name, as [resource.Params].
	Blocks []Block
	// Place are the arguments that say where a target is: -t NAME=URI replaces all of them.
	Place []string
	// Parse reads what stands behind `NAME://` in -t.
	Parse func(rest string) (Target, error)
	// Expand makes the targets that one block stands for; its error says what to do.
	Expand func(Target) ([]Target, error)
}

// Block is a block inside a target.
type Block struct {
	Name      string
	Doc       string // full sentences, Markdown
	Arguments []resource.Attribute
}

// Backends are all of them. A new one is one line here, one file in backends, and one line where the
// command line opens them.
var Backends = []*Backend{localBackend, sshBackend, dockerBackend, imageBackend, execBackend}

// EveryTarget is what the targets of all backends take.
var EveryTarget = []Word{
	{Name: "tags", Doc: `For on = [tag("web")].`},
	{Name: "vars", Doc: "What host.vars says on it: names with values."},
	{Name: "env", Doc: "The environment of its commands; of a container that is started, its own."},
	{Name: "wait", Doc: "For a host that is still booting, or a container that is not there yet: how long it is tried again. A wrong host key or a refused login is told at once."},
	{Name: "become", Doc: "A block that says who looks: method (sudo, doas or su), user, password or password_file."},
}

func findBackend(name string) *Backend {
	for _, b := range Backends {
		if b.Name == name {
			return b
		}
	}
	return nil
}

func backendNames() string {
	var names []string
	for _, b := range Backends {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

// ParseTarget reads a URI such as `local://` or `ssh://user@host:22`.
func ParseTarget(uri string) (Target, error) {
	name, rest, ok := strings.Cut(uri, "://")
	if !ok && hasPassword(uri) {
		return Target{}, errPassword
	}
	if uri == localBackend.Name {
		return Target{}, fmt.Errorf("%q is no URI of a target; write %[1]s://", uri)
	}
	if user, _, found := strings.Cut(uri, "@"); !ok && found && !strings.ContainsAny(user, "/=") {
		return Target{}, fmt.Errorf("%q is no URI of a target; write ssh://%[1]s", uri)
	}
	if !ok {
		return Target{}, fmt.Errorf("%q is no URI of a target; to check a target of the spec elsewhere write -t %[1]s=URI, and to check something else a URI: local://, ssh://[user@]host[:port], docker://CONTAINER or image://REFERENCE; without -t, all targets of the spec are checked", uri)
	}
	b := findBackend(name)
	if b == nil {
		return Target{}, fmt.Errorf("no backend %q; there is %s", name, backendNames())
	}
	t, err := b.Parse(rest)
	if err != nil {
		return Target{}, err
	}
	t.Backend, t.Vars = name, cty.EmptyObjectVal
	return t, nil
}

// localBackend is this machine.
var localBackend = &Backend{
	Name:    "local",
	Summary: "this machine",
	Parse: func(rest string) (Target, error) {
		if rest != "" {
			return Target{}, fmt.Errorf("local:// is this machine and takes no address, but it has %q", rest)
		}
		return localhost, nil
	},
	Expand: func(t Target) ([]Target, error) {
		t.Address = "localhost"
		return []Target{t}, nil
	},
}

// localhost is what a suite without targets checks.
var localhost = Target{Name: "localhost", Backend: "local", declared: "local", Address: "localhost", Vars: cty.EmptyObjectVal}

package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Backend is a way to reach targets. From its fields come the schema of its target blocks, `avow explain target`, the
// help of -t and docs/targets.md.
type Backend struct {
	Name      string
	Summary   string
	Arguments []Argument
	Blocks    []Block  // beside the arguments, each at most once; Args has them by name, as [resource.Params]
	Place     []string // the arguments that locate a target: -t NAME=URI replaces all of them
	URI       string   // the form that -t takes: "ssh://[user@]host[:port]"; "" for none
	// RunsHere means that promises may run commands on this machine, or in its containers: --no-local-functions rejects
	// it.
	RunsHere bool

	// Parse reads the part of a URI after `NAME://`.
	Parse func(rest string) (Target, error)
	// Expand returns the targets that one block stands for. Its error is a hint what to write.
	Expand func(Target) ([]Target, error)
	// Start prepares a run. open returns the connection of one of its targets; end, unless it is nil, is called when no
	// target is used any more. Neither Start nor open contacts anything.
	Start func(Run) (open func(Target) Connection, end func() error)
}

// Takes reports whether a target of the backend has an argument.
func (b *Backend) Takes(argument string) bool {
	return slices.ContainsFunc(b.Arguments, func(a Argument) bool { return a.Name == argument })
}

// Stateless is a Start for a backend whose targets have nothing in common.
func Stateless(open func(Target) Connection) func(Run) (func(Target) Connection, func() error) {
	return func(Run) (func(Target) Connection, func() error) { return open, nil }
}

// Argument is an argument of a target block.
type Argument struct {
	Name    string
	Kind    *resource.Kind
	Default any
	Doc     string // full sentences, Markdown

	Sensitive bool // it may be sensitive: no report shows it
	Secret    bool // it is always a secret, however it is written
	UsesFiles bool // it names files of this machine, or runs something on it: --no-local-functions rejects it
}

// Block is a block inside a target.
type Block struct {
	Name      string
	Doc       string // full sentences, Markdown
	Arguments []Argument
}

// Backends is a list of backends. A suite without targets checks that of the first one, at the empty URI.
type Backends []*Backend

// Find returns the backend of a name, or nil.
func (all Backends) Find(name string) *Backend {
	for _, b := range all {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Names returns the names of all backends.
func (all Backends) Names() []string {
	var names []string
	for _, b := range all {
		names = append(names, b.Name)
	}
	return names
}

// URIs returns the forms of -t.
func (all Backends) URIs() []string {
	var forms []string
	for _, b := range all {
		if b.URI != "" {
			forms = append(forms, b.URI)
		}
	}
	return forms
}

// Schemes returns how the URIs of -t begin: "ssh://".
func (all Backends) Schemes() []string {
	schemes := all.URIs()
	for i, uri := range schemes {
		name, _, _ := strings.Cut(uri, "://")
		schemes[i] = name + "://"
	}
	return schemes
}

// Parse reads a URI such as `local://` or `ssh://user@host:22`.
func (all Backends) Parse(uri string) (Target, error) {
	name, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return Target{}, all.explain(uri)
	}
	b := all.Find(name)
	if b == nil {
		return Target{}, fmt.Errorf("unknown backend %q; available: %s", name, strings.Join(all.Names(), ", "))
	}
	t, err := b.Parse(rest)
	if err != nil {
		return Target{}, err
	}
	t.Backend, t.Declared, t.Vars = name, name, cty.EmptyObjectVal
	if t.Args == nil {
		t.Args = resource.Params{}
	}
	return t, nil
}

// explain returns why a text without a scheme is no URI.
func (all Backends) explain(text string) error {
	if HasPassword(text) {
		return ErrPassword
	}
	if b := all.Find(text); b != nil && b.URI != "" {
		return fmt.Errorf("%q is not the URI of a target; write %s", text, b.URI)
	}
	// USER@HOST is what ssh takes.
	user, _, login := strings.Cut(text, "@")
	for _, b := range all {
		if login && !strings.ContainsAny(user, "/=") && strings.Contains(b.URI, "@") {
			return fmt.Errorf("%q is not the URI of a target; write %s://%[1]s", text, b.Name)
		}
	}
	return fmt.Errorf("%q is not the URI of a target; to check a target of the spec elsewhere write -t %[1]s=URI, and "+
		"to check something else a URI: %s; without -t, all targets of the spec are checked", text,
		strings.Join(all.URIs(), ", "))
}

// ErrPassword does not name the address: it has a password in it.
var ErrPassword = errors.New("the address contains a password, which every report would show; write " +
	"[user@]host[:port], and pass the password as a sensitive variable to the target's `password`")

// HasPassword reports whether something like user:password precedes the last @ of an address.
func HasPassword(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at >= 0 && strings.ContainsRune(address[:at], ':')
}

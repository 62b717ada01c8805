// Package resource defines what a type of resource is, and the kinds of values that its attributes have. The types
// themselves are in the packages below spec/catalog.
//
// A [Type] is one value: its names, its documentation, its attributes, and the probes that observe them. From that
// value come the HCL schema, "did you mean", the check of every literal before anything is contacted, `avow explain`,
// the page in docs/types, and the tests of its fixtures.
//
// A type only reports facts; it never compares. It is pure: strings in, facts out. What runs on a host
// is the constant POSIX script of a [Probe], and its arguments travel as quoted words.
package resource

import (
	"cmp"
	"context"
	"io/fs"
	"net"
	"slices"
	"strings"
	"time"
)

// Type is one kind of thing that a spec can make promises about.
type Type struct {
	Name        string // the word that begins a block: "file"
	Label       string // the parameter that the block's label stands for: "path"
	DisplayName string // its name in reports: "File"
	Summary     string // one line, no full stop
	Detail      string // Markdown paragraphs: semantics, limits, what is unknown and when
	Example     string // a complete spec that loads

	Attributes []Attribute
	Probe      *Probe // observes the promises that have no probe of their own

	// Each is the type of the elements of a [Plural]; nil for all other types.
	Each *Type

	// AliasOf is the type that an [Alias] has another name for; nil for all other types.
	AliasOf *Type

	// Prepare completes the parameters of one block and rejects mistakes that only the type knows ("a port is a number
	// from 1 to 65535"). It is called before anything is contacted. It may be nil.
	Prepare func(Params) error

	// Absent rejects subjects that cannot be meant if a block promises that the thing is absent: a pattern that no file
	// has as its name would always be absent. It may be nil.
	Absent func(Params) error
}

// Attribute is one argument of a resource block: a parameter, which chooses what is checked, or a promise.
type Attribute struct {
	Name string
	Kind *Kind
	Doc  string // full sentences, Markdown

	// Probe observes the promise; nil means that of its type.
	Probe *Probe

	// Parameter is true for an attribute that chooses what is checked, and is not itself a promise.
	Parameter bool
	// Default is the value of a parameter that is not written, in the Go type of its Kind; nil for none.
	Default any

	// Phrase is how the promise reads after the thing's name. For a Bool it is a predicate; empty means "is" and the
	// noun ("is listening"). NegatedPhrase is its contrary, unless that is "is not listening", "does not exist". For
	// every other kind it is the noun that the matcher's phrase follows ("exit status"); empty means [Attribute.Noun].
	Phrase        string
	NegatedPhrase string

	// Presence marks the attributes that report whether the thing exists and works. Only they can be kept if the thing
	// does not exist.
	Presence bool

	// Named attributes hand the strings that a promise's literals name to the probe, as Params[Name], a sorted
	// []string: whose access is checked (`readable_by`), which keys are read (`properties`).
	Named bool
}

// Probe is one way of observing a resource, shared by the attributes that point at it.
type Probe struct {
	Name string // unique within its type

	// Script is the body of a POSIX shell function. Its arguments are the Words of its subjects, one after the other.
	// It runs in a subshell with LC_ALL=C, a PATH that has the sbins, and </dev/null. Functions that every script may
	// call: `cannot REASON...` reports that it could not be checked and ends the answer; `aside WORD` returns one word
	// besides its output.
	Script string

	// Words are what one subject puts on the line. Every subject has the same number of words. Nil means none: then all
	// subjects share one query, whose script takes no argument.
	Words func(Params) []string

	// Single probes run for one subject at a time; the others for many at once, and one by one only if the common query
	// failed.
	Single bool

	// Slow probes run what a spec contains (`command`): they run last, and do not queue behind each other.
	Slow bool

	// Limit is how long one query may take; nil means [DefaultLimit].
	Limit func(Params) time.Duration

	// Output is how many bytes one subject's answer may have, where that is more than the 8 MiB of all others.
	Output func(Params) int

	// Files checks the files of a target without a shell: an image, or a container that is stopped or has none. It
	// returns one Facts for each subject, in order. Without it, the attributes of the probe are unknown there.
	//
	// The file system is that of the target, rooted at its root, so names have no leading slash. It has Stat, which
	// follows symlinks as the target would, Lstat, ReadLink and ReadDir ([fs.StatFS], [fs.ReadLinkFS], [fs.ReadDirFS]);
	// Sys of the file information is a [archive/tar.Header] with the numbers of owner and group. Only an error that is
	// [fs.ErrNotExist] means "not there"; every other one means that it could not be checked.
	Files func(fs.FS, []Params) []Facts

	// Dial uses the network instead of a shell: a probe has it, or Metadata, or a Script and a Parse.
	Dial func(context.Context, Dialer, Params) Facts

	// Offline is true for a Dial that makes no connection: its facts follow from the parameters.
	Offline bool

	// Metadata returns facts from the metadata of the target's image, instead of using a shell. The image is one JSON
	// object, as Docker's API answers GET /images/{name}/json.
	Metadata func(image []byte, subjects []Params) ([]Facts, error)

	// Parse turns an answer into facts, one Facts for each subject, in the order of the query. An error means that the
	// answer makes no sense: a group is then queried one by one, and a single subject is unknown, with the error as the
	// reason. Parse never panics and never guesses.
	Parse func(Answer, []Params) ([]Facts, error)
}

// Dialer makes connections as the target would, or as the machine that runs Avow. Its errors are those of package net:
// what is refused is syscall.ECONNREFUSED, what took too long context.DeadlineExceeded. One with a method Final() bool
// concerns the connection to the target, and reveals nothing about the address.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// DefaultLimit is the time limit of a query unless its probe has another one.
const DefaultLimit = 10 * time.Second

// Answer is the result of one query: the bytes as they came, and the exit status of the script.
type Answer struct {
	Stdout  []byte
	Stderr  []byte
	Status  int
	Aside   string        // the word that the script returned aside; "" for none
	Elapsed time.Duration // from the begin to the end of the answer, as the runner saw it
}

// Params are what a block chooses: the values of its parameters by name, in the Go type of their Kind.
type Params map[string]any

// Derived is the name under which Params hold true where one of them is sensitive, and the spec does not set `sensitive
// = false`: what results from them may be a secret, too.
const Derived = "sensitive"

// Text returns the string parameter with that name, or "".
func (p Params) Text(name string) string { s, _ := p[name].(string); return s }

// Bool returns the boolean parameter with that name, or false.
func (p Params) Bool(name string) bool { b, _ := p[name].(bool); return b }

// Duration returns the duration parameter with that name, or 0.
func (p Params) Duration(name string) time.Duration { d, _ := p[name].(time.Duration); return d }

// References returns the strings that the promises of a [Attribute.Named] attribute mention, sorted.
func (p Params) References(name string) []string { s, _ := p[name].([]string); return s }

// Fact is what was found out of one attribute: a value, or that the thing does not exist, or that it could not be
// checked. Exactly one of Value, Missing and Unknown is set.
type Fact struct {
	Value   any    // in the Go type of the attribute's Kind
	Missing string // why there is nothing that could have the attribute: "no such file"
	Unknown string // why it could not be checked: "permission denied on /root"
	Note    string // what helps beside the value: "tcp listeners are 22, 80"

	// Doubt is why the value may mean nothing, and Settled the attribute that decides it: in a block that does not
	// promise that one, the fact is unknown, for this reason.
	Doubt, Settled string

	// Private is true for what the target keeps from other users, such as the content of a file that they may not read.
	// Reports show it only if the spec sets `sensitive = false`.
	Private bool
	// Output is what a command printed, beside every fact about it; nil for all other facts.
	Output *Output
}

// Output is what a command printed, as the bytes came.
type Output struct{ Stdout, Stderr string }

// Seen returns the fact that an attribute has a value.
func Seen(value any) Fact { return Fact{Value: value} }

// Missing returns the fact that there is nothing that could have the attribute.
func Missing(why string) Fact { return Fact{Missing: why} }

// Unknown returns the fact that an attribute could not be checked.
func Unknown(why string) Fact { return Fact{Unknown: why} }

// With returns the fact with a note.
func (f Fact) With(note string) Fact { f.Note = note; return f }

// Facts are what was found out of one thing, by attribute. An attribute that a probe observes and that has neither a
// fact of its own nor that of [Rest] is unknown. Facts of attributes that the probe does not observe are ignored.
type Facts map[string]Fact

// Rest is the name of the fact of all other attributes that a probe observes: those without a fact of their own.
const Rest = ""

// Every returns facts in which all that a probe observes has the same fact. If it is [Missing], the thing does not
// exist, so attributes with [Attribute.Presence] are false, unless they get a fact of their own.
func Every(fact Fact) Facts { return Facts{Rest: fact} }

// Of returns the fact of an attribute: its own, or that of [Rest].
func (f Facts) Of(attribute string) Fact {
	if fact, ok := f[attribute]; ok {
		return fact
	}
	return f[Rest]
}

// Complete returns the facts of exactly those attributes that a probe observes and that have one: their own, or that
// of [Rest].
func (t *Type) Complete(p *Probe, found Facts) Facts {
	whole := Facts{}
	for _, a := range t.Observed(p) {
		fact := found.Of(a.Name)
		_, own := found[a.Name]
		// A fact of its own stands, even one that says Missing: only the parser knows what it means.
		if !own && fact.Missing != "" && a.Presence && a.Kind == Bool {
			fact = Seen(false).With(fact.Missing)
		}
		if own || fact != (Fact{}) {
			whole[a.Name] = fact
		}
	}
	return whole
}

// Attribute returns an attribute by name, or nil.
func (t *Type) Attribute(name string) *Attribute {
	i := slices.IndexFunc(t.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Attributes[i]
}

// ProbeOf returns the probe that observes an attribute, or nil.
func (t *Type) ProbeOf(attribute string) *Probe {
	a := t.Attribute(attribute)
	if a == nil || a.Parameter {
		return nil
	}
	return cmp.Or(a.Probe, t.Probe)
}

// Probes returns the probes of the type, in the order in which its attributes first need them.
func (t *Type) Probes() []*Probe {
	var probes []*Probe
	for _, a := range t.Attributes {
		if p := t.ProbeOf(a.Name); p != nil && !slices.Contains(probes, p) {
			probes = append(probes, p)
		}
	}
	return probes
}

// Observed returns the attributes that a probe observes.
func (t *Type) Observed(p *Probe) []*Attribute {
	var observed []*Attribute
	for i := range t.Attributes {
		if a := &t.Attributes[i]; !a.Parameter && cmp.Or(a.Probe, t.Probe) == p {
			observed = append(observed, a)
		}
	}
	return observed
}

// Exists returns the promise that the thing is there.
func Exists(doc string) Attribute {
	return Attribute{Name: "exists", Kind: Bool, Presence: true, Phrase: "exists", Doc: doc}
}

// Noun returns what the phrase of a matcher follows: "exit status", "list of ports".
func (a *Attribute) Noun() string {
	name := strings.ReplaceAll(a.Name, "_", " ")
	switch {
	case a.Kind == Bool:
		return name
	case a.Phrase != "":
		return a.Phrase
	case a.Kind.Shape == Lists:
		return "list of " + name
	}
	return name
}

// Predicate returns how a Bool reads after the thing's name: "is listening", "does not exist".
func (a *Attribute) Predicate(is bool) string {
	phrase := cmp.Or(a.Phrase, "is "+a.Noun())
	switch {
	case is:
		return phrase
	case a.NegatedPhrase != "":
		return a.NegatedPhrase
	case phrase == "exists":
		return "does not exist"
	}
	return "is not " + strings.TrimPrefix(phrase, "is ")
}

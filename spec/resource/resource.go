// Package resource has the types of things that a spec can make promises about, one file each.
//
// A type is one value: what it is called, what it says of itself, which attributes it has and how they
// are observed. From that value come the HCL schema, "did you mean", the check of every literal before
// anything is contacted, `avow explain`, the page in docs/types, and the tests of its fixtures.
//
// A type only reports facts; it never compares. It is pure: strings in, facts out. What runs on a host
// is the constant POSIX script of a [Probe], and its arguments travel as quoted words.
package resource

import (
	"context"
	"io/fs"
	"net"
	"slices"
	"time"
)

// Type is one kind of thing that a spec can make promises about.
type Type struct {
	Name        string // the word that begins a block: "file"
	Label       string // the parameter that the block's label stands for: "path"
	DisplayName string // how reports call it: "File"
	Summary     string // one line, no full stop
	Detail      string // Markdown paragraphs: semantics, limits, what is unknown and when
	Example     string // a complete spec that loads

	Attributes []Attribute
	Probes     []Probe

	// Prepare completes the parameters of one block and finds the mistakes that only the type knows ("a
	// port is a number from 1 to 65535"). It is called before anything is contacted. It may be nil.
	Prepare func(Params) error

	// Absent finds what cannot be meant where a block promises that the thing is not there: a pattern that no file
	// is called by would not be there for sure. It may be nil.
	Absent func(Params) error
}

// Attribute is one argument of a resource block: a parameter, which chooses what is looked at, or a promise.
type Attribute struct {
	Name string
	Kind *Kind
	Doc  string // full sentences, Markdown

	// Parameter is true for what chooses what is looked at, and is not itself a promise.
	Parameter bool
	// Default is the value of a parameter that is not written, in the Go type of its Kind; nil for none.
	Default any

	// Says is how the promise reads after the thing's name. For a Bool it is a predicate ("is listening"),
	// and Denies is its contrary ("is not listening"). For every other kind it is the noun that the
	// matcher's phrase follows ("mode", "exit status"); empty means Name with blanks for underscores.
	Phrase        string
	NegatedPhrase string

	// Presence marks the attributes that say whether the thing is there and works. They alone can be kept
	// by a thing that is not there.
	Presence bool

	// Named attributes hand the strings that a promise's literals name to the probe, as Params[Name], a
	// sorted []string: whose access is asked for (`readable_by`), which keys are read (`properties`).
	Named bool
}

// Probe is one way of looking, shared by the attributes that it observes.
type Probe struct {
	Name     string   // unique within its type
	Observes []string // the promises that its facts answer

	// Script is the body of a POSIX shell function. Its arguments are the Words of its subjects, one after
	// the other. It runs in a subshell with LC_ALL=C, a PATH that has the sbins, and </dev/null. Functions
	// that every script may call: `cannot REASON...` says that it could not look and ends the answer; `aside WORD`
	// says one word beside its output.
	Script string

	// Words are what one subject puts on the line. Every subject has the same number of words. Nil means
	// none: then all subjects share one question, whose script takes no argument.
	Words func(Params) []string

	// Single probes are asked for one subject at a time; the others for many at once, and one by one only
	// if the answer for the many could not be had.
	Single bool

	// Slow probes run what a spec says (`command`): they are asked last, and do not queue behind each other.
	Slow bool

	// Limit is how long one question may take; nil means [DefaultLimit].
	Limit func(Params) time.Duration

	// Output is how many bytes one subject's answer may have, where that is more than the 8 MiB of all others.
	Output func(Params) int

	// Files looks at the files of a target that has no shell to ask: an image, or a container that is stopped or has
	// none. It gives one Facts for each subject, in order. What a probe without it observes is unknown there.
	//
	// The file system is that of the target, rooted at its root, so names have no leading slash. It has Stat, which
	// follows symlinks as the target would, Lstat, ReadLink and ReadDir ([fs.StatFS], [fs.ReadLinkFS], [fs.ReadDirFS]);
	// Sys of what they tell is a [archive/tar.Header] with the numbers of owner and group. Only an error that is
	// [fs.ErrNotExist] means "not there"; every other one means that nobody could look.
	Files func(fs.FS, []Params) []Facts

	// Dial looks at the network instead of asking a shell: a probe has it, or Metadata, or a Script and a Parse.
	Dial func(context.Context, Dialer, Params) Facts

	// Metadata makes facts of what the target's image says of itself, instead of asking a shell. The image is one JSON
	// object, as Docker's API answers GET /images/{name}/json.
	Metadata func(image []byte, subjects []Params) ([]Facts, error)

	// Parse turns an answer into facts, one Facts for each subject, in the order in which they were asked.
	// An error means that the answer makes no sense: a group is then asked one by one, and a single subject
	// is unknown, with the error as the reason. Parse never panics and never guesses.
	Parse func(Answer, []Params) ([]Facts, error)
}

// Dialer makes connections as the target would, or as the machine that runs Avow. Its errors are those of
// package net: what is refused is syscall.ECONNREFUSED, what took too long context.DeadlineExceeded. One with a method
// Final() bool is about the way to the target, and says nothing of the address.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// DefaultLimit is how long a question may take that says nothing else.
const DefaultLimit = 10 * time.Second

// Answer is what one question brought: the bytes as they came, and the exit status of the script.
type Answer struct {
	Stdout  []byte
	Stderr  []byte
	Status  int
	Aside   string        // the word that the script said aside; "" for none
	Elapsed time.Duration // from the begin to the end of the answer, as the runner saw it
}

// Params are what a block chooses: the values of its parameters by name, in the Go type of their Kind.
type Params map[string]any

// Derived is the name under which Params hold true where one of them is sensitive, and the spec does not say
// `sensitive = false`: what comes of them may be a secret, too.
const Derived = "sensitive"

// Text is the string parameter with that name, or "".
func (p Params) Text(name string) string { s, _ := p[name].(string); return s }

// Bool is the boolean parameter with that name, or false.
func (p Params) Bool(name string) bool { b, _ := p[name].(bool); return b }

// Duration is the duration parameter with that name, or 0.
func (p Params) Duration(name string) time.Duration { d, _ := p[name].(time.Duration); return d }

// References are the strings that the promises of a [Attribute.Named] attribute mention, sorted.
func (p Params) References(name string) []string { s, _ := p[name].([]string); return s }

// Fact is what was found out of one attribute: a value, or that the thing is not there, or that nobody
// could look. Exactly one of Value, Missing and Unknown is set.
type Fact struct {
	Value   any    // in the Go type of the attribute's Kind
	Missing string // why there is nothing that could have the attribute: "no such file"
	Unknown string // why it could not be looked at: "permission denied on /root"
	Note    string // what helps beside the value: "tcp listeners are 22, 80"

	// Doubt is why the value may mean nothing, and Settled the attribute that tells: in a block that does not promise
	// that one, the fact is unknown, for this reason.
	Doubt, Settled string

	// Private is true for what the target keeps from other users, such as the content of a file that they may not
	// read. Reports show it only where the spec says `sensitive = false`.
	Private bool
	// Output is what a command printed, beside every fact about it; nil for all other facts.
	Output *Output
}

// Output is what a command printed, as the bytes came.
type Output struct{ Stdout, Stderr string }

// Seen is the fact that an attribute has a value.
func Seen(value any) Fact { return Fact{Value: value} }

// Missing is the fact that there is nothing that could have the attribute.
func Missing(why string) Fact { return Fact{Missing: why} }

// Unknown is the fact that nobody could look.
func Unknown(why string) Fact { return Fact{Unknown: why} }

// With is the fact with a note beside it.
func (f Fact) With(note string) Fact { f.Note = note; return f }

// Facts are what was found out of one thing, by attribute. An attribute that a probe says to observe and
// that is not in its Facts is unknown.
type Facts map[string]Fact

// Every gives each of the named attributes the same fact.
func Every(fact Fact, names ...string) Facts {
	facts := Facts{}
	for _, name := range names {
		facts[name] = fact
	}
	return facts
}

// Attribute finds an attribute by name, or nil.
func (t *Type) Attribute(name string) *Attribute {
	i := slices.IndexFunc(t.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Attributes[i]
}

// Probe finds the probe that observes an attribute, or nil.
func (t *Type) Probe(attribute string) *Probe {
	i := slices.IndexFunc(t.Probes, func(p Probe) bool { return slices.Contains(p.Observes, attribute) })
	if i < 0 {
		return nil
	}
	return &t.Probes[i]
}

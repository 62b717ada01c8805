package file

import (
	"fmt"
	"slices"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// pathProbe is one way of checking a path, from which the probes of files and of directories are made.
type pathProbe struct {
	name   string
	words  func(resource.Params) []string // nil means linkWords
	script string                         // after locating; begins by setting $words
	single bool
	limit  func(resource.Params) time.Duration
	output func(resource.Params) int

	// read turns what the script printed after locate into facts, for the subjects that exist.
	read func(resource.Answer, []filePlace) ([]resource.Facts, error)

	// fact replaces read in probes of a single attribute, and of one file at a time.
	fact func(resource.Answer, filePlace) resource.Fact

	// link is the fact of a symlink itself where it has none of its own; it is not read then.
	link resource.Fact

	// files returns the same facts of one existing file on a target without a shell; nil if that needs a shell.
	files func(seenFile) resource.Facts
}

// of returns a probe for files of one kind: for others, what it observes is missing. "" is any kind.
func (l pathProbe) of(kind string) *resource.Probe {
	if l.words == nil {
		l.words = linkWords
	}
	return &resource.Probe{
		Name: l.name, Words: l.words, Script: locateScript + l.script,
		Single: l.single, Limit: l.limit, Output: l.output,
		Parse: func(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			return l.parse(answer, subjects, kind)
		},
		Files: l.inFiles(kind),
	}
}

func (l pathProbe) parse(answer resource.Answer, subjects []resource.Params, kind string) ([]resource.Facts, error) {
	places, rest, err := locateFiles(answer.Stdout, subjects)
	if err != nil {
		return nil, err
	}
	var found []resource.Facts
	seen := slices.DeleteFunc(slices.Clone(places), func(p filePlace) bool { return !l.reads(p) })
	answer.Stdout = rest
	if l.read != nil {
		found, err = l.read(answer, seen)
	} else {
		for _, p := range seen {
			found = append(found, resource.Every(l.fact(answer, p)))
		}
	}
	if err != nil {
		return nil, err
	}
	return l.merge(places, found, kind), nil
}

func (l pathProbe) reads(p filePlace) bool {
	return p.exists() && (p.kind != "symlink" || l.link == resource.Fact{})
}

// merge combines the facts that were found with those of the paths that were not read, in the order of the query.
func (l pathProbe) merge(places []filePlace, found []resource.Facts, kind string) []resource.Facts {
	all := make([]resource.Facts, len(places))
	for i, p := range places {
		switch {
		case !p.exists():
			all[i] = resource.Every(p.fact)
			continue
		case l.reads(p):
			all[i], found = found[0], found[1:]
		default:
			all[i] = resource.Every(l.link)
		}
		// The facts of a file that is no directory would be true, but the promise is about a directory.
		if kind != "" && p.kind != kind {
			all[i] = resource.Every(resource.Missing("not " + aKind(kind) + ", but " + aKind(p.kind)))
		}
	}
	return all
}

// fileRefused returns why a program could not read a file, in its own words.
func fileRefused(answer resource.Answer, p filePlace) resource.Fact {
	reason, ok := fileReason(string(answer.Stderr))
	if !ok {
		return resource.Unknown(fmt.Sprintf("cannot inspect %s (status %d)", p.path(), answer.Status))
	}
	return resource.Unknown(reason + " on " + p.path())
}

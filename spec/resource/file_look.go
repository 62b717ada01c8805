package resource

import (
	"errors"
	"fmt"
	"time"
)

// fileLooking is one way of looking at a path, from which the probes of files and of directories are made.
type fileLooking struct {
	name     string
	observes []string
	words    func(Params) []string // nil means linkWords
	script   string                // after locating; begins by setting $words
	single   bool
	limit    func(Params) time.Duration
	output   func(Params) int

	// read makes facts of what the script printed after locate, for the subjects that can be seen.
	read func(Answer, []filePlace) ([]Facts, error)

	// files makes the same facts of one that can be seen on a target without a shell; nil where that takes one.
	files func(seenFile) Facts
}

// probe looks at files of any kind.
func (l fileLooking) probe() Probe { return l.of("") }

// of looks at files of one kind alone: for the others, what it observes is missing. "" is any kind.
func (l fileLooking) of(kind string) Probe {
	words := l.words
	if words == nil {
		words = linkWords
	}
	return Probe{
		Name: l.name, Observes: l.observes, Words: words, Script: fileLocating + l.script,
		Single: l.single, Limit: l.limit, Output: l.output,
		Parse: func(answer Answer, subjects []Params) ([]Facts, error) { return l.parse(answer, subjects, kind) },
		Files: l.inFiles(kind, words),
	}
}

// observing is the same way of looking for some of its promises.
func (l fileLooking) observing(promises ...string) fileLooking { l.observes = promises; return l }

func (l fileLooking) parse(answer Answer, subjects []Params, kind string) ([]Facts, error) {
	places, rest, err := locateFiles(answer.Stdout, subjects)
	if err != nil {
		return nil, err
	}
	var seen []filePlace
	for _, p := range places {
		if p.seen() {
			seen = append(seen, p)
		}
	}
	answer.Stdout = rest
	found, err := l.read(answer, seen)
	if err != nil {
		return nil, err
	}
	if len(found) != len(seen) {
		return nil, errors.New("the answer does not fit the files that are there")
	}
	return l.merge(places, found, kind), nil
}

// merge puts what was found beside what is not there, in the order of the question.
func (l fileLooking) merge(places []filePlace, found []Facts, kind string) []Facts {
	all := make([]Facts, len(places))
	for i, p := range places {
		if !p.seen() {
			all[i] = Every(p.fact, l.observes...)
			continue
		}
		all[i], found = l.only(found[0]), found[1:]
		if kind != "" && p.kind != kind {
			all[i] = Every(Missing("not "+aKind(kind)+", but "+aKind(p.kind)), l.observes...)
		}
	}
	return all
}

// only are the facts that are asked for.
func (l fileLooking) only(found Facts) Facts {
	facts := Facts{}
	for _, name := range l.observes {
		if fact, ok := found[name]; ok {
			facts[name] = fact
		}
	}
	return facts
}

// eachFact makes facts of one attribute.
func eachFact(places []filePlace, attribute string, fact func(filePlace) Fact) []Facts {
	all := make([]Facts, len(places))
	for i, p := range places {
		all[i] = Facts{attribute: fact(p)}
	}
	return all
}

// fileRefused is that a program could not look at a file, in its own words.
func fileRefused(answer Answer, p filePlace) Fact {
	reason, ok := fileReason(string(answer.Stderr))
	if !ok {
		return Unknown(fmt.Sprintf("cannot inspect %s (status %d)", p.path(), answer.Status))
	}
	return Unknown(reason + " on " + p.path())
}

package doc

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// answerSet is the answers to the promises of a group, and the targets that share all of them.
type answerSet struct {
	targets []*record.TargetResult
	answers []*record.Answer
}

// groups prints the groups, in the order of the suite.
func (d *doc) groups() {
	sets := map[*record.Group][]*answerSet{}
	for _, l := range d.run.Lists {
		targets := slices.Clone(l.Targets)
		targets = slices.DeleteFunc(targets, func(t *record.TargetResult) bool { return t.Index < d.held })
		if len(targets) == 0 {
			continue
		}
		of := map[*record.Group]*answerSet{}
		for _, a := range l.Answers {
			g := a.Of.Group
			if of[g] == nil {
				of[g] = &answerSet{targets: targets}
				sets[g] = append(sets[g], of[g])
			}
			of[g].answers = append(of[g].answers, d.shown(a))
		}
	}
	for _, g := range d.run.Groups() {
		if len(sets[g]) > 0 {
			d.group(sets[g])
		}
	}
}

// shown returns the answer, or one that is shown in the same way: values of kept promises are hidden if they add
// nothing.
func (d *doc) shown(a *record.Answer) *record.Answer {
	if a.Status != record.Kept {
		return a
	}
	key := keptAnswer{a.Of, words.News(&a.Promise)}
	if d.kept[key] == nil {
		d.kept[key] = a
	}
	return d.kept[key]
}

// keptAnswer is the visible part of a kept answer.
type keptAnswer struct {
	of   *record.PromiseResult
	news string
}

// group prints a group's own promises, each block of targets under one heading.
func (d *doc) group(sets []*answerSet) {
	names := words.NamesOf(targetsOf(sets))
	blocks := blocksOf(informative(d.merged(sets)), d.perHost)
	for _, b := range blocks {
		if len(blocks) > 1 {
			d.host = ""
		}
		d.block(b, names)
	}
	if len(blocks) > 1 {
		d.host = ""
	}
}

func targetsOf(sets []*answerSet) []*record.TargetResult {
	var all []*record.TargetResult
	for _, s := range sets {
		all = append(all, s.targets...)
	}
	return record.InOrder(all)
}

// merged joins the sets that are equal in this group, whatever their targets answer elsewhere. It leaves out promises
// that are unknown because the target was not reached: one line reports those.
func (d *doc) merged(sets []*answerSet) []*answerSet {
	if d.perHost {
		sets = apart(sets)
	}
	var list []*answerSet
	known := map[string]*answerSet{}
	for _, s := range sets {
		answers := slices.DeleteFunc(slices.Clone(s.answers), func(a *record.Answer) bool { return a.Lost })
		key := []byte(s.targets[0].State())
		for _, a := range answers {
			key = binary.AppendUvarint(key, a.ID)
		}
		same := known[string(key)]
		if same == nil || d.perHost {
			same = &answerSet{answers: answers}
			known[string(key)], list = same, append(list, same)
		}
		same.targets = append(same.targets, s.targets...)
	}
	return list
}

// apart returns a set for each target, in the order of the run.
func apart(sets []*answerSet) []*answerSet {
	var list []*answerSet
	for _, s := range sets {
		for _, t := range s.targets {
			list = append(list, &answerSet{targets: []*record.TargetResult{t}, answers: s.answers})
		}
	}
	slices.SortStableFunc(list, func(a, b *answerSet) int { return a.targets[0].Index - b.targets[0].Index })
	return list
}

// informative leaves out sets without information: skipped promises of a target that was not reached, if other targets
// skip the same.
func informative(sets []*answerSet) []*answerSet {
	elsewhere := map[*record.Answer]bool{}
	for _, s := range sets {
		for _, a := range s.answers {
			elsewhere[a] = elsewhere[a] || !s.unreached()
		}
	}
	return slices.DeleteFunc(sets, func(s *answerSet) bool {
		return len(s.answers) == 0 || s.unreached() && !s.targets[0].Answered &&
			!slices.ContainsFunc(s.answers, func(a *record.Answer) bool { return a.Status != record.Skipped || !elsewhere[a] })
	})
}

func (s *answerSet) unreached() bool { return !s.targets[0].Reached() }

// incomplete reports whether answers of the targets are missing; all targets of a set are alike in that.
func (s *answerSet) incomplete() bool { return s.targets[0].Error != "" }

// block prints the promises of targets that share a heading.
func (d *doc) block(b *block, names words.TargetNames) {
	heading := d.heading(b, names)
	if who := identify(b.targets); who != d.standing {
		d.standing, d.host = who, ""
	}
	for _, answers := range b.promises() {
		if len(answers) == 1 && len(answers[0].Targets) == len(b.targets) {
			d.promise(heading, answers[0].Waited())
			continue
		}
		s := &splitPromise{page: d.page, names: names, block: b.targets}
		s.promise(heading, answers)
	}
}

// heading returns the host line of a block, of one line or more: "web1 … web40: 40 of 40 hosts · Debian 12 · ssh".
func (d *doc) heading(b *block, names words.TargetNames) string {
	pieces := names.Heading(b.targets)
	if d.perHost {
		pieces = words.Each(b.targets)
	}
	last := len(pieces) - 1
	pieces[last] = words.Dotted(pieces[last], b.targets...)
	return strings.Join(words.Pack(pieces, d.Width-8), "\n")
}

// identify returns a key for exactly these targets; a heading may be the same for others.
func identify(targets []*record.TargetResult) string {
	var key []byte
	for _, t := range targets {
		key = binary.AppendUvarint(key, uint64(t.Index))
	}
	return string(key)
}

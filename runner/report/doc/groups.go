package doc

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// groups prints the groups, in the order of the suite.
func (d *doc) groups() {
	// The answers of each group, by the targets that share all of them.
	lists := map[*record.Group][]*record.AnswerList{}
	for _, l := range d.run.Lists {
		targets := slices.Clone(l.Targets)
		targets = slices.DeleteFunc(targets, func(t *record.TargetResult) bool { return t.Index < d.held })
		if len(targets) == 0 {
			continue
		}
		of := map[*record.Group]*record.AnswerList{}
		for _, a := range l.Answers {
			g := a.Of.Group
			if of[g] == nil {
				of[g] = &record.AnswerList{Targets: targets}
				lists[g] = append(lists[g], of[g])
			}
			of[g].Answers = append(of[g].Answers, d.shown(a))
		}
	}
	for _, g := range d.run.Groups() {
		if len(lists[g]) > 0 {
			d.group(lists[g])
		}
	}
}

// shown returns the answer, or one that is shown in the same way: values of kept promises are hidden if they add
// nothing.
func (d *doc) shown(a *record.Answer) *record.Answer {
	if a.Promise.Status != record.Kept {
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
func (d *doc) group(lists []*record.AnswerList) {
	var targets []*record.TargetResult
	for _, l := range lists {
		targets = append(targets, l.Targets...)
	}
	names := words.NamesOf(record.InOrder(targets))
	blocks := blocksOf(informative(d.merged(lists)), d.perHost)
	for _, b := range blocks {
		if len(blocks) > 1 {
			d.page.host = ""
		}
		d.block(b, names)
	}
	if len(blocks) > 1 {
		d.page.host = "" // the next group must not seem to be of the last block alone
	}
}

// merged joins the lists that are equal in this group, whatever their targets answer elsewhere. It leaves out promises
// that are unknown because the target was not reached: one line reports those.
func (d *doc) merged(lists []*record.AnswerList) []*record.AnswerList {
	var out []*record.AnswerList
	known := map[string]*record.AnswerList{}
	for _, l := range lists {
		answers := slices.DeleteFunc(slices.Clone(l.Answers), func(a *record.Answer) bool { return a.Lost })
		if d.perHost {
			for _, t := range l.Targets {
				out = append(out, &record.AnswerList{Targets: []*record.TargetResult{t}, Answers: answers})
			}
			continue
		}
		key := []byte(l.Targets[0].State())
		for _, a := range answers {
			key = binary.AppendUvarint(key, a.ID)
		}
		same := known[string(key)]
		if same == nil {
			same = &record.AnswerList{Answers: answers}
			known[string(key)], out = same, append(out, same)
		}
		same.Targets = append(same.Targets, l.Targets...)
	}
	if d.perHost {
		slices.SortStableFunc(out, func(a, b *record.AnswerList) int {
			return cmp.Compare(a.Targets[0].Index, b.Targets[0].Index)
		})
	}
	return out
}

// informative leaves out lists without information: skipped promises of a target that was not reached, if other targets
// skip the same.
func informative(lists []*record.AnswerList) []*record.AnswerList {
	elsewhere := map[*record.Answer]bool{}
	for _, l := range lists {
		for _, a := range l.Answers {
			elsewhere[a] = elsewhere[a] || l.Targets[0].Target.Reached()
		}
	}
	return slices.DeleteFunc(lists, func(l *record.AnswerList) bool {
		t := l.Targets[0] // all targets of a list are in the same state
		return len(l.Answers) == 0 || !t.Target.Reached() && !t.Answered &&
			!slices.ContainsFunc(l.Answers, func(a *record.Answer) bool {
				return a.Promise.Status != record.Skipped || !elsewhere[a]
			})
	})
}

// block prints the promises of targets that share a heading.
func (d *doc) block(b *block, names words.TargetNames) {
	pieces := names.Heading(b.targets)
	if d.perHost {
		pieces = words.Each(b.targets)
	}
	// "web1 … web40: 40 of 40 hosts · Debian 12 · ssh", in one line or more
	last := len(pieces) - 1
	pieces[last] = words.Dotted(pieces[last], b.targets...)
	heading := strings.Join(words.Pack(pieces, d.page.Width-8, ""), "\n")
	if !slices.Equal(b.targets, d.standing) {
		d.standing, d.page.host = b.targets, "" // a heading may be the same for others
	}
	for _, answers := range b.promises() {
		if len(answers) == 1 && len(answers[0].Targets) == len(b.targets) {
			d.page.promise(heading, answers[0].Waited())
			continue
		}
		s := &splitPromise{page: d.page, names: names, block: b.targets}
		s.promise(heading, answers)
	}
}

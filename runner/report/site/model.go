package site

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// model is what is kept of a run until its end. The words of a promise, and an answer to it, are kept once however
// many hosts have them, and no more of an answer than pages show.
type model struct {
	start    record.Start
	end      *record.End
	hosts    []*host
	promises []*promise
	files    map[string]int
	known    map[words]*promise
	times    map[words]int // of the host whose promises come now
	answered map[answerKey]*answer
}

// host is one target and its answers.
type host struct {
	record.Target
	at      int // in the order of the run
	answers []given
	tally   tally
	looked  record.Timing
	page    string // below the folder
}

// given is an answer as one host gave it.
type given struct {
	*answer
	elapsed float64
	took    float64
	past    past
}

// promise is a promise in the words of the spec, whoever makes it.
type promise struct {
	record.Promise // of which only what the spec says counts
	id             int
	section        *section
	answers        []*answer
}

// answer is one distinct answer to a promise and the hosts that gave it, in the order of the run.
type answer struct {
	*promise
	status                    record.Status
	found, note, diff, reason string
	stdout, stderr            string // the end of each
	lost                      bool   // unknown because the host could not be reached
	hosts                     []*host
}

// words are all that makes two promises different promises.
type words struct {
	path, whys, tags, kind, name, attribute, title, says, why, expected string
	pos                                                                 record.Position
	nth                                                                 int // where one host has several
}

type answerKey struct {
	promise                   *promise
	status                    record.Status
	found, note, diff, reason string
	stdout, stderr            string
	lost                      bool
}

func newModel() *model {
	return &model{files: map[string]int{}, known: map[words]*promise{}, answered: map[answerKey]*answer{}}
}

func (m *model) hear(e record.Event) {
	switch {
	case e.Start != nil:
		m.start = *e.Start
		for _, f := range e.Start.Files {
			m.files[f.Path] = len(m.files)
		}
	case e.Target != nil:
		m.meet(*e.Target)
	case e.Promise != nil:
		m.keep(e.Promise)
	case e.End != nil:
		m.end = e.End
	}
}

func (m *model) meet(t record.Target) {
	m.hosts = append(m.hosts, &host{Target: t, at: len(m.hosts)})
	m.times = map[words]int{}
}

// keep remembers a promise of the host that was met last.
func (m *model) keep(p *record.Promise) {
	if len(m.hosts) == 0 || m.hosts[len(m.hosts)-1].Name != p.Target {
		m.meet(record.Target{Name: p.Target})
	}
	h := m.hosts[len(m.hosts)-1]
	a := m.answer(p, h)
	a.hosts = append(a.hosts, h)
	h.answers = append(h.answers, given{answer: a, elapsed: p.Elapsed, took: p.Took})
	h.tally[p.Status]++
}

// answer finds the answer among those that are known, or adds it.
func (m *model) answer(p *record.Promise, h *host) *answer {
	key := answerKey{
		promise: m.promise(p), status: p.Status,
		found: excerpt(p.Found), note: excerpt(p.Note), diff: excerpt(p.Diff), reason: excerpt(p.Reason),
		stdout: ending(p.Stdout), stderr: ending(p.Stderr),
	}
	key.lost = h.Error != "" && p.Status == record.Unknown && strings.Contains(p.Reason, h.Error)
	if m.answered[key] == nil {
		a := &answer{
			promise: key.promise, status: key.status, lost: key.lost,
			found: key.found, note: key.note, diff: key.diff, reason: key.reason,
			stdout: key.stdout, stderr: key.stderr,
		}
		m.answered[key] = a
		a.promise.answers = append(a.promise.answers, a)
	}
	return m.answered[key]
}

// promise finds the promise among those that are known, or adds it.
func (m *model) promise(p *record.Promise) *promise {
	key := words{
		path: strings.Join(p.Path, "\x00"), whys: strings.Join(p.PathWhys, "\x00"), tags: strings.Join(p.Tags, "\x00"),
		kind: p.Type, name: p.Name, attribute: p.Attribute, title: p.Title, says: p.Says, why: p.Why,
		expected: p.Expected, pos: p.Pos,
	}
	m.times[key]++
	key.nth = m.times[key]
	if m.known[key] == nil {
		m.known[key] = m.learn(p)
	}
	return m.known[key]
}

func (m *model) learn(p *record.Promise) *promise {
	if _, known := m.files[p.Pos.File]; !known {
		m.files[p.Pos.File] = len(m.files)
	}
	fresh := &promise{Promise: *p, id: len(m.promises)}
	fresh.Expected = excerpt(p.Expected)
	fresh.Found, fresh.Note, fresh.Diff, fresh.Reason = "", "", "", ""
	m.promises = append(m.promises, fresh)
	return fresh
}

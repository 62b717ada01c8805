package report

import (
	"encoding/binary"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

const maxHeld = 4096 // bytes of a host's words that are kept as they came until the end

// memory keeps a run until its end: each distinct answer once, and each distinct list of answers once, however
// many hosts gave it. What hosts print does not make it grow, for no more is kept than will be shown.
type memory struct {
	perHost bool
	hosts   []*machine
	lots    []*lot
	files   map[string]int
	known   map[answer]*told
	lists   map[string]*lot
	heard   []*told // of the host whose promises come now
}

// machine is what is kept of a target.
type machine struct {
	at                    int // in the order of the run
	name, system, backend string
	address, reason       string // the reason why it could not be reached, or was lost
	reached               bool   // it told facts of itself
	answered              bool   // a promise of it is kept or broken
	unknown               int    // promises, for that reason
	waits                 map[*told]float64
}

// told is one distinct answer to a promise. On and Elapsed are left to the hosts.
type told struct {
	record.Promise
	id   uint64
	lost bool // unknown because the host could not be reached
}

// lot is a list of answers, and the hosts that gave it.
type lot struct {
	hosts   []*machine
	answers []*told
}

// answer has all that makes two answers different.
type answer struct {
	path, whys, kind, noun, name, attribute, title string
	says, why, expected, found, note, diff, reason string
	stdout, stderr                                 string
	status                                         record.Status
	pos                                            record.Position
	lost                                           bool
}

func newMemory(perHost bool) *memory {
	return &memory{perHost: perHost, files: map[string]int{}, known: map[answer]*told{}, lists: map[string]*lot{}}
}

func (m *memory) meet(t *record.Target) {
	m.part()
	m.hosts = append(m.hosts, hostOf(t, len(m.hosts)))
}

func hostOf(t *record.Target, at int) *machine {
	return &machine{
		at: at, name: t.Name, system: system(t.Host), backend: t.Backend,
		address: t.Address, reason: t.Error, reached: t.Reached(), waits: map[*told]float64{},
	}
}

// keep remembers a promise of the host that was met last.
func (m *memory) keep(p *record.Promise) {
	h := m.hosts[len(m.hosts)-1]
	if h.name != p.Target {
		m.meet(&record.Target{Name: p.Target})
		h = m.hosts[len(m.hosts)-1]
	}
	t := m.learn(p, h)
	if p.Elapsed > 0 {
		h.waits[t] = max(p.Elapsed, h.waits[t])
	}
	h.answered = h.answered || p.Status == record.Kept || p.Status == record.Broken
	m.heard = append(m.heard, t)
}

// learn finds the answer among those that are known, or adds it.
func (m *memory) learn(p *record.Promise, h *machine) *told {
	t := &told{Promise: *p, id: uint64(len(m.known))}
	t.Target, t.Elapsed, t.Took, t.Tags = "", 0, 0, nil
	t.lost = h.reason != "" && p.Status == record.Unknown && strings.Contains(p.Reason, h.reason)
	t.trim()
	key := t.key()
	if known := m.known[key]; known != nil {
		return known
	}
	m.known[key] = t
	return t
}

func (t *told) key() answer {
	return answer{
		path: strings.Join(t.Path, "\x00"), whys: strings.Join(t.PathWhys, "\x00"), kind: t.Type, noun: t.DisplayName,
		name: t.Name, attribute: t.Attribute, title: t.Title, says: t.Says, why: t.Why, expected: t.Expected,
		found: t.Found, note: t.Note, diff: t.Diff, reason: t.Reason, stdout: t.Stdout, stderr: t.Stderr, status: t.Status, pos: t.Pos, lost: t.lost,
	}
}

// trim leaves no more of what the host said than will be shown.
func (t *told) trim() {
	switch {
	case t.lost:
		t.Reason, t.Note, t.Stdout, t.Stderr = "", "", "", ""
	case t.Status == record.Kept:
		t.Found, t.Note, t.Diff, t.Reason = news(&t.Promise), "", "", ""
		t.Stdout, t.Stderr = "", ""
	}
	if t.Diff == "" || isText(t.Found) { // beside a diff a value is cut shorter, by the page
		t.Found = excerpt(t.Found)
	}
	t.Note, t.Diff, t.Reason = excerpt(t.Note), excerpt(t.Diff), excerpt(t.Reason)
	t.Stdout, t.Stderr = ending(t.Stdout), ending(t.Stderr)
}

// ending is as much of a stream's end as will be shown.
func ending(s string) string {
	if len(s) > maxHeld {
		s = strings.ToValidUTF8(s[len(s)-maxHeld:], "")
	}
	return s
}

// excerpt cuts a long value so that the page's own limits leave what it says of the length untouched.
func excerpt(s string) string {
	const tail = 30 // characters of "… (12,345,678 bytes)"
	if len(s) <= maxHeld {
		return s
	}
	if !isText(s) {
		return neutral(s, maxValue-tail)
	}
	lines := strings.SplitN(strings.TrimSuffix(s, "\n"), "\n", maxLines)
	more := strings.Count(lines[len(lines)-1], "\n") + 1
	for i := range lines {
		lines[i] = neutral(lines[i], maxTitle-tail)
	}
	if len(lines) == maxLines && more > 1 {
		lines[maxLines-1] = "… " + count(more, "more line")
	}
	return strings.Join(lines, "\n")
}

// part ends the host whose promises came: it joins those that gave the same answers.
func (m *memory) part() {
	if len(m.hosts) == 0 {
		return
	}
	h := m.hosts[len(m.hosts)-1]
	key := h.kind()
	for _, t := range m.heard {
		key = binary.AppendUvarint(key, t.id)
		if h.leaves(t) {
			h.unknown++
		}
	}
	same := m.lists[string(key)]
	if same == nil || m.perHost {
		same = &lot{answers: append([]*told(nil), m.heard...)}
		m.lists[string(key)], m.lots = same, append(m.lots, same)
	}
	same.hosts, m.heard = append(same.hosts, h), m.heard[:0]
}

// kind tells hosts apart whose equal answers are shown in different ways.
func (h *machine) kind() []byte {
	switch {
	case h.reason == "":
		return []byte("reached ")
	case h.reached:
		return []byte("lost ")
	case h.answered:
		return []byte("seen from elsewhere ")
	}
	return []byte("unreached ")
}

// leaves says whether an answer is left to the line that tells of the lost host. What is unknown for a reason
// of its own stays with its promise, if the host answered anything.
func (h *machine) leaves(t *told) bool {
	return h.reason != "" && t.Status == record.Unknown && (t.lost || !h.answered)
}

package report

import (
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// group prints a describe's own promises, each block of hosts under one heading.
func (d *doc) group(g *group) {
	t := &table{spots: map[identity]*spot{}, of: map[*lot][]*spot{}, place: d.place}
	lots := telling(g.merged(d.perHost))
	for _, l := range lots {
		t.lay(l)
	}
	roster := rosterOf(g.hosts())
	blocks := t.blocks(lots, d.perHost)
	for _, b := range blocks {
		if len(blocks) > 1 {
			d.host = ""
		}
		d.block(b, roster, t.promises(b))
	}
	if len(blocks) > 1 {
		d.host = ""
	}
}

// telling leaves out lots that tell nothing. What is skipped on a host that could not be reached tells nothing
// when other hosts tell the same.
func telling(lots []*lot) []*lot {
	elsewhere := map[*told]bool{}
	for _, l := range lots {
		for _, a := range l.answers {
			elsewhere[a] = elsewhere[a] || !l.unreached()
		}
	}
	return slices.DeleteFunc(lots, func(l *lot) bool {
		return len(l.answers) == 0 || l.unreached() && !l.hosts[0].answered && !slices.ContainsFunc(l.answers, func(a *told) bool { return !elsewhere[a] })
	})
}

func (l *lot) unreached() bool { return l.lost() && !l.hosts[0].reached }

// lost says whether the hosts did not answer everything; all hosts of a lot are alike in that.
func (l *lot) lost() bool { return l.hosts[0].reason != "" }

// block prints the promises of hosts that share a heading.
func (d *doc) block(b *block, r roster, promises [][]said) {
	heading := d.heading(b, r)
	if who := identify(b.hosts); who != d.standing {
		d.standing, d.host = who, ""
	}
	for _, answers := range promises {
		if len(answers) == 1 && len(answers[0].hosts) == len(b.hosts) {
			d.promise(heading, answers[0].waited())
			continue
		}
		s := &split{page: d.page, roster: r, block: b.hosts}
		s.promise(heading, answers)
	}
}

// heading is the host line of a block, of one line or more: "web1 … web40: 40 of 40 hosts · Debian 12 · ssh".
func (d *doc) heading(b *block, r roster) string {
	pieces := r.heading(b.hosts)
	if d.perHost {
		pieces = r.each(b.hosts)
	}
	last := len(pieces) - 1
	pieces[last] = dotted(pieces[last], b.hosts...)
	return strings.Join(pack(pieces, d.width-8), "\n")
}

// identify is a key for exactly these hosts; a heading may look the same for others.
func identify(hosts []*machine) string {
	var key strings.Builder
	for _, h := range hosts {
		key.WriteString(thousands(h.at) + " ")
	}
	return key.String()
}

// waited is the answer as a promise, with the longest wait of its hosts.
func (s said) waited() *record.Promise {
	p := s.Promise
	for _, h := range s.hosts {
		p.Elapsed = max(p.Elapsed, h.waits[s.told])
	}
	return &p
}

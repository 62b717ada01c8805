package report

import (
	"fmt"

	"github.com/avow-dev/avow/runner/report/plain"
)

// loss is hosts that could not be reached, or were lost on the way, for the same reason.
type loss struct {
	hosts   []*machine
	reached bool
	reason  string
	unknown int // promises
}

// lost are all losses, in the order of their first hosts.
func (m *memory) lost() []*loss {
	type kind struct {
		reached bool
		reason  string
	}
	var list []*loss
	seen := map[kind]*loss{}
	for _, h := range m.hosts {
		if h.reason == "" {
			continue
		}
		key := kind{h.reached, h.impersonal()}
		l := seen[key]
		if l == nil || m.perHost {
			l = &loss{reached: h.reached, reason: h.reason}
			seen[key], list = l, append(list, l)
		}
		if l.reason != h.reason {
			l.reason = key.reason
		}
		l.hosts, l.unknown = append(l.hosts, h), l.unknown+h.unknown
	}
	return list
}

// impersonal is the reason without the host's own name and address, in which the same reasons differ.
func (h *machine) impersonal() string { return plain.Impersonal(h.reason, h.name, h.address) }

// maxLost are the reasons for which hosts were not reached that a page for people lists.
const maxLost = 20

// unreachable tells of the hosts that could not be reached, or were lost. Of many, only so much as fits a screen.
func (d *doc) unreachable(losses []*loss) {
	for _, l := range losses[:min(len(losses), maxLost)] {
		d.unreached(l)
	}
	if len(losses) <= maxLost {
		return
	}
	hosts, unknown := 0, 0
	for _, l := range losses[maxLost:] {
		hosts, unknown = hosts+len(l.hosts), unknown+l.unknown
	}
	d.line(0, span{d.paint.doubt, fmt.Sprintf("? and %s, with %s unknown; the JSON report lists them all",
		count(hosts, "more host"), count(unknown, "promise"))})
}

// unreached tells a loss once.
func (d *doc) unreached(l *loss) {
	mark := "? "
	for _, line := range after(pack(rosterOf(d.hosts).someNames(l.hosts), d.width-2), " "+l.fate()) {
		d.line(0, span{d.paint.doubt, mark + line})
		mark = "  "
	}
}

// fate is what became of the hosts: "could not be reached: connection refused — 2 promises unknown".
func (l *loss) fate() string {
	what := "could not be reached"
	if l.reached {
		what = "was lost"
		if len(l.hosts) > 1 {
			what = "were lost"
		}
	}
	sentence := what + ": " + neutral(l.reason, maxValue)
	if l.unknown > 0 {
		sentence += " — " + count(l.unknown, "promise") + " unknown"
	}
	return sentence
}

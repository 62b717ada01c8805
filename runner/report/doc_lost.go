package report

import "github.com/avow-dev/avow/runner/report/plain"

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

// unreached tells a loss once.
func (d *doc) unreached(l *loss) {
	mark := "? "
	for _, line := range after(pack(rosterOf(d.hosts).names(l.hosts), d.width-2), " "+l.fate()) {
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

package report

import (
	"net/netip"
	"regexp"
	"strings"
)

// loss is hosts that could not be reached, or were lost on the way, for the same reason.
type loss struct {
	hosts    []*machine
	answered bool
	reason   string
	unknown  int // promises
}

// lost are all losses, in the order of their first hosts.
func (m *memory) lost() []*loss {
	type kind struct {
		answered bool
		reason   string
	}
	var list []*loss
	seen := map[kind]*loss{}
	for _, h := range m.hosts {
		if h.reason == "" {
			continue
		}
		key := kind{h.answered, h.impersonal()}
		l := seen[key]
		if l == nil || m.perHost {
			l = &loss{answered: h.answered, reason: h.reason}
			seen[key], list = l, append(list, l)
		}
		if l.reason != h.reason {
			l.reason = key.reason
		}
		l.hosts, l.unknown = append(l.hosts, h), l.unknown+h.unknown
	}
	return list
}

var addressLike = regexp.MustCompile(`[\pL\pN_.@:%\[\]-]*[\pL\pN_\]]`)

// impersonal is the reason without the host's own name and address, in which the same reasons differ.
func (h *machine) impersonal() string {
	_, server, found := strings.Cut(h.address, "@")
	if !found {
		server = h.address
	}
	bare, _, _ := strings.Cut(server, ":")
	return addressLike.ReplaceAllStringFunc(h.reason, func(word string) string {
		switch word {
		case h.name, h.address, server, bare, bare + ":22":
			return "…"
		}
		if isAddress(word) {
			return "…"
		}
		return word
	})
}

func isAddress(word string) bool {
	_, err := netip.ParseAddrPort(word)
	if err != nil {
		_, err = netip.ParseAddr(word)
	}
	return err == nil
}

// unreached tells a loss once.
func (d *doc) unreached(l *loss) {
	what := "could not be reached"
	if l.answered {
		what = "was lost"
		if len(l.hosts) > 1 {
			what = "were lost"
		}
	}
	sentence := " " + what + ": " + neutral(l.reason, maxValue)
	if l.unknown > 0 {
		sentence += " — " + count(l.unknown, "promise") + " unknown"
	}
	mark := "? "
	for _, line := range after(pack(rosterOf(d.hosts).names(l.hosts), d.width-2), sentence) {
		d.line(0, span{d.paint.doubt, mark + line})
		mark = "  "
	}
}

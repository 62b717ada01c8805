package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/plain"
)

const (
	fewHosts  = 3  // that are always named, and never counted
	maxPieces = 20 // names, or runs of names, in one list
)

// roster is the hosts that one describe, or the run, speaks of. Names are told as runs in its order.
type roster struct {
	rank map[*machine]int
	all  []*machine
}

func rosterOf(hosts []*machine) roster {
	r := roster{rank: make(map[*machine]int, len(hosts)), all: hosts}
	for i, h := range hosts {
		r.rank[h] = i
	}
	return r
}

func inOrder(hosts []*machine) []*machine {
	slices.SortFunc(hosts, func(a, b *machine) int { return cmp.Compare(a.at, b.at) })
	return slices.Compact(hosts)
}

// someNames are the hosts, three or more in a row as the first and the last: "web1", "web3 … web9". Of many pieces, the
// rest is counted.
func (r roster) someNames(hosts []*machine) []string {
	var pieces []string
	for len(hosts) > 0 && len(pieces) < maxPieces {
		n := r.row(hosts)
		pieces, hosts = append(pieces, between(hosts[:n])), hosts[n:]
	}
	if len(hosts) > 0 {
		pieces = append(pieces, "and "+count(len(hosts), "more host"))
	}
	return pieces
}

// row is how many of the first hosts are told as one piece. Two in a row are two names.
func (r roster) row(hosts []*machine) int {
	n := 1
	for n < len(hosts) && r.rank[hosts[n]] == r.rank[hosts[n-1]]+1 {
		n++
	}
	if n == 2 {
		return 1
	}
	return n
}

func between(hosts []*machine) string {
	first, last := neutral(hosts[0].name, maxTitle), neutral(hosts[len(hosts)-1].name, maxTitle)
	if len(hosts) == 1 {
		return first
	}
	return first + " … " + last
}

// heading is the hosts of a block. Of most hosts with many gaps the ends will do, since who is missing is named
// elsewhere.
func (r roster) heading(hosts []*machine) []string {
	if len(r.all) <= fewHosts {
		return r.each(hosts)
	}
	pieces := r.someNames(hosts)
	if 2*len(hosts) > len(r.all) && runes(strings.Join(pieces, ", ")) > maxMargin {
		pieces = []string{between(hosts)}
	}
	pieces[len(pieces)-1] += fmt.Sprintf(": %s of %s", thousands(len(hosts)), count(len(r.all), "host"))
	return pieces
}

// each names few hosts, without runs.
func (r roster) each(hosts []*machine) []string {
	var names []string
	for _, h := range hosts {
		names = append(names, neutral(h.name, maxTitle))
	}
	return names
}

// inMargin names few hosts, and counts many. It says whether they were named.
func (r roster) inMargin(hosts, of []*machine) (string, bool) {
	if len(hosts) <= fewHosts {
		if names := strings.Join(r.each(hosts), ", "); runes(names) <= maxMargin {
			return names, true
		}
	}
	return thousands(len(hosts)) + " of " + thousands(len(of)), false
}

// oneHost is the host line of a target that is told alone: "web1 · Debian 12 · ssh".
func oneHost(t *record.Target) string {
	h := hostOf(t, 0)
	return dotted(neutral(h.name, maxTitle), h)
}

// dotted adds to names what systems the hosts have, and how they are reached.
func dotted(names string, hosts ...*machine) string {
	var systems, backends []string
	for _, h := range hosts {
		systems, backends = append(systems, h.system), append(backends, h.backend)
	}
	parts := []string{names, distinct(systems), distinct(backends)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// system is how people call the host's operating system: "Debian 12" for "Debian GNU/Linux 12 (bookworm)".
func system(host map[string]string) string { return plain.System(host) }

// distinct lists the different words, and nothing if they are too many for a heading.
func distinct(words []string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" })
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > 3 {
		return ""
	}
	return neutral(strings.Join(words, ", "), maxTitle)
}

// pack joins pieces with commas, in lines that are no wider than width, if the pieces are not.
func pack(pieces []string, width int) []string {
	lines := []string{""}
	for i, piece := range pieces {
		if i < len(pieces)-1 {
			piece += ","
		}
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = piece
		case runes(*last)+1+runes(piece) <= width:
			*last += " " + piece
		default:
			lines = append(lines, piece)
		}
	}
	return lines
}

// after adds to the last of the lines.
func after(lines []string, what string) []string {
	lines[len(lines)-1] += what
	return lines
}

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

const (
	fewHosts  = 3  // that are always named, and never counted
	maxPieces = 20 // names, or runs of names, in one list
)

// targetNames names targets of a group, or of the run: several in a row of its order as the first and the last.
type targetNames struct {
	rank map[*record.TargetResult]int
	all  []*record.TargetResult
}

func namesOf(targets []*record.TargetResult) targetNames {
	n := targetNames{rank: make(map[*record.TargetResult]int, len(targets)), all: targets}
	for i, t := range targets {
		n.rank[t] = i
	}
	return n
}

// inWords names targets of a run: each where they are few, else as runs.
func inWords(run *record.Run, targets []*record.TargetResult) string {
	if len(targets) <= fewHosts {
		return strings.Join(each(targets), ", ")
	}
	return strings.Join(namesOf(run.Targets).some(targets), ", ")
}

// someNames are the targets, three or more in a row as the first and the last: "web1", "web3 … web9". Of many pieces, the
// rest is counted.
func (n targetNames) some(targets []*record.TargetResult) []string {
	var pieces []string
	for len(targets) > 0 && len(pieces) < maxPieces {
		row := n.row(targets)
		pieces, targets = append(pieces, between(targets[:row])), targets[row:]
	}
	if len(targets) > 0 {
		pieces = append(pieces, "and "+count(len(targets), "more host"))
	}
	return pieces
}

// row is how many of the first targets are one piece. Two in a row are two names.
func (n targetNames) row(targets []*record.TargetResult) int {
	row := 1
	for row < len(targets) && n.rank[targets[row]] == n.rank[targets[row-1]]+1 {
		row++
	}
	if row == 2 {
		return 1
	}
	return row
}

func between(targets []*record.TargetResult) string {
	first, last := neutral(targets[0].Name, maxTitle), neutral(targets[len(targets)-1].Name, maxTitle)
	if len(targets) == 1 {
		return first
	}
	return first + " … " + last
}

// heading is the targets of a block. Of most targets with many gaps the ends will do, since who is missing is named
// elsewhere.
func (n targetNames) heading(targets []*record.TargetResult) []string {
	if len(n.all) <= fewHosts {
		return each(targets)
	}
	pieces := n.some(targets)
	if 2*len(targets) > len(n.all) && runes(strings.Join(pieces, ", ")) > maxMargin {
		pieces = []string{between(targets)}
	}
	pieces[len(pieces)-1] += fmt.Sprintf(": %s of %s", thousands(len(targets)), count(len(n.all), "host"))
	return pieces
}

// each names few targets, without runs.
func each(targets []*record.TargetResult) []string {
	var names []string
	for _, h := range targets {
		names = append(names, neutral(h.Name, maxTitle))
	}
	return names
}

// inMargin names few targets, and counts many. It says whether they were named.
func (n targetNames) inMargin(targets, of []*record.TargetResult) (string, bool) {
	if len(targets) <= fewHosts {
		if names := strings.Join(each(targets), ", "); runes(names) <= maxMargin {
			return names, true
		}
	}
	return thousands(len(targets)) + " of " + thousands(len(of)), false
}

// headingOf is the host line of one target: "web1 · Debian 12 · ssh".
func headingOf(t *record.TargetResult) string { return dotted(neutral(t.Name, maxTitle), t) }

// dotted adds to names what systems the targets have, and how they are reached.
func dotted(names string, targets ...*record.TargetResult) string {
	var systems, backends []string
	for _, t := range targets {
		systems, backends = append(systems, t.System()), append(backends, t.Backend)
	}
	parts := []string{names, distinct(systems), distinct(backends)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

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

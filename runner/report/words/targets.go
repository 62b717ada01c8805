package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
)

// TargetNames names targets of a group, or of the run: several in a row of its order as the first and the last.
type TargetNames struct {
	rank map[*record.TargetResult]int
	all  []*record.TargetResult
}

// NamesOf returns names for targets in their order.
func NamesOf(targets []*record.TargetResult) TargetNames {
	n := TargetNames{rank: make(map[*record.TargetResult]int, len(targets)), all: targets}
	for i, t := range targets {
		n.rank[t] = i
	}
	return n
}

// InWords names targets of a run: each if they are few, else as ranges.
func InWords(run *record.Run, targets []*record.TargetResult) string {
	if len(targets) <= fewHosts {
		return strings.Join(Each(targets), ", ")
	}
	return strings.Join(NamesOf(run.Targets).Some(targets), ", ")
}

// Some returns the names of targets, three or more consecutive ones as the first and the last: "web1", "web3 … web9".
// With many pieces, it counts the rest.
func (n TargetNames) Some(targets []*record.TargetResult) []string {
	var pieces []string
	for len(targets) > 0 && len(pieces) < maxPieces {
		row := n.row(targets)
		pieces, targets = append(pieces, between(targets[:row])), targets[row:]
	}
	if len(targets) > 0 {
		pieces = append(pieces, "and "+plain.Count(len(targets), "more host"))
	}
	return pieces
}

// row returns how many of the first targets are one piece. Two consecutive ones are two names.
func (n TargetNames) row(targets []*record.TargetResult) int {
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
	first, last := plain.Value(targets[0].Name, MaxTitle), plain.Value(targets[len(targets)-1].Name, MaxTitle)
	if len(targets) == 1 {
		return first
	}
	return first + " … " + last
}

// Heading returns the names of the targets of a block. For most targets with many gaps it returns the ends, since the
// missing ones are named elsewhere.
func (n TargetNames) Heading(targets []*record.TargetResult) []string {
	if len(n.all) <= fewHosts {
		return Each(targets)
	}
	pieces := n.Some(targets)
	if 2*len(targets) > len(n.all) && Runes(strings.Join(pieces, ", ")) > MaxMargin {
		pieces = []string{between(targets)}
	}
	pieces[len(pieces)-1] += fmt.Sprintf(": %s of %s", plain.Thousands(len(targets)), plain.Count(len(n.all), "host"))
	return pieces
}

// Each names few targets, without ranges.
func Each(targets []*record.TargetResult) []string {
	var names []string
	for _, h := range targets {
		names = append(names, plain.Value(h.Name, MaxTitle))
	}
	return names
}

// InMargin names few targets, and counts many. It reports whether it named them.
func (n TargetNames) InMargin(targets, of []*record.TargetResult) (string, bool) {
	if len(targets) <= fewHosts {
		if names := strings.Join(Each(targets), ", "); Runes(names) <= MaxMargin {
			return names, true
		}
	}
	return plain.Thousands(len(targets)) + " of " + plain.Thousands(len(of)), false
}

// HeadingOf returns the host line of one target: "web1 · Debian 12 · ssh".
func HeadingOf(t *record.TargetResult) string { return Dotted(plain.Value(t.Name, MaxTitle), t) }

// Dotted adds to names the systems and backends of the targets.
func Dotted(names string, targets ...*record.TargetResult) string {
	var systems, backends []string
	for _, t := range targets {
		systems, backends = append(systems, t.System()), append(backends, t.Backend)
	}
	parts := []string{names, distinct(systems), distinct(backends)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// distinct lists the different words, or nothing if they are too many for a heading.
func distinct(words []string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" })
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > 3 {
		return ""
	}
	return plain.Value(strings.Join(words, ", "), MaxTitle)
}

// Pack joins pieces with commas, in lines that are no wider than width, if the pieces are not.
func Pack(pieces []string, width int) []string {
	lines := []string{""}
	for i, piece := range pieces {
		if i < len(pieces)-1 {
			piece += ","
		}
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = piece
		case Runes(*last)+1+Runes(piece) <= width:
			*last += " " + piece
		default:
			lines = append(lines, piece)
		}
	}
	return lines
}

// After appends to the last of the lines.
func After(lines []string, what string) []string {
	lines[len(lines)-1] += what
	return lines
}

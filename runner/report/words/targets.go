package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
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
	if len(targets) <= fewTargets {
		return strings.Join(Each(targets), ", ")
	}
	return strings.Join(NamesOf(run.Targets).Some(targets), ", ")
}

// Some returns the names of targets, three or more consecutive ones as the first and the last: "web1", "web3 … web9".
// With many pieces, it counts the rest.
func (n TargetNames) Some(targets []*record.TargetResult) []string {
	var pieces []string
	for len(targets) > 0 && len(pieces) < maxPieces {
		row := 1
		for row < len(targets) && n.rank[targets[row]] == n.rank[targets[row-1]]+1 {
			row++
		}
		if row == 2 {
			row = 1 // "web1, web2" is as short as a range, and clearer
		}
		pieces, targets = append(pieces, between(targets[:row])), targets[row:]
	}
	if len(targets) > 0 {
		pieces = append(pieces, "and "+plain.Count(len(targets), "more host"))
	}
	return pieces
}

func between(targets []*record.TargetResult) string {
	if len(targets) == 1 {
		return targets[0].Target.Name
	}
	return targets[0].Target.Name + " … " + targets[len(targets)-1].Target.Name
}

// Heading returns the names of the targets of a block. For most targets with many gaps it returns the ends, since the
// missing ones are named elsewhere.
func (n TargetNames) Heading(targets []*record.TargetResult) []string {
	if len(n.all) <= fewTargets {
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
	for _, t := range targets {
		names = append(names, t.Target.Name)
	}
	return names
}

// InMargin names few targets, and counts many. It reports whether it named them.
func (n TargetNames) InMargin(targets, of []*record.TargetResult) (string, bool) {
	if len(targets) <= fewTargets {
		if names := strings.Join(Each(targets), ", "); Runes(names) <= MaxMargin {
			return names, true
		}
	}
	return plain.Thousands(len(targets)) + " of " + plain.Thousands(len(of)), false
}

// Dotted adds to names the systems and backends of the targets: "web1 · Debian 12 · ssh".
func Dotted(names string, targets ...*record.TargetResult) string {
	var systems, backends []string
	for _, t := range targets {
		systems, backends = append(systems, t.Target.System()), append(backends, t.Target.Backend)
	}
	parts := []string{names, distinct(systems), distinct(backends)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// distinct lists the different words, or nothing if they are too many for a heading, or do not hold for all targets.
func distinct(words []string) string {
	slices.Sort(words)
	words = slices.Compact(words)
	// BusyBox has no /etc/os-release, so the system of a target may be unknown. That of another one is not its own.
	if len(words) > 3 || slices.Contains(words, "") {
		return ""
	}
	return plain.Value(strings.Join(words, ", "), MaxTitle)
}

// BecameOf returns whether targets with an error were not reached or were lost, in words.
func BecameOf(targets ...*record.TargetResult) string {
	switch {
	case !targets[0].Target.Reached():
		return "could not be reached"
	case len(targets) > 1:
		return "were lost"
	}
	return "was lost"
}

// CouldNotBeReached describes unreachable targets: "could not be reached: connection refused — 2 promises unknown".
func CouldNotBeReached(u *record.Unreachable) string {
	sentence := BecameOf(u.Targets...) + ": " + plain.Value(u.Reason, MaxValue)
	if u.Unknown > 0 {
		sentence += " — " + plain.Count(u.Unknown, "promise") + " unknown"
	}
	return sentence
}

package doc

import (
	"fmt"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// maxLost limits the reasons for unreachable hosts on a page for people.
const maxLost = 20

// unreachable prints the hosts that were not reached, or were lost, within the limit.
func (d *doc) unreachable(list []*record.Unreachable) {
	for _, u := range list[:min(len(list), maxLost)] {
		d.unreached(u)
	}
	if len(list) <= maxLost {
		return
	}
	hosts, unknown := 0, 0
	for _, u := range list[maxLost:] {
		hosts, unknown = hosts+len(u.Targets), unknown+u.Unknown
	}
	d.Line(0, span(d.Paint.Doubt, fmt.Sprintf("? and %s, with %s unknown; the JSON report lists them all",
		plain.Count(hosts, "more host"), plain.Count(unknown, "promise"))))
}

// unreached prints the targets with one reason.
func (d *doc) unreached(u *record.Unreachable) {
	mark := "? "
	names := words.NamesOf(d.run.Targets).Some(u.Targets)
	for _, line := range words.After(words.Pack(names, d.Width-2), " "+words.CouldNotBeReached(u)) {
		d.Line(0, span(d.Paint.Doubt, mark+line))
		mark = "  "
	}
}

package report

import (
	"fmt"

	"github.com/avow-dev/avow/runner/record"
)

// maxLost are the reasons for which hosts were not reached that a page for people lists.
const maxLost = 20

// unreachable tells of the hosts that could not be reached, or were lost. Of many, only so much as fits a screen.
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
	d.line(0, span{d.paint.doubt, fmt.Sprintf("? and %s, with %s unknown; the JSON report lists them all",
		count(hosts, "more host"), count(unknown, "promise"))})
}

// unreached tells a loss once.
func (d *doc) unreached(u *record.Unreachable) {
	mark := "? "
	for _, line := range after(pack(namesOf(d.run.Targets).some(u.Targets), d.width-2), " "+fate(u)) {
		d.line(0, span{d.paint.doubt, mark + line})
		mark = "  "
	}
}

// fate is what became of the hosts: "could not be reached: connection refused — 2 promises unknown".
func fate(u *record.Unreachable) string {
	what := "could not be reached"
	if u.Reached {
		what = "was lost"
		if len(u.Targets) > 1 {
			what = "were lost"
		}
	}
	sentence := what + ": " + neutral(u.Reason, maxValue)
	if u.Unknown > 0 {
		sentence += " — " + count(u.Unknown, "promise") + " unknown"
	}
	return sentence
}

package words

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// CouldNotBeReached describes unreachable hosts: "could not be reached: connection refused — 2 promises unknown".
func CouldNotBeReached(u *record.Unreachable) string {
	what := "could not be reached"
	if u.Reached {
		what = "was lost"
		if len(u.Targets) > 1 {
			what = "were lost"
		}
	}
	sentence := what + ": " + plain.Value(u.Reason, MaxValue)
	if u.Unknown > 0 {
		sentence += " — " + plain.Count(u.Unknown, "promise") + " unknown"
	}
	return sentence
}

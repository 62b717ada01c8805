package site

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

const maxRuns = 60 // that a plot shows

// sentence returns since when: "broken since 2026-01-28, 3 runs; kept on 2026-01-27".
func sentence(p record.Since, status record.Status) string {
	if !p.Known {
		return "first checked in this run"
	}
	if p.Runs == 0 {
		return "new: " + p.Was.String() + " on " + day(p.Until)
	}
	s := status.String() + " since " + day(p.Time) + ", " + plain.Count(p.Runs+1, "run")
	if p.Until == "" {
		return s + ", or longer"
	}
	return s + "; " + p.Was.String() + " on " + day(p.Until)
}

func day(s string) string {
	if m := momentOf(s, dayTime); m != nil {
		return m.Text
	}
	return "an unknown day"
}

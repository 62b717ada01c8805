package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// plot shows verdicts over time: a column for every run.
type plot struct {
	ID, Title, Desc       string
	Width, Height, Column int
	Bars                  []rect
	Runs                  []record.PastRun // for the table, the newest first
	Cut                   string           // runs that are not shown
}

// rect is the part of a verdict in a column.
type rect struct {
	X int
	share
}

const (
	maxRuns    = 60 // that a plot shows
	plotHeight = 48
	plotStep   = 12
	plotColumn = 9
	plotLeast  = 3
)

// plot plots the counts that pick returns for every run; nil without a history of them.
func (s *site) plot(id, name string, pick func(record.PastRun) *record.Counts) *plot {
	if s.past == nil {
		return nil
	}
	var runs []record.PastRun
	for _, r := range s.past.Runs {
		if t := pick(r); t != nil && t.All() > 0 { // a run that left the group out says nothing about its health
			r.Counts = *t
			runs = append(runs, r)
		}
	}
	if len(runs) < 2 {
		return nil
	}
	p := &plot{ID: id, Title: "Health of " + name + " over time", Height: plotHeight, Column: plotColumn}
	if cut := len(runs) - maxRuns; cut > 0 {
		runs, p.Cut = runs[cut:], plain.Count(cut, "earlier run")+" not shown"
	}
	var open []string
	for i, r := range runs {
		for _, part := range split(r.Counts, plotHeight, plotLeast) {
			p.Bars = append(p.Bars, rect{i * plotStep, part})
		}
		open = append(open, fmt.Sprintf("%d/%d", r.Counts[record.Broken], r.Counts[record.Unknown]))
	}
	p.Width = len(runs)*plotStep - (plotStep - plotColumn)
	p.Desc = fmt.Sprintf("%s from %s to %s. Broken and unknown in each: %s.",
		plain.Count(len(runs), "run"), day(runs[0].Time), day(runs[len(runs)-1].Time), strings.Join(open, ", "))
	slices.Reverse(runs)
	p.Runs = runs
	return p
}

// since returns since when hosts have an answer's verdict, if they all have the same history.
func (s *site) since(answers ...*answer) string {
	since := ""
	for _, a := range answers {
		for _, h := range a.hosts {
			if s.past == nil || a.Promise.Status != record.Broken && a.Promise.Status != record.Unknown {
				return ""
			}
			of := sentence(s.past.Since(h.TargetResult, a.Answer), a.Promise.Status)
			if cmp.Or(since, of) != of {
				return "different runs on different hosts; see their pages"
			}
			since = of
		}
	}
	return since
}

// sentence returns since when: "broken since 2026-01-28, 3 runs; kept on 2026-01-27".
func sentence(p record.Since, status record.Status) string {
	switch {
	case !p.Known:
		return "first checked in this run"
	case p.Runs == 0:
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

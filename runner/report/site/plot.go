package site

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// plot shows verdicts over time: a column for every run.
type plot struct {
	ID, Title, Desc string
	Width, Height   int
	Bars            []rect
	Rows            []runRow
	Cut             string // runs that are not shown
}

// rect is the part of a verdict in a column.
type rect struct {
	X, Y, Width, Height int
	Word                string
}

// runRow is a run in the table beside the plot, the newest first.
type runRow struct {
	Time                           *moment
	Note                           string
	Kept, Broken, Unknown, Skipped string
}

const (
	plotHeight = 48
	plotStep   = 12
	plotColumn = 9
	plotLeast  = 3 // so that one broken promise of a thousand is seen
)

// plot plots the counts that pick returns for every run; nil without a history of them.
func (s *site) plot(id, name string, pick func(record.PastRun) *record.Counts) *plot {
	if s.past == nil {
		return nil
	}
	var runs []record.PastRun
	for _, r := range s.past.Runs {
		if t := pick(r); t != nil && t.All() > 0 {
			r.Counts = *t
			runs = append(runs, r)
		}
	}
	if len(runs) < 2 {
		return nil
	}
	p := &plot{ID: id, Title: "Health of " + name + " over time", Height: plotHeight}
	if cut := len(runs) - maxRuns; cut > 0 {
		runs, p.Cut = runs[cut:], plain.Count(cut, "earlier run")+" not shown"
	}
	p.draw(runs)
	return p
}

func (p *plot) draw(runs []record.PastRun) {
	for i, r := range runs {
		p.Bars = append(p.Bars, column(i*plotStep, r.Counts)...)
		p.Rows = append([]runRow{rowOf(r)}, p.Rows...)
	}
	p.Width = len(runs)*plotStep - (plotStep - plotColumn)
	var broken []string
	for _, r := range runs {
		broken = append(broken, fmt.Sprintf("%d/%d", r.Counts[record.Broken], r.Counts[record.Unknown]))
	}
	p.Desc = fmt.Sprintf("%s from %s to %s. Broken and unknown in each: %s.",
		plain.Count(len(runs), "run"), day(runs[0].Time), day(runs[len(runs)-1].Time), strings.Join(broken, ", "))
}

// column stacks verdicts, the worst on top.
func column(x int, t record.Counts) []rect {
	var list []rect
	room := plotHeight
	for _, n := range t {
		if n > 0 {
			room -= plotLeast
		}
	}
	y := 0
	for _, s := range record.WorstFirst {
		if t[s] == 0 {
			continue
		}
		height := plotLeast + room*t[s]/t.All()
		if t[s] == t.All() || s == record.Kept {
			height = plotHeight - y
		}
		list = append(list, rect{x, y, plotColumn, height, s.String()})
		y += height
	}
	if last := &list[len(list)-1]; last.Y+last.Height < plotHeight {
		last.Height = plotHeight - last.Y
	}
	return list
}

func rowOf(r record.PastRun) runRow {
	row := runRow{
		Time: momentOf(r.Time, fullTime), Kept: plain.Thousands(r.Counts[record.Kept]),
		Broken:  plain.Thousands(r.Counts[record.Broken]),
		Unknown: plain.Thousands(r.Counts[record.Unknown]), Skipped: plain.Thousands(r.Counts[record.Skipped]),
	}
	if !r.Complete {
		row.Note = "incomplete"
	}
	return row
}

// barOf is a bar of verdicts with its description.
type barOf struct {
	Words  string
	Shares []share
}

// bar returns a bar, empty if nothing was checked.
func (s *site) bar(t record.Counts) barOf {
	if s.run.Start.Planned || t.All() == 0 {
		return barOf{}
	}
	return barOf{inWords(t), shares(t)}
}

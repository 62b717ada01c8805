package site

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/plain"
)

// plot is how verdicts were shared over time: a column for every run.
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

// plot draws what pick picks of every run; nil where there is no history, or nothing of it.
func (c *chronicle) plot(id, name string, pick func(told) *tally) *plot {
	if c == nil {
		return nil
	}
	var runs []told
	for _, r := range c.runs {
		if t := pick(r); t != nil && t.all() > 0 {
			r.tally = *t
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

func (p *plot) draw(runs []told) {
	for i, r := range runs {
		p.Bars = append(p.Bars, column(i*plotStep, r.tally)...)
		p.Rows = append([]runRow{rowOf(r)}, p.Rows...)
	}
	p.Width = len(runs)*plotStep - (plotStep - plotColumn)
	var broken []string
	for _, r := range runs {
		broken = append(broken, fmt.Sprintf("%d/%d", r.tally[record.Broken], r.tally[record.Unknown]))
	}
	p.Desc = fmt.Sprintf("%s from %s to %s. Broken and unknown in each: %s.",
		plain.Count(len(runs), "run"), day(runs[0].time), day(runs[len(runs)-1].time), strings.Join(broken, ", "))
}

// column stacks verdicts, the worst on top.
func column(x int, t tally) []rect {
	var list []rect
	room := plotHeight
	for _, n := range t {
		if n > 0 {
			room -= plotLeast
		}
	}
	y := 0
	for _, s := range worstFirst {
		if t[s] == 0 {
			continue
		}
		height := plotLeast + room*t[s]/t.all()
		if t[s] == t.all() || s == record.Kept {
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

func rowOf(r told) runRow {
	row := runRow{
		Time: momentOf(r.time, fullTime), Kept: plain.Thousands(r.tally[record.Kept]), Broken: plain.Thousands(r.tally[record.Broken]),
		Unknown: plain.Thousands(r.tally[record.Unknown]), Skipped: plain.Thousands(r.tally[record.Skipped]),
	}
	if !r.complete {
		row.Note = "incomplete"
	}
	return row
}

// barOf is a bar of verdicts with what it says in words.
type barOf struct {
	Words  string
	Shares []share
}

// bar is nothing where nothing was looked at.
func (s *site) bar(t tally) barOf {
	if s.start.Planned || t.all() == 0 {
		return barOf{}
	}
	return barOf{t.String(), t.Bar()}
}

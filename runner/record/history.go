package record

// History is the history of a run's promises.
type History struct {
	Runs  []PastRun // the oldest first, this one the last
	since map[*TargetResult]map[*Answer]*Since
}

// PastRun is the summary of one run.
type PastRun struct {
	Time     string
	Complete bool
	Counts   Counts
	Groups   map[string]*Counts // by the titles of top-level groups
}

// Since is the time since when an answer's verdict has not changed.
type Since struct {
	Known bool   // an earlier run checked it
	Runs  int    // in a row with this verdict, without this one
	Time  string // of the first of them
	Until string // the time of the last run with another verdict; "" for none
	Was   Status // the verdict at that time
}

// HistoryOf returns the history of a finished run from earlier runs, the oldest first; nil without any. It ignores runs
// that checked nothing.
func HistoryOf(run *Run, earlier [][]Event) *History {
	h := &History{since: map[*TargetResult]map[*Answer]*Since{}}
	open := h.open(run)
	for _, events := range earlier {
		if past, verdicts := summarize(events, open); past != nil {
			h.Runs = append(h.Runs, *past)
			for key, status := range verdicts {
				open[key].add(status, past.Time)
			}
		}
	}
	if len(h.Runs) == 0 {
		return nil
	}
	h.Runs = append(h.Runs, run.summary())
	return h
}

// Since returns since when a target's answer has its verdict; kept and skipped promises have no history.
func (h *History) Since(t *TargetResult, a *Answer) Since {
	if since := h.since[t][a]; since != nil {
		return *since
	}
	return Since{}
}

// openPromise is a promise that is broken or unknown in this run.
type openPromise struct {
	status Status
	*Since
}

func (h *History) open(run *Run) map[Key]openPromise {
	open := map[Key]openPromise{}
	keys := Keys{}
	for _, t := range run.Targets {
		h.since[t] = map[*Answer]*Since{}
		for _, a := range t.Answers {
			key := keys.Next(t.Name, &a.Promise)
			if a.Status == Broken || a.Status == Unknown {
				h.since[t][a] = &Since{}
				open[key] = openPromise{a.Status, h.since[t][a]}
			}
		}
	}
	return open
}

// summarize returns a summary of an earlier run, and its verdicts on the promises that are open now; nil for a run that
// was only planned.
func summarize(events []Event, open map[Key]openPromise) (*PastRun, map[Key]Status) {
	past := &PastRun{Groups: map[string]*Counts{}}
	verdicts, keys := map[Key]Status{}, Keys{}
	for _, e := range events {
		e = e.Safe() // as the run's own keys are
		switch {
		case e.Start != nil && e.Start.Planned:
			return nil, nil
		case e.Start != nil:
			past.Time = e.Start.Time
		case e.End != nil:
			past.Complete = e.End.Complete
		case e.Promise != nil:
			past.count(e.Promise)
			key := keys.Next(e.Promise.Target, e.Promise)
			if _, is := open[key]; is {
				verdicts[key] = e.Promise.Status
			}
		}
	}
	return past, verdicts
}

func (past *PastRun) count(p *Promise) {
	past.Counts[p.Status]++
	top := ""
	if len(p.Path) > 0 {
		top = p.Path[0]
	}
	if past.Groups[top] == nil {
		past.Groups[top] = &Counts{}
	}
	past.Groups[top][p.Status]++
}

// add adds one more run. A run that did not check the promise changes nothing.
func (p openPromise) add(status Status, at string) {
	p.Known = true
	switch {
	case status != p.status:
		p.Runs, p.Time, p.Until, p.Was = 0, "", at, status
	case p.Runs == 0:
		p.Runs, p.Time = 1, at
	default:
		p.Runs++
	}
}

// summary returns the summary of the run.
func (r *Run) summary() PastRun {
	past := PastRun{Time: r.Start.Time, Complete: r.Complete(), Groups: map[string]*Counts{}}
	for _, t := range r.Targets {
		for _, a := range t.Answers {
			past.count(&a.Promise)
		}
	}
	return past
}

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
	open := map[Key]openPromise{}
	run.each(func(key Key, t *TargetResult, a *Answer) {
		if a.Promise.Status != Broken && a.Promise.Status != Unknown {
			return
		}
		if h.since[t] == nil {
			h.since[t] = map[*Answer]*Since{}
		}
		h.since[t][a] = &Since{}
		open[key] = openPromise{a.Promise.Status, h.since[t][a]}
	})
	for _, events := range earlier {
		past := RunOf(events) // which makes its texts safe, as those of the run's own keys are
		if past.Start.Planned {
			continue
		}
		h.Runs = append(h.Runs, past.summary())
		past.each(func(key Key, _ *TargetResult, a *Answer) {
			if p, known := open[key]; known {
				p.add(a.Promise.Status, past.Start.Time)
			}
		})
	}
	if len(h.Runs) == 0 {
		return nil
	}
	h.Runs = append(h.Runs, run.summary())
	return h
}

// each calls do for every answer of every target.
func (r *Run) each(do func(Key, *TargetResult, *Answer)) {
	keys := Keys{}
	for _, t := range r.Targets {
		for _, a := range t.Answers {
			do(keys.Next(t.Target.Name, &a.Promise), t, a)
		}
	}
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

// add adds one more run. A run that did not check the promise changes nothing.
func (p openPromise) add(status Status, at string) {
	p.Known = true
	switch {
	// Runs come oldest first: another verdict begins the count anew.
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
	r.each(func(_ Key, _ *TargetResult, a *Answer) {
		past.Counts[a.Promise.Status]++
		top := ""
		if len(a.Promise.Path) > 0 {
			top = a.Promise.Path[0]
		}
		if past.Groups[top] == nil {
			past.Groups[top] = &Counts{}
		}
		past.Groups[top][a.Promise.Status]++
	})
	return past
}

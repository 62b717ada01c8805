package record

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Merge joins several runs into one, such as those of many CI jobs. Targets keep the order of the runs. Targets with
// the same name in different runs are renamed after their files: "localhost (job2.jsonl)". The merged run begins with
// the first, takes as long as the longest, and is complete if all are. A run that is given twice counts once, with a
// warning.
func Merge(runs []Saved) Saved {
	runs, repeated := distinct(runs)
	merged := runs[0]
	if len(runs) > 1 {
		merged = merge(runs)
	}
	merged.Warnings = append(slices.Clone(merged.Warnings), repeated...)
	return merged
}

func merge(runs []Saved) Saved {
	start, end := *runs[0].Start(), End{Complete: true}
	start.Targets, start.Planned, start.Files = 0, true, nil
	start.Scope, start.Variables, start.Reads, start.Moved = mergedScope(runs), nil, nil, nil
	var versions, names, warnings []string
	var events []Event
	for i, renamed := range apart(runs) {
		s, e := runs[i].Start(), runs[i].End()
		// RFC 3339 in UTC: the order of the texts is that of the times.
		start.Time = min(start.Time, s.Time)
		start.Targets += s.Targets
		start.Planned = start.Planned && s.Planned
		start.Files, start.Reads = union(start.Files, s.Files), union(start.Reads, s.Reads)
		start.Variables, start.Moved = union(start.Variables, s.Variables), union(start.Moved, s.Moved)
		versions = union(versions, []string{s.Version})
		names = append(names, runs[i].Name)
		warnings = append(warnings, runs[i].Warnings...)
		end = end.and(*renamed.Event(Event{End: e}).End)
		for _, event := range runs[i].Events[1 : len(runs[i].Events)-1] {
			events = append(events, renamed.Event(event))
		}
	}
	start.Version = strings.Join(versions, ", ")
	events = slices.Insert(events, 0, Event{Action: ActionStart, Start: &start})
	events = append(events, Event{Action: ActionEnd, End: &end})
	return Saved{Name: strings.Join(names, ", "), Warnings: warnings, Events: events}
}

func union[T comparable](list, more []T) []T {
	for _, x := range more {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

// and returns the end of both runs together.
func (e End) and(other End) End {
	counts := e.Counts()
	counts.Add(other.Counts())
	e.setCounts(counts)
	e.Targets += other.Targets
	e.Elapsed = max(e.Elapsed, other.Elapsed)
	e.Time = max(e.Time, other.Time)
	e.Complete = e.Complete && other.Complete
	e.Stopped = e.Stopped || other.Stopped
	e.Timings = append(e.Timings, other.Timings...)
	return e
}

// distinct returns the runs without duplicates, compared event by event.
func distinct(runs []Saved) (out []Saved, warnings []string) {
	seen := map[string]string{}
	for _, r := range runs {
		sum := r.Sum()
		if first, twice := seen[sum]; twice {
			warnings = append(warnings, fmt.Sprintf("%s: the same run as %s; counted once", r.Name, first))
			continue
		}
		seen[sum] = r.Name
		out = append(out, r)
	}
	return out, warnings
}

// Sum returns the SHA-256, in hexadecimal, of the run's events as JSON lines.
func (s Saved) Sum() string {
	hash := sha256.New()
	enc := json.NewEncoder(hash)
	enc.SetEscapeHTML(false)
	for _, e := range s.Events {
		_ = enc.Encode(e) // a hash does not fail, and the events were read from JSON
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Renaming maps old names of the targets of one run to new ones.
type Renaming map[string]string

// Of returns the new name of a target, or its own.
func (r Renaming) Of(name string) string { return cmp.Or(r[name], name) }

// Event returns the event with new names.
func (r Renaming) Event(e Event) Event {
	switch {
	case e.Target != nil && r[e.Target.Name] != "":
		t := *e.Target
		t.Name = r[t.Name]
		e.Target = &t
	case e.Promise != nil && r[e.Promise.Target] != "":
		p := *e.Promise
		p.Target = r[p.Target]
		e.Promise = &p
	case e.End != nil && len(r) > 0 && len(e.End.Timings) > 0:
		end := *e.End
		end.Timings = slices.Clone(end.Timings)
		for i := range end.Timings {
			end.Timings[i].Target = r.Of(end.Timings[i].Target)
		}
		e.End = &end
	}
	return e
}

// apart renames targets whose name is in more than one run.
func apart(runs []Saved) []Renaming {
	in, bases := map[string]int{}, map[string]int{}
	for _, r := range runs {
		bases[filepath.Base(r.Name)]++
		for _, name := range r.targets() {
			in[name]++
		}
	}
	out := make([]Renaming, len(runs))
	for i, r := range runs {
		// The base name of the file if that is enough, else the whole path.
		label := filepath.Base(r.Name)
		if bases[label] > 1 {
			label = r.Name
		}
		out[i] = Renaming{}
		for _, name := range r.targets() {
			if in[name] > 1 {
				out[i][name] = FreeName(fmt.Sprintf("%s (%s)", name, label), in)
			}
		}
	}
	return out
}

// FreeName returns the name itself, or adds a number if another target has it.
func FreeName(name string, taken map[string]int) string {
	for n, try := 2, name; ; n++ {
		if taken[try] == 0 {
			taken[try] = 1
			return try
		}
		try = fmt.Sprintf("%s %d", name, n)
	}
}

func (s Saved) targets() []string { return Side{Events: s.Events}.Targets() }

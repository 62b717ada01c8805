package report

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
)

// whole is a run that is kept until its end, for formats that tell it as one.
type whole struct {
	*memory
	start record.Start
	end   *record.End
}

// atEnd is a report that writes nothing before the run's end. A stream without one leaves nothing behind, which no
// reader takes for a run.
func atEnd(tell func(*whole) error) Report {
	w := &whole{memory: newMemory(false)}
	var err error
	return func(e record.Event) error {
		if w.end == nil && w.hear(e) {
			err = tell(w)
		}
		return err
	}
}

// hear keeps an event, and says whether it was the last one.
func (w *whole) hear(e record.Event) bool {
	switch {
	case e.Start != nil:
		w.start = *e.Start
		for _, f := range e.Start.Files {
			w.files[f.Path] = len(w.files)
		}
	case e.Target != nil:
		w.meet(e.Target)
	case e.Promise != nil:
		if len(w.hosts) == 0 {
			w.meet(&record.Target{Name: e.Promise.Target})
		}
		w.keep(e.Promise)
	case e.End != nil:
		w.part()
		w.end = e.End
	}
	return w.end != nil
}

// row is one promise of a describe, in one wording, and what the hosts answered to it.
type row struct {
	*told   // the first answer; what the spec says is the same in all of them
	spot    *spot
	answers []said
}

// rows are the promises of a describe, in the order of the spec.
func (m *memory) rows(g *group) []*row {
	type wording struct {
		spot                *spot
		says, expected, why string
	}
	t := &table{spots: map[identity]*spot{}, of: map[*lot][]*spot{}, place: m.place}
	known := map[wording]*row{}
	var list []*row
	for _, l := range g.own {
		t.lay(l)
		for i, a := range l.answers {
			key := wording{t.of[l][i], a.Says, a.Expected, a.Why}
			if known[key] == nil {
				known[key] = &row{told: a, spot: key.spot}
				list = append(list, known[key])
			}
			known[key].answers = join(known[key].answers, a, l.hosts)
		}
	}
	for _, r := range list {
		for i := range r.answers {
			r.answers[i].hosts = inOrder(r.answers[i].hosts)
		}
	}
	slices.SortStableFunc(list, func(a, b *row) int { return a.spot.compare(b.spot) })
	return list
}

// hosts are those that answered with one of the verdicts, in the order of the run.
func (r *row) hosts(verdicts ...record.Status) []*machine {
	return together(slices.DeleteFunc(slices.Clone(r.answers), func(a said) bool { return !slices.Contains(verdicts, a.Status) }))
}

// telling are the answers with this verdict, without what is left to the line that tells of a lost host.
func (r *row) telling(verdict record.Status) []said {
	var list []said
	for _, a := range r.answers {
		a.hosts = slices.DeleteFunc(slices.Clone(a.hosts), func(h *machine) bool { return h.leaves(a.told) })
		if a.Status == verdict && len(a.hosts) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// names are hosts in words: each where they are few, else as runs.
func (m *memory) names(hosts []*machine) []string {
	if len(hosts) <= fewHosts {
		return roster{}.each(hosts)
	}
	return rosterOf(m.hosts).someNames(hosts)
}

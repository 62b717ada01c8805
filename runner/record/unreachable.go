package record

// Unreachable are targets that were not reached, or were lost, for the same reason.
type Unreachable struct {
	Targets []*TargetResult
	Reached bool   // they were lost after they had been reached
	Reason  string // without names and addresses, where reasons differ in these only
	Unknown int    // number of promises
}

// Unreachable returns the targets that were not reached, or were lost, in the order of the first ones. With apart, each
// target is an entry of its own.
func (r *Run) Unreachable(apart bool) []*Unreachable {
	type kind struct {
		reached bool
		reason  string
	}
	var list []*Unreachable
	known := map[kind]*Unreachable{}
	for _, t := range r.Targets {
		if t.Target.Error == "" {
			continue
		}
		key := kind{t.Target.Reached(), impersonal(t.Target.Error, t.Target.Name, t.Target.Address)}
		u := known[key]
		if u == nil || apart {
			u = &Unreachable{Reached: key.reached, Reason: t.Target.Error}
			known[key], list = u, append(list, u)
		}
		if u.Reason != t.Target.Error { // one target keeps its own words, several get those that are true of all
			u.Reason = key.reason
		}
		u.Targets, u.Unknown = append(u.Targets, t), u.Unknown+t.Lost
	}
	return list
}

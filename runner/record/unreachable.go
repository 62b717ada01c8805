package record

// Unreachable is targets that could not be reached, or were lost on the way, for the same reason.
type Unreachable struct {
	Targets []*TargetResult
	Reached bool   // they were lost on the way
	Reason  string // where it is the same but for names and addresses, without these
	Unknown int    // promises
}

// Unreachable returns the targets that could not be reached, or were lost, in the order of the first ones. With apart,
// each stands for itself.
func (r *Run) Unreachable(apart bool) []*Unreachable {
	type kind struct {
		reached bool
		reason  string
	}
	var list []*Unreachable
	known := map[kind]*Unreachable{}
	for _, t := range r.Targets {
		if t.Error == "" {
			continue
		}
		key := kind{t.Reached(), impersonal(t.Error, t.Name, t.Address)}
		u := known[key]
		if u == nil || apart {
			u = &Unreachable{Reached: key.reached, Reason: t.Error}
			known[key], list = u, append(list, u)
		}
		if u.Reason != t.Error {
			u.Reason = key.reason
		}
		u.Targets, u.Unknown = append(u.Targets, t), u.Unknown+t.Lost
	}
	return list
}

package runner

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// shownNames are the names of targets without secrets, where that changes them. They stay different names.
func (r *run) shownNames(targets []spec.Target) record.Renaming {
	taken := map[string]int{}
	for _, t := range targets {
		taken[t.Name] = 1
	}
	names := record.Renaming{}
	for _, t := range targets {
		if masked := r.masker.Mask(t.Name); masked != t.Name {
			names[t.Name] = record.FreeName(masked, taken)
		}
	}
	return names
}

func targetsOf(machines []Machine) []spec.Target {
	out := make([]spec.Target, len(machines))
	for i, m := range machines {
		out[i] = m.Target
	}
	return out
}

// masked is an event without secrets. Whatever a run tells goes through it, whoever made the text: what an error says,
// what a host calls itself, or what a spec says in clear although it is the value of a secret.
func (r *run) masked(e record.Event) record.Event {
	if r.masker == nil {
		return e
	}
	return r.names.Event(e).Masked(r.masker.Mask)
}

// learn takes in the secrets that expressions made of facts of this host.
func (c *check) learn(resources []spec.Resource) {
	var late []string
	for _, r := range resources {
		late = append(late, r.Secrets...)
	}
	if len(late) > 0 {
		c.judge.masker = spec.NewMasker(slices.Concat(c.run.suite.Secrets, late))
	}
}

// masked is an event without the secrets of this host; those of the suite are taken out later, for all.
func (c *check) masked(e record.Event) record.Event {
	if c.judge.masker == c.run.masker {
		return e
	}
	return e.Masked(c.judge.masker.Mask)
}

package runner

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// shownNames returns the names of targets that contain secrets, without them. Different names stay different.
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

// masked returns an event without secrets. All events of a run go through it, wherever the text is from: an error, the
// name of a host, or a spec that writes the value of a secret as plain text.
func (r *run) masked(e record.Event) record.Event {
	if r.masker == nil {
		return e
	}
	return r.names.Event(e).Masked(r.masker.Mask)
}

// learn adds the secrets of expressions that use facts of this host.
func (c *check) learn(resources []spec.Resource) {
	var late []string
	for _, r := range resources {
		late = append(late, r.Secrets...)
	}
	if len(late) > 0 {
		c.judge.masker = spec.NewMasker(slices.Concat(c.run.suite.Secrets, late))
	}
}

// masked returns an event without the secrets of this host; those of the suite are removed later, for all.
func (c *check) masked(e record.Event) record.Event {
	if c.judge.masker == c.run.masker {
		return e
	}
	return e.Masked(c.judge.masker.Mask)
}

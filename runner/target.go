package runner

import (
	"context"
	"errors"
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// probes returns the probes of the resource's promises, each once, in the order of its type.
func (it *resourceState) probes() []*resource.Probe {
	return slices.DeleteFunc(it.Type.Probes(), func(p *resource.Probe) bool {
		return !slices.ContainsFunc(it.Promises, func(promise spec.Promise) bool {
			_, listed := it.listed[promise.Attribute.Name]
			return !listed && it.Type.ProbeOf(promise.Attribute.Name) == p
		})
	})
}

// emitTarget emits the target, once its facts are known or cannot be read. It reports whether it did: promises come
// after it.
func (c *check) emitTarget() bool {
	if c.targetEmitted {
		return true
	}
	if c.host.attempts == 0 || c.host.open > 0 {
		return false
	}
	c.targetEmitted = true
	t := record.Target{
		Name: c.target.Name, Address: c.target.Address, Backend: c.target.Backend,
		Begun: utc(c.begun), Host: map[string]string{}, Error: c.unreachable(),
	}
	if t.Error != "" {
		c.run.advance(0, 0, 1)
	} else {
		c.place.arrived(c.begun)
	}
	// What did not answer has shown nothing that distinguishes it from another target at its address.
	if t.Error == "" && c.connection.Identity != nil {
		t.Identity = c.connection.Identity()
	}
	for _, a := range c.host.Type.Attributes {
		if f := c.host.facts[a.Name]; f.Value != nil {
			t.Host[a.Name] = a.Kind.Text(f.Value)
		}
	}
	c.events <- record.Event{Action: record.ActionTarget, Target: &t}
	return true
}

// lossOf returns why there is no result for an account, where the query itself is not the reason: the target was not
// reached, or was lost, or --fail-fast stopped the run. A run that was interrupted is not the fault of the target.
func (c *check) lossOf(ctx context.Context, account spec.Account, err error) loss {
	switch cause := context.Cause(ctx); {
	case cause == errFailFast:
		return lostRun
	case is[TargetTimeError](cause) && c.unreachable() != "":
		return lostTarget
	// Another account may have no shell (sudo refused it) on a target that answers its own.
	case cause == nil && noTarget(err) && (c.unreachable() != "" || account == c.target.Become):
		return lostTarget
	}
	return 0
}

// noTarget reports whether an error means that the target was not reached, or was lost.
func noTarget(err error) bool {
	return is[shell.EndedError](err) || is[shell.StartError](err) || is[shell.SilentError](err) || is[observeError](err)
}

// unreachable returns why the target could not be reached; a shell that prints anything, even rubbish, was reached.
func (c *check) unreachable() string {
	var over TargetTimeError
	if errors.As(c.lost, &over) {
		return over.Error() + ", and nothing was answered"
	}
	if noTarget(c.lost) {
		return c.lost.Error()
	}
	return ""
}

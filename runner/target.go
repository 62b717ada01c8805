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

// hostFacts returns the facts that expressions can use, unknown ones included.
func (c *check) hostFacts() resource.Facts { return c.host.facts }

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
	if c.unreachable() != "" {
		c.run.advance(0, 0, 1)
	} else {
		c.place.arrived(c.begun)
	}
	c.events <- record.Event{Action: record.ActionTarget, Target: &record.Target{
		Name: c.machine.Name, Address: c.machine.Address, Backend: c.machine.Backend,
		Begun: utc(c.begun), Identity: c.identity(),
		Host: c.hostStrings(), Error: c.unreachable(),
	}}
	return true
}

// identity returns what distinguishes this target from another one at its address.
func (c *check) identity() map[string]string {
	if c.machine.Identity == nil || c.unreachable() != "" {
		return nil
	}
	return c.machine.Identity()
}

// isLost reports whether there is no result because the target was not reached, or was lost. A run that was stopped is
// not the fault of the target.
func (c *check) isLost(ctx context.Context, err error) bool {
	if cause := context.Cause(ctx); cause != nil {
		return is[TargetTimeError](cause) && c.unreachable() != ""
	}
	return is[shell.EndedError](err) || is[shell.StartError](err) || is[shell.SilentError](err) || is[observeError](err)
}

// unreachable returns why the target could not be reached; a shell that prints anything, even rubbish, was reached.
func (c *check) unreachable() string {
	var over TargetTimeError
	if errors.As(c.lost, &over) {
		return over.Error() + ", and nothing was answered"
	}
	if is[shell.EndedError](c.lost) || is[shell.StartError](c.lost) || is[shell.SilentError](c.lost) ||
		is[observeError](c.lost) {
		return c.lost.Error()
	}
	return ""
}

func (c *check) hostStrings() map[string]string {
	host := map[string]string{}
	for _, a := range c.host.Type.Attributes {
		if f := c.host.facts[a.Name]; f.Value != nil {
			host[a.Name] = a.Kind.Text(f.Value)
		}
	}
	return host
}

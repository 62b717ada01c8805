package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/avow-dev/avow/runner/conversation"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// check is everything that is asked of one machine, and what it answered.
type check struct {
	run     *run
	machine Machine
	events  chan<- record.Event
	talks   *voices
	items   []*item // in the order of the suite
	told    int     // of the items
	host    *item   // the facts
	lost    error   // why they could not be had
	begun   time.Time
	// shellless is why there is no shell, where there is none and the files were asked instead.
	shellless error
	greeted   bool // the target event is out
	place     *place
	judge     judge
}

// item is one resource, and what is known of it so far.
type item struct {
	spec.Resource
	facts resource.Facts
	open  int       // questions that are not answered yet
	since time.Time // when it was looked at first
	looks int
	lost  map[string]bool   // attributes that are unknown because the target was not reached, or was lost
	took  time.Duration     // for the target to run its command
	final []*record.Promise // its verdicts, when they are
}

func newCheck(r *run, m Machine, events chan<- record.Event, p *place) *check {
	return &check{
		run: r, machine: m, events: events, begun: time.Now(), place: p,
		talks: newVoices(m.shellAs, p.later, conversation.Options{
			Log: r.logFor(m), StartLimit: m.StartLimit, Slack: p.slack, Peers: &conversation.Peers{},
		}),
		host:  &item{Resource: spec.Resource{Type: resource.Host, Promises: hostPromises(), Become: m.Become}},
		judge: judge{target: m.Name, masker: r.masker, time: &judgeTime{Context: p.clock}},
	}
}

func (r *run) logFor(m Machine) func(string) {
	if r.options.Log == nil {
		return nil
	}
	return func(line string) { r.log(m.Name + ": " + line) }
}

// log passes on what is done, without secrets.
func (r *run) log(line string) {
	if r.options.Log != nil {
		r.options.Log(r.masker.Mask(line))
	}
}

// hostPromises make the facts of the host an item like all others: every fact is asked for.
func hostPromises() []spec.Promise {
	var out []spec.Promise
	for i := range resource.Host.Attributes {
		out = append(out, spec.Promise{Attribute: &resource.Host.Attributes[i]})
	}
	return out
}

func (c *check) all(ctx context.Context, resources []spec.Resource) {
	defer c.close()
	if slices.ContainsFunc(resources, func(r spec.Resource) bool { return r.Pending }) {
		c.look(ctx, []*item{c.host})
		resources = c.run.suite.Resources(c.machine.Target, c.hostFacts())
		c.place.clock.extend(c.run.timeOf(c.machine, resources))
	}
	c.learn(resources)
	for _, r := range resources {
		c.items = append(c.items, c.item(ctx, r))
	}
	c.first(ctx)
	c.again(ctx)
}

// item is a resource before it is checked. What depends on facts gets the reason why there are none, where that is
// known: the target could not be reached, or the run was stopped before it was.
func (c *check) item(ctx context.Context, r spec.Resource) *item {
	why, lost := c.unreachable(), true
	if c.lost != nil && ctx.Err() != nil {
		why, lost = reasonFor(ctx, c.lost), c.isLost(ctx, c.lost)
	}
	undecided := r.Unknown != "" && why != ""
	switch {
	case undecided && context.Cause(ctx) == errFailFast:
		r.Unknown, r.Skip = "", why
	case undecided:
		r.Unknown = why
	}
	it := &item{Resource: c.withEnv(c.withAccount(unlessPlaced(r)))}
	if undecided && lost {
		it.lost = attributes(r.Promises)
	}
	return it
}

// attributes are those that are promised.
func attributes(promises []spec.Promise) map[string]bool {
	names := map[string]bool{}
	for _, p := range promises {
		names[p.Attribute.Name] = true
	}
	return names
}

// close ends the shells. Where there is a connection, it ends first: to wait until a shell over it has ended
// by itself would cost a round trip.
func (c *check) close() {
	if c.machine.Close != nil {
		_ = c.machine.Close()
	}
	c.talks.close()
}

// unlessPlaced makes unknown what does not say what it is about, so that no probe is asked without it.
func unlessPlaced(r spec.Resource) spec.Resource {
	if r.Unknown == "" && !r.Placed() {
		r.Unknown = fmt.Sprintf("its %s is not known", r.Type.Label)
	}
	return r
}

// withAccount lets the target's account ask what the resource does not ask as another.
func (c *check) withAccount(r spec.Resource) spec.Resource {
	if r.Become == (spec.Account{}) {
		r.Become = c.machine.Become
	}
	return r
}

// withEnv gives the target's environment to its commands; their own wins.
func (c *check) withEnv(r spec.Resource) spec.Resource {
	if len(c.machine.Env) == 0 || r.Type.Name != "command" {
		return r
	}
	env := map[string]any{}
	for name, value := range c.machine.Env {
		env[name] = value
	}
	if own, ok := r.Params["env"].(map[string]any); ok {
		maps.Copy(env, own)
	}
	r.Params = maps.Clone(r.Params)
	r.Params["env"] = env
	return r
}

// first looks at everything once. Without questions for the facts of the host in between, this is one
// round for all.
func (c *check) first(ctx context.Context) {
	var wanted []*item
	if c.host.looks == 0 {
		wanted = append(wanted, c.host)
	}
	for _, it := range c.items {
		if it.Skip == "" && it.Unknown == "" {
			wanted = append(wanted, it)
		} else {
			it.final = c.judge.unseen(it)
		}
	}
	c.look(ctx, wanted)
}

// look asks about items and takes their facts. A question for many that was not answered is asked once
// more for each, as slow ones: so one that hangs does not hold up the others a second time.
func (c *check) look(ctx context.Context, items []*item) {
	for _, it := range items {
		it.begin()
	}
	by := byWay(questions(items))
	found := c.dial(ctx, by.network)
	retry := c.ask(ctx, by.shell, false)
	c.ask(ctx, retry, true)
	c.readImage(ctx, by.image)
	for f := range found {
		for _, it := range f.subject.items {
			for _, name := range f.question.probe.Observes {
				it.setLost(name, f.lost)
			}
		}
		c.take(ctx, f.question, f.subject, []resource.Facts{f.facts}, 0, nil)
	}
	c.tell()
}

func (it *item) begin() {
	it.facts, it.lost, it.open = resource.Facts{}, nil, 0
	if it.looks++; it.looks == 1 {
		it.since = time.Now()
	}
}

// setLost notes whether an attribute has no answer because the target was not reached, or was lost.
func (it *item) setLost(attribute string, lost bool) {
	if it.lost == nil {
		it.lost = map[string]bool{}
	}
	it.lost[attribute] = lost
}

// decide makes the verdicts of an item final, unless it is to be looked at again.
func (c *check) decide(ctx context.Context, it *item) {
	if it == c.host {
		return
	}
	verdicts := c.judge.all(it, context.Cause(ctx) == errFailFast)
	waits := it.Within > 0 && time.Since(it.since) < it.Within && ctx.Err() == nil
	if waits && !allKept(verdicts) {
		return
	}
	if it.Within > 0 {
		c.judge.waited(it, verdicts)
	}
	it.final, it.facts = verdicts, nil
	if c.run.options.FailFast && slices.ContainsFunc(verdicts, func(p *record.Promise) bool { return p.Status == record.Broken }) {
		c.run.stop(errFailFast)
	}
}

func allKept(verdicts []*record.Promise) bool {
	return !slices.ContainsFunc(verdicts, func(p *record.Promise) bool { return p.Status != record.Kept })
}

// again looks once more, round after round in the same shell, at what is not kept and may wait.
func (c *check) again(ctx context.Context) {
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var waiting []*item
		for _, it := range c.items {
			if it.final == nil {
				waiting = append(waiting, it)
				pause = min(pause, max(time.Until(it.since.Add(it.Within)), 0))
			}
		}
		if len(waiting) == 0 {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		c.look(ctx, waiting)
	}
}

// tell passes on what is final, in the order of the suite.
func (c *check) tell() {
	if !c.greet() {
		return
	}
	for c.told < len(c.items) && c.items[c.told].final != nil {
		for _, p := range c.items[c.told].final {
			c.events <- c.masked(record.Event{Action: record.ActionPromise, Promise: p})
		}
		c.items[c.told].final = []*record.Promise{}
		c.told++
	}
}

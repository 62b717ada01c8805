package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// check is everything that is asked of one machine, and what it answered.
type check struct {
	run      *run
	machine  Machine
	events   chan<- record.Event
	sessions *sessions
	items    []*resourceState // in the order of the suite
	emitted  int              // of the items
	host     *resourceState   // the facts
	lost     error            // why they could not be had
	begun    time.Time
	// shellless is why there is no shell, where there is none and the files were asked instead.
	shellless     error
	targetEmitted bool // the target event is out
	place         *place
	judge         judge
	unnamed       []*resourceState // whose verdicts depend on names that are not looked up yet
}

// resourceState is one resource, and what is known of it so far.
type resourceState struct {
	spec.Resource
	facts        resource.Facts
	open         int       // questions that are not answered yet
	firstChecked time.Time // when it was looked at first
	attempts     int
	lost         map[string]bool      // attributes that are unknown because the target was not reached, or was lost
	took         time.Duration        // for the target to run its command
	verdicts     []*record.Promise    // its verdicts, when they are
	wants        []nameWanted         // what its verdicts depend on
	named        bool                 // as far as it can be
	names        func(resource.Facts) // takes the answer, of an item that looks up a name
}

func newCheck(r *run, m Machine, events chan<- record.Event, p *place) *check {
	host := r.suite.Catalog.Host
	return &check{
		run: r, machine: m, events: events, begun: time.Now(), place: p,
		sessions: newSessions(m.shellAs, p.later, shell.Options{
			Log: r.logFor(m), StartLimit: m.StartLimit, Slack: p.slack, Peers: &shell.Peers{},
		}),
		host:  &resourceState{Resource: spec.Resource{Type: host, Promises: hostPromises(host), Become: m.Become}},
		judge: judge{target: m.Name, masker: r.masker, time: &judgeTime{Context: p.clock}, names: newNamesKnown()},
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
func hostPromises(host *resource.Type) []spec.Promise {
	var out []spec.Promise
	for i := range host.Attributes {
		out = append(out, spec.Promise{Attribute: &host.Attributes[i]})
	}
	return out
}

func (c *check) all(ctx context.Context, resources []spec.Resource) {
	defer c.close()
	if slices.ContainsFunc(resources, func(r spec.Resource) bool { return r.Pending }) {
		c.observe(ctx, []*resourceState{c.host})
		resources = c.run.suite.Resources(c.machine.Target, c.hostFacts())
		c.place.clock.extend(c.run.timeOf(c.machine, resources))
	}
	c.learn(resources)
	for _, r := range resources {
		c.items = append(c.items, c.item(ctx, r))
	}
	c.observeAll(ctx)
	c.observeUntilKept(ctx)
}

// item is a resource before it is checked. What depends on facts gets the reason why there are none, where that is
// known: the target could not be reached, or the run was stopped before it was.
func (c *check) item(ctx context.Context, r spec.Resource) *resourceState {
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
	it := &resourceState{Resource: c.withEnv(c.withAccount(unlessPlaced(r)))}
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
	c.sessions.close()
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

// observeAll looks at everything once. Without questions for the facts of the host in between, this is one
// round for all.
func (c *check) observeAll(ctx context.Context) {
	var wanted []*resourceState
	if c.host.attempts == 0 {
		wanted = append(wanted, c.host)
	}
	for _, it := range c.items {
		if it.Skip == "" && it.Unknown == "" {
			wanted = append(wanted, it)
		} else {
			it.verdicts = c.judge.skipped(it)
		}
	}
	c.observe(ctx, wanted)
}

// observe asks about items and takes their facts. A question for many that was not answered is asked once
// more for each, as slow ones: so one that hangs does not hold up the others a second time.
func (c *check) observe(ctx context.Context, items []*resourceState) {
	c.judge.names.forget()
	items = append(slices.Clone(items), c.foreseen(items)...)
	for _, it := range items {
		it.begin()
	}
	by := byTransport(queries(items))
	found := c.dial(ctx, by.network)
	retry := c.runQueries(ctx, by.shell, false)
	c.runQueries(ctx, retry, true)
	c.readImage(ctx, by.image)
	for f := range found {
		for _, it := range f.subject.items {
			for _, name := range f.question.probe.Observes {
				it.setLost(name, f.lost)
			}
		}
		c.addFacts(ctx, f.question, f.subject, []resource.Facts{f.facts}, 0, nil)
	}
	c.lookUpNames(ctx)
	c.emitVerdicts()
}

func (it *resourceState) begin() {
	it.facts, it.lost, it.open, it.named = resource.Facts{}, nil, 0, false
	if it.attempts++; it.attempts == 1 {
		it.firstChecked = time.Now()
	}
}

// setLost notes whether an attribute has no answer because the target was not reached, or was lost.
func (it *resourceState) setLost(attribute string, lost bool) {
	if it.lost == nil {
		it.lost = map[string]bool{}
	}
	it.lost[attribute] = lost
}

// decide makes the verdicts of an item final, unless it is to be looked at again.
func (c *check) decide(ctx context.Context, it *resourceState) {
	if it == c.host {
		return
	}
	if it.names != nil {
		it.names(it.facts)
		return
	}
	it.wants = nil
	verdicts := c.judge.all(it, context.Cause(ctx) == errFailFast)
	if len(it.wants) > 0 && !it.named && ctx.Err() == nil {
		c.unnamed = append(c.unnamed, it)
		return
	}
	waits := it.Within > 0 && time.Since(it.firstChecked) < it.Within && ctx.Err() == nil
	if waits && !allKept(verdicts) {
		return
	}
	if it.Within > 0 {
		c.judge.annotateRetries(it, verdicts)
	}
	it.verdicts, it.facts = verdicts, nil
	if c.run.options.FailFast && slices.ContainsFunc(verdicts, func(p *record.Promise) bool { return p.Status == record.Broken }) {
		c.run.stop(errFailFast)
	}
}

func allKept(verdicts []*record.Promise) bool {
	return !slices.ContainsFunc(verdicts, func(p *record.Promise) bool { return p.Status != record.Kept })
}

// observeUntilKept looks once more, round after round in the same shell, at what is not kept and may wait.
func (c *check) observeUntilKept(ctx context.Context) {
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var waiting []*resourceState
		for _, it := range c.items {
			if it.verdicts == nil {
				waiting = append(waiting, it)
				pause = min(pause, max(time.Until(it.firstChecked.Add(it.Within)), 0))
			}
		}
		if len(waiting) == 0 {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		c.observe(ctx, waiting)
	}
}

// emitVerdicts passes on what is final, in the order of the suite.
func (c *check) emitVerdicts() {
	if !c.emitTarget() {
		return
	}
	for c.emitted < len(c.items) && c.items[c.emitted].verdicts != nil {
		for _, p := range c.items[c.emitted].verdicts {
			c.events <- c.masked(record.Event{Action: record.ActionPromise, Promise: p})
		}
		c.items[c.emitted].verdicts = []*record.Promise{}
		c.emitted++
	}
}

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

// check is the check of one target: its queries, and their results.
type check struct {
	run      *run
	machine  Machine
	events   chan<- record.Event
	sessions *sessions
	states   []*resourceState // in the order of the suite
	emitted  int              // number of items whose verdicts are out
	host     *resourceState   // the facts of the host
	lost     error            // why there are no facts of the host
	begun    time.Time
	// shellless is why the target has no shell, where it was checked by its files instead.
	shellless     error
	targetEmitted bool // the target event was emitted
	place         *place
	judge         judge
	unnamed       []*resourceState // whose verdicts depend on names that are not looked up yet
	listed        []*resourceState // plurals whose elements are not observed yet
}

// resourceState is one resource during its check.
type resourceState struct {
	spec.Resource
	facts        resource.Facts
	open         int       // queries without a result yet
	firstChecked time.Time // zero before
	attempts     int
	lost         map[string]bool      // attributes that are unknown because the target was not reached, or was lost
	took         time.Duration        // how long the target ran its command
	verdicts     []*record.Promise    // nil until they are final
	wants        []nameWanted         // names that its verdicts depend on
	named        bool                 // its names were looked up, as far as possible
	names        func(resource.Facts) // receives the facts, of a resource that looks up a name

	elements []*resourceState // of a plural, after its list was read
	chosen   *selection       // of these
	of       *resourceState   // the plural whose element this is
	listed   resource.Facts   // what its list knows of an element
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

// log logs a line without secrets.
func (r *run) log(line string) {
	if r.options.Log != nil {
		r.options.Log(r.masker.Mask(line))
	}
}

// hostPromises makes the facts of the host a resource like all others: every fact is queried.
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
		c.states = append(c.states, c.newState(ctx, r))
	}
	c.observeAll(ctx)
	c.observeUntilKept(ctx)
}

// newState returns the state of a resource before its check. One that depends on facts of the host gets the reason why
// there are none, where that is known: the target was not reached, or the run was stopped before.
func (c *check) newState(ctx context.Context, r spec.Resource) *resourceState {
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
	if r.Type.Each != nil { // its name chooses nothing, and one list serves all blocks
		it.Params = maps.Clone(it.Params)
		delete(it.Params, r.Type.Label)
	}
	if undecided && lost {
		it.lost = attributes(r.Promises)
	}
	return it
}

// attributes returns the names of the promised attributes.
func attributes(promises []spec.Promise) map[string]bool {
	names := map[string]bool{}
	for _, p := range promises {
		names[p.Attribute.Name] = true
	}
	return names
}

// close ends the shells. It closes the connection first: waiting for a shell to end by itself would cost a round trip.
func (c *check) close() {
	if c.machine.Close != nil {
		_ = c.machine.Close()
	}
	c.sessions.close()
}

// unlessPlaced makes a resource unknown if the parameter that identifies it is not known, so that no probe runs without
// it.
func unlessPlaced(r spec.Resource) spec.Resource {
	if r.Unknown == "" && !r.Placed() {
		r.Unknown = fmt.Sprintf("its %s is not known", r.Type.Label)
	}
	return r
}

// withAccount sets the resource's become account to the target's, unless it has one.
func (c *check) withAccount(r spec.Resource) spec.Resource {
	if r.Become == (spec.Account{}) {
		r.Become = c.machine.Become
	}
	return r
}

// withEnv adds the target's environment to that of a command; the command's own variables win.
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

// observeAll runs every query once: in a single round, unless the facts of the host are needed first.
func (c *check) observeAll(ctx context.Context) {
	var wanted []*resourceState
	if c.host.attempts == 0 {
		wanted = append(wanted, c.host)
	}
	for _, it := range c.states {
		if it.Skip == "" && it.Unknown == "" {
			wanted = append(wanted, it)
		} else {
			it.verdicts = c.judge.skipped(it)
		}
	}
	c.observe(ctx, wanted)
}

// observe runs the queries of resources and collects their facts. A failed query for many subjects is run again for
// each of them, as a slow one, so that a subject that hangs does not delay the others a second time.
func (c *check) observe(ctx context.Context, items []*resourceState) {
	c.judge.names.forget()
	c.round(ctx, items)
	c.observeElements(ctx)
	c.emitVerdicts()
}

// round runs the queries of resources once.
func (c *check) round(ctx context.Context, items []*resourceState) {
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
			it.setLost(f.query.typ.Observed(f.query.probe), f.lost)
		}
		c.addFacts(ctx, f.query, f.subject, f.facts, nil)
	}
	c.lookUpNames(ctx)
}

func (it *resourceState) begin() {
	it.facts, it.lost, it.open, it.named = resource.Facts{}, nil, 0, false
	it.elements, it.chosen = nil, nil
	maps.Copy(it.facts, it.listed)
	if it.attempts++; it.attempts == 1 {
		it.firstChecked = time.Now()
	}
}

// setLost notes whether attributes have no answer because the target was not reached, or was lost.
func (it *resourceState) setLost(attributes []*resource.Attribute, lost bool) {
	if it.lost == nil {
		it.lost = map[string]bool{}
	}
	for _, a := range attributes {
		it.lost[a.Name] = lost
	}
}

// decide makes the verdicts of a resource final, unless it is to be checked again.
func (c *check) decide(ctx context.Context, it *resourceState) {
	if it == c.host {
		return
	}
	if it.names != nil {
		it.names(it.facts)
		return
	}
	switch {
	case it.chosen != nil:
	case it.elements != nil:
		it.judgeElements()
	case c.listElements(it):
		return
	}
	it.wants = nil
	verdicts := c.judge.all(it, context.Cause(ctx) == errFailFast)
	if len(it.wants) > 0 && !it.named && ctx.Err() == nil {
		c.unnamed = append(c.unnamed, it)
		return
	}
	if it.of != nil {
		it.verdicts = verdicts
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
	if c.run.options.FailFast && slices.ContainsFunc(verdicts, isBroken) {
		c.run.stop(errFailFast)
	}
}

func isBroken(p *record.Promise) bool { return p.Status == record.Broken }

func allKept(verdicts []*record.Promise) bool {
	return !slices.ContainsFunc(verdicts, func(p *record.Promise) bool { return p.Status != record.Kept })
}

// observeUntilKept checks again, round after round in the same shell, the resources that are not kept and may still
// become so.
func (c *check) observeUntilKept(ctx context.Context) {
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		var waiting []*resourceState
		for _, it := range c.states {
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

// emitVerdicts emits the final verdicts, in the order of the suite.
func (c *check) emitVerdicts() {
	if !c.emitTarget() {
		return
	}
	for c.emitted < len(c.states) && c.states[c.emitted].verdicts != nil {
		for _, p := range c.states[c.emitted].verdicts {
			c.events <- c.masked(record.Event{Action: record.ActionPromise, Promise: p})
		}
		c.states[c.emitted].verdicts = []*record.Promise{}
		c.emitted++
	}
}

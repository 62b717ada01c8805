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
	"github.com/avow-dev/avow/spec/target"
)

// check is the check of one target: its queries, and their results.
type check struct {
	run           *run
	target        spec.Target
	connection    target.Connection
	events        chan<- record.Event
	sessions      *sessions
	states        []*resourceState // in the order of the suite
	emitted       int              // number of items whose verdicts are out
	host          *resourceState   // the facts of the host
	lost          error            // why there are no facts of the host
	begun         time.Time
	noShell       error // why the target has no shell, and is checked by its files
	targetEmitted bool  // the target event was emitted
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
	losses       map[string]loss      // by attribute
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

// loss is why an attribute has no fact, where that is not a matter of its own.
type loss int

const (
	lostTarget loss = iota + 1 // the target was not reached, or was lost
	lostRun                    // --fail-fast stopped the run before
)

func newCheck(r *run, t spec.Target, way target.Connection, events chan<- record.Event, p *place) *check {
	host := r.suite.Catalog.Host
	as := func(a spec.Account) shell.Shell {
		if a == (spec.Account{}) {
			return way.Shell
		}
		return r.options.Become(way.Shell, a)
	}
	return &check{
		run: r, target: t, connection: way, events: events, begun: time.Now(), place: p,
		sessions: newSessions(as, p.later, shell.Options{
			Log:        func(line string) { r.log(t.Name + ": " + line) },
			StartLimit: way.StartLimit, Slack: p.slack, Peers: &shell.Peers{},
		}),
		host:  &resourceState{Resource: spec.Resource{Type: host, Promises: hostPromises(host), Become: t.Become}},
		judge: judge{target: t.Name, masker: r.masker, time: &judgeTime{Context: p.clock}},
	}
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
	if c.connection.NoShell != nil {
		c.noShell = c.connection.NoShell(ctx)
	}
	if slices.ContainsFunc(resources, func(r spec.Resource) bool { return r.Pending }) {
		c.observe(ctx, []*resourceState{c.host})
		resources = c.run.suite.Resources(c.target, c.host.facts)
		// The limit follows from the queries, and those of promises that depend on facts are known only now.
		c.place.clock.extend(c.run.timeOf(c.connection, resources))
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
	why, missing := c.unreachable(), lostTarget
	if c.lost != nil && ctx.Err() != nil {
		why, missing = reasonFor(ctx, c.lost), c.lossOf(ctx, c.target.Become, c.lost)
	}
	it := &resourceState{Resource: c.withEnv(unlessPlaced(r))}
	if it.Become == (spec.Account{}) {
		it.Become = c.target.Become
	}
	if r.Type.Each != nil { // its name chooses nothing, and one list serves all blocks
		it.Params = maps.Clone(it.Params)
		delete(it.Params, r.Type.Label)
	}
	if r.Unknown == "" || why == "" {
		return it
	}
	it.Unknown = why
	if missing == lostRun {
		it.Unknown, it.Skip = "", why
	}
	it.losses = map[string]loss{}
	for _, p := range r.Promises {
		it.losses[p.Attribute.Name] = missing
	}
	return it
}

// close ends the shells. It closes the connection first: waiting for a shell to end by itself would cost a round trip.
func (c *check) close() {
	if c.connection.Close != nil {
		_ = c.connection.Close()
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

// withEnv adds the target's environment to that of a command; the command's own variables win.
func (c *check) withEnv(r spec.Resource) spec.Resource {
	if len(c.target.Env) == 0 || r.Type.Name != "command" {
		return r
	}
	env := map[string]any{}
	for name, value := range c.target.Env {
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

// observe runs the queries of resources and collects their facts.
func (c *check) observe(ctx context.Context, items []*resourceState) {
	c.judge.names = newNamesKnown() // since the last check, they may have changed
	c.round(ctx, items)
	c.observeElements(ctx)
	c.emitVerdicts()
}

// round runs the queries of resources once.
func (c *check) round(ctx context.Context, items []*resourceState) {
	items = slices.Concat(c.clockFor(items), items, c.foreseen(items))
	for _, it := range items {
		it.begin()
	}
	script, network, image := byTransport(queries(items))
	// Each connection may take its whole timeout, so they are tried while the shell runs its queries.
	found := c.dial(ctx, network)
	c.ask(ctx, script)
	c.readImage(ctx, image)
	for f := range found {
		for _, it := range f.subject.items {
			it.setLoss(f.query.typ.Observed(f.query.probe), f.loss)
		}
		c.addFacts(ctx, f.query, f.subject, f.facts, nil)
	}
	c.lookUpNames(ctx)
}

func (it *resourceState) begin() {
	it.facts, it.losses, it.open, it.named = resource.Facts{}, map[string]loss{}, 0, false
	it.elements, it.chosen = nil, nil
	maps.Copy(it.facts, it.listed)
	if it.attempts++; it.attempts == 1 {
		it.firstChecked = time.Now()
	}
}

// setLoss notes why attributes have no answer, if that is not because of them.
func (it *resourceState) setLoss(attributes []*resource.Attribute, why loss) {
	for _, a := range attributes {
		it.losses[a.Name] = why
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
	verdicts := c.judge.all(it)
	if len(it.wants) > 0 && !it.named && ctx.Err() == nil {
		c.unnamed = append(c.unnamed, it)
		return
	}
	if it.of != nil {
		it.verdicts = verdicts
		return
	}
	notKept := func(p *record.Promise) bool { return p.Status != record.Kept }
	waits := it.Within > 0 && time.Since(it.firstChecked) < it.Within && ctx.Err() == nil
	if waits && slices.ContainsFunc(verdicts, notKept) {
		return
	}
	if it.Within > 0 {
		elapsed := time.Since(it.firstChecked)
		for _, v := range verdicts {
			v.Attempts = it.attempts
			// The first attempt may use up all the time. What was kept at once did not wait.
			if it.attempts > 1 || v.Status == record.Broken {
				v.Elapsed = elapsed.Seconds()
			}
		}
	}
	it.verdicts, it.facts = verdicts, nil
	broken := func(p *record.Promise) bool { return p.Status == record.Broken }
	if c.run.options.FailFast && slices.ContainsFunc(verdicts, broken) {
		c.run.stop(errFailFast)
	}
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
		case <-ctx.Done(): // one more round ends them all, with the reason
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
		// Emitted verdicts are dropped, so that memory does not grow with the suite; nil would mean that they are not final.
		c.states[c.emitted].verdicts = []*record.Promise{}
		c.emitted++
	}
}

package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// runQueries runs queries, one account after the other, and returns those to run again, split.
func (c *check) runQueries(ctx context.Context, asked []*query, apart bool) (retry []*query) {
	var accounts []spec.Account
	by := map[spec.Account][]*query{}
	for _, q := range asked {
		if by[q.account] == nil {
			accounts = append(accounts, q.account)
		}
		by[q.account] = append(by[q.account], q)
	}
	for _, a := range accounts {
		retry = append(retry, c.runQueriesAs(ctx, a, by[a], apart)...)
	}
	return retry
}

func (c *check) runQueriesAs(ctx context.Context, a spec.Account, asked []*query, apart bool) (retry []*query) {
	c.log(asked)
	var list []shell.Query
	for _, q := range asked {
		list = append(list, q.shellQuery(apart))
	}
	var shellless []*query
	c.sessions.run(ctx, a, list, func(i int, a shell.Result, err error) {
		q := asked[i]
		if why := noShell(err); why != nil && c.machine.Files != nil {
			c.shellless = why
			shellless = append(shellless, q)
			return
		}
		c.took(q, a.Elapsed)
		facts, err := q.parse(a, err)
		if err != nil && q.splittable() && retryIndividually(err) && ctx.Err() == nil {
			retry = append(retry, q.split()...)
			return
		}
		c.answer(ctx, q, facts, err)
	})
	c.readFiles(ctx, shellless)
	return retry
}

// took records how long the target ran a command of the spec. Queries for many resources are not attributed to any of
// them.
func (c *check) took(q *query, elapsed time.Duration) {
	if !q.probe.Slow || elapsed == 0 {
		return
	}
	for _, s := range q.subjects {
		for _, it := range s.items {
			it.took = max(it.took, elapsed)
			c.run.log(fmt.Sprintf("%s: %s %s took %s", c.machine.Name, it.Type.Name, it.Name, elapsed.Round(time.Millisecond)))
		}
	}
}

func (c *check) log(asked []*query) {
	for _, q := range asked {
		c.run.log(fmt.Sprintf("%s: asks %s", c.machine.Name, q))
	}
}

// parse parses a result. It checks, for all parsers, that there is one set of facts for each subject.
func (q *query) parse(a shell.Result, err error) ([]resource.Facts, error) {
	if err != nil {
		return nil, err
	}
	return q.checkFacts(q.probe.Parse(resource.Answer(a), q.params()))
}

// checkFacts checks that there is one set of facts for each subject.
func (q *query) checkFacts(facts []resource.Facts, err error) ([]resource.Facts, error) {
	if err == nil && len(facts) != len(q.subjects) {
		return nil, fmt.Errorf("%d answers for %d questions", len(facts), len(q.subjects))
	}
	return facts, err
}

func (q *query) params() []resource.Params {
	var params []resource.Params
	for _, s := range q.subjects {
		params = append(params, s.params)
	}
	return params
}

// retryIndividually reports whether one subject of many may have spoilt the result. A refusal, or a shell that ended,
// would be the same for each.
func retryIndividually(err error) bool {
	return !is[shell.CannotError](err) && !is[shell.EndedError](err) && !is[shell.StartError](err)
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// addFacts adds the facts of a subject, or why there are none, to the resources that wait for them.
func (c *check) addFacts(ctx context.Context, q *query, s *subject, found resource.Facts, err error) {
	observed := q.typ.Observed(q.probe)
	for _, it := range s.items {
		if it == c.host {
			c.lost = err
		}
		if err != nil {
			found = resource.Every(resource.Unknown(reasonFor(ctx, err)))
			lost := c.isLost(ctx, err) && (c.unreachable() != "" || q.account == c.machine.Become)
			it.setLost(observed, lost)
		}
		whole := q.typ.Complete(q.probe, found)
		for _, a := range observed {
			fact := whole[a.Name]
			if fact == (resource.Fact{}) {
				fact = resource.Unknown("the target did not say")
			}
			it.facts[a.Name] = fact
		}
		if it.open--; it.open == 0 {
			c.decide(ctx, it)
		}
	}
}

// reasonFor returns why there is no result: the run was stopped, or the error of the shell.
func reasonFor(ctx context.Context, err error) string {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return err.Error()
	case cause == errFailFast || cause == errTimeout || is[TargetTimeError](cause):
		return cause.Error()
	}
	return "interrupted"
}

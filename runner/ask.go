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

// ask runs queries through shells, or answers them from the files of a target without a shell. A query for many
// subjects that failed is run again for each of them, as a slow one, so that a subject that hangs does not delay the
// others a second time.
func (c *check) ask(ctx context.Context, queries []*query) {
	if c.noShell != nil {
		c.readFiles(ctx, queries)
		return
	}
	retry := c.runQueries(ctx, queries, false)
	c.runQueries(ctx, retry, true)
}

// runQueries runs queries, one account after the other, and returns those to run again, split.
func (c *check) runQueries(ctx context.Context, queries []*query, slow bool) (retry []*query) {
	var accounts []spec.Account
	by := map[spec.Account][]*query{}
	for _, q := range queries {
		if by[q.account] == nil {
			accounts = append(accounts, q.account)
		}
		by[q.account] = append(by[q.account], q)
	}
	for _, a := range accounts {
		c.log(by[a])
		var list []shell.Query
		for _, q := range by[a] {
			list = append(list, q.shellQuery(slow))
		}
		c.sessions.run(ctx, a, list, func(i int, result shell.Result, err error) {
			q := by[a][i]
			c.took(q, result.Elapsed)
			var facts []resource.Facts
			if err == nil {
				facts, err = q.checkFacts(q.probe.Parse(resource.Answer(result), q.params()))
			}
			if err != nil && q.splittable() && retryIndividually(err) && ctx.Err() == nil {
				retry = append(retry, q.split()...)
				return
			}
			c.answer(ctx, q, facts, err)
		})
	}
	return retry
}

func (c *check) log(queries []*query) {
	for _, q := range queries {
		c.run.log(fmt.Sprintf("%s: asks %s", c.target.Name, q))
	}
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
			c.run.log(fmt.Sprintf("%s: %s %s took %s", c.target.Name, it.Type.Name, it.Name, elapsed.Round(time.Millisecond)))
		}
	}
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

// answer adds the facts of a query to all resources that wait for them.
func (c *check) answer(ctx context.Context, q *query, facts []resource.Facts, err error) {
	for i, s := range q.subjects {
		var own resource.Facts
		if err == nil {
			own = facts[i]
		}
		c.addFacts(ctx, q, s, own, err)
	}
	c.emitVerdicts()
}

// addFacts adds the facts of a subject, or why there are none, to the resources that wait for them.
func (c *check) addFacts(ctx context.Context, q *query, s *subject, facts resource.Facts, err error) {
	observed := q.typ.Observed(q.probe)
	for _, it := range s.items {
		if it == c.host {
			c.lost = err
		}
		if err != nil {
			facts = resource.Every(resource.Unknown(reasonFor(ctx, err)))
			it.setLoss(observed, c.lossOf(ctx, q.account, err))
		}
		whole := q.typ.Complete(q.probe, facts)
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

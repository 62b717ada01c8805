package runner

import (
	"fmt"
	"maps"
	"math/big"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// The limits of one query for many subjects. Its words become arguments of programs, and the kernel limits those.
const (
	maxSubjects  = 128
	maxWordBytes = 64 << 10
)

// subject is one set of parameters of a probe, and the resources that share it.
type subject struct {
	params resource.Params
	items  []*resourceState
}

// query is a probe and the subjects that it reads in one go.
type query struct {
	typ      *resource.Type
	probe    *resource.Probe
	account  spec.Account // the account that runs it
	subjects []*subject
	known    map[string]*subject // by identity
}

// queries groups the probes of resources: equal subjects once, and all subjects of a probe together.
func queries(items []*resourceState) []*query {
	var order []*query
	type key struct {
		probe   *resource.Probe
		account spec.Account
	}
	known := map[key]*query{}
	for _, it := range items {
		for _, p := range it.probes() {
			q := known[key{p, it.Become}]
			if q == nil {
				q = &query{typ: it.Type, probe: p, account: it.Become, known: map[string]*subject{}}
				known[key{p, it.Become}] = q
				order = append(order, q)
			}
			q.add(it)
		}
	}
	var out []*query
	for _, q := range order {
		out = append(out, q.chunks()...)
	}
	return out
}

// byTransport sorts queries by the way they take: through a shell, the network, or the target's image.
func byTransport(queries []*query) (script, network, image []*query) {
	for _, q := range queries {
		switch {
		case q.probe.Dial != nil:
			network = append(network, q)
		case q.probe.Metadata != nil:
			image = append(image, q)
		default:
			script = append(script, q)
		}
	}
	return script, network, image
}

// add adds a resource to those that wait for the query.
func (q *query) add(it *resourceState) {
	key := identity(it.Params)
	s := q.known[key]
	if s == nil {
		s = &subject{params: it.Params}
		q.known[key] = s
		q.subjects = append(q.subjects, s)
	}
	s.items = append(s.items, it)
	it.open++
}

// identity returns the same text for equal parameters, and for no others. fmt sorts the keys of maps.
func identity(params resource.Params) string { return fmt.Sprintf("%#v", printable(params)) }

// printable replaces numbers, which print as addresses. In hexadecimal they are exact, and cheap; the shortest decimal
// form of 512 bits took as long as all other work before a query.
func printable(params resource.Params) map[string]any {
	out := maps.Clone(params)
	for name, value := range out {
		if n, ok := value.(*big.Float); ok {
			out[name] = n.Text('p', 0)
		}
	}
	return out
}

// chunks splits a query so that no program gets too many arguments.
func (q *query) chunks() []*query {
	if q.probe.Words == nil {
		return []*query{q}
	}
	var out []*query
	var size int
	for _, s := range q.subjects {
		bytes := 0
		for _, w := range q.probe.Words(s.params) {
			bytes += len(w) + 1
		}
		last := len(out) - 1
		if last < 0 || q.probe.Single || len(out[last].subjects) == maxSubjects || size+bytes > maxWordBytes {
			out = append(out, q.with())
			last, size = last+1, 0
		}
		out[last].subjects = append(out[last].subjects, s)
		size += bytes
	}
	return out
}

// splittable reports whether the query can run for each subject by itself. Without words, each would run the same
// script.
func (q *query) splittable() bool { return len(q.subjects) > 1 && q.probe.Words != nil }

// split returns a query for each subject.
func (q *query) split() []*query {
	var out []*query
	for _, s := range q.subjects {
		out = append(out, q.with(s))
	}
	return out
}

func (q *query) with(subjects ...*subject) *query {
	return &query{typ: q.typ, probe: q.probe, account: q.account, subjects: subjects}
}

func (q *query) shellQuery(slow bool) shell.Query {
	var words []string
	if q.probe.Words != nil {
		for _, s := range q.subjects {
			words = append(words, q.probe.Words(s.params)...)
		}
	}
	return shell.Query{
		Function: &shell.Function{Name: q.typ.Name + "_" + q.probe.Name, Body: q.probe.Script},
		Args:     words, Limit: q.limit(), Output: q.output(), Slow: slow || q.probe.Slow,
	}
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

// output returns the largest output limit of its subjects.
func (q *query) output() int {
	most := 0
	for _, s := range q.subjects {
		if q.probe.Output != nil {
			most = max(most, q.probe.Output(s.params))
		}
	}
	return most
}

func (q *query) limit() time.Duration {
	if q.probe.Limit == nil {
		return resource.DefaultLimit
	}
	var limit time.Duration
	for _, s := range q.subjects {
		limit = max(limit, q.probe.Limit(s.params))
	}
	return limit
}

// String describes the query for people.
func (q *query) String() string {
	if len(q.subjects) == 1 || q.probe.Words == nil {
		return fmt.Sprintf("%s %s", q.typ.Name, q.probe.Name)
	}
	return fmt.Sprintf("%s %s of %d", q.typ.Name, q.probe.Name, len(q.subjects))
}

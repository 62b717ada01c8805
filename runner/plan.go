package runner

import (
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
)

// Plan is what a check of a target would run.
type Plan struct {
	Target   spec.Target
	Promises int
	Skipped  int // promises that are skipped on purpose
	Waiting  int // promises whose queries depend on facts of the host
	Queries  []PlannedQuery
	Script   string // the first script of the shell, with the nonce as a word and secrets masked
}

// PlannedQuery is one query of a plan.
type PlannedQuery struct {
	Type, Probe string
	Subjects    []string
}

// Prepare plans a check without contacting any target.
func Prepare(suite *spec.Suite, target spec.Target) Plan {
	plan := Plan{Target: target}
	host := suite.Catalog.Host
	items := []*resourceState{{Resource: spec.Resource{Type: host, Promises: hostPromises(host)}}}
	for _, r := range suite.Resources(target, nil) {
		plan.Promises += len(r.Promises)
		switch {
		case r.Skip != "":
			plan.Skipped += len(r.Promises)
		case r.Pending:
			plan.Waiting += len(r.Promises)
		case unlessPlaced(r).Unknown == "":
			items = append(items, &resourceState{Resource: r})
		}
	}
	script, network, image := byTransport(queries(items))
	masker := spec.NewMasker(suite.Secrets)
	plan.Target.Name = masker.Mask(target.Name)
	for _, q := range slices.Concat(script, network, image) {
		planned := PlannedQuery{Type: q.typ.Name, Probe: q.probe.Name}
		for _, s := range q.subjects {
			if len(s.items) > 0 && s.items[0].Name != "" {
				planned.Subjects = append(planned.Subjects, masker.Mask(s.items[0].Name))
			}
		}
		plan.Queries = append(plan.Queries, planned)
	}
	var list []shell.Query
	for _, q := range script {
		line := q.shellQuery(false)
		for i, w := range line.Args {
			line.Args[i] = masker.Mask(w)
		}
		list = append(list, line)
	}
	plan.Script = shell.Script(list)
	return plan
}

// String describes the query for people: "file stat".
func (q PlannedQuery) String() string { return strings.TrimSpace(q.Type + " " + q.Probe) }

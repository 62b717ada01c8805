package runner

import (
	"strings"

	"github.com/avow-dev/avow/runner/conversation"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// Plan is what would be asked of a target.
type Plan struct {
	Target    spec.Target
	Promises  int
	Skipped   int // of the promises: not looked at on purpose
	Waiting   int // of the promises: facts of the host decide what is asked for them
	Questions []PlannedQuestion
	Script    string // what the shell would read first, with the nonce as a word and secrets masked
}

// PlannedQuestion is one of them.
type PlannedQuestion struct {
	Type, Probe string
	Subjects    []string
}

// Prepare plans a check without contacting anybody.
func Prepare(suite *spec.Suite, target spec.Target) Plan {
	plan := Plan{Target: target}
	items := []*item{{Resource: spec.Resource{Type: resource.Host, Promises: hostPromises()}}}
	for _, r := range suite.Resources(target, nil) {
		plan.Promises += len(r.Promises)
		switch {
		case r.Skip != "":
			plan.Skipped += len(r.Promises)
		case r.Pending:
			plan.Waiting += len(r.Promises)
		case unlessPlaced(r).Unknown == "":
			items = append(items, &item{Resource: r})
		}
	}
	by := byWay(questions(items))
	plan.add(by.shell, suite.Secrets)
	plan.name(by.network, suite.Secrets)
	plan.name(by.image, suite.Secrets)
	return plan
}

func (p *Plan) add(asked []*question, secrets []string) {
	p.name(asked, secrets)
	var list []conversation.Question
	for _, q := range asked {
		list = append(list, masked(q.ask(false), secrets))
	}
	p.Script = conversation.Script(list)
}

func (p *Plan) name(asked []*question, secrets []string) {
	for _, q := range asked {
		planned := PlannedQuestion{Type: q.typ.Name, Probe: q.probe.Name}
		for _, s := range q.subjects {
			if len(s.items) > 0 && s.items[0].Name != "" {
				planned.Subjects = append(planned.Subjects, spec.Mask(s.items[0].Name, secrets))
			}
		}
		p.Questions = append(p.Questions, planned)
	}
}

// masked takes the secrets out of the words; a plan is for people to read.
func masked(q conversation.Question, secrets []string) conversation.Question {
	for i, w := range q.Words {
		q.Words[i] = spec.Mask(w, secrets)
	}
	return q
}

// String says the question for people: "file stat".
func (q PlannedQuestion) String() string { return strings.TrimSpace(q.Type + " " + q.Probe) }

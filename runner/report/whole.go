package report

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
)

// atEnd is a report that writes nothing before the run's end. A stream without one leaves nothing behind, which no
// reader takes for a run.
func atEnd(write func(*record.Run) error) Report {
	return func(e record.Event, run *record.Run) error {
		if e.End == nil {
			return nil
		}
		return write(run)
	}
}

// answer is an answer, and those of its targets that matter where it is shown.
type answer struct {
	*record.Answer
	targets []*record.TargetResult
}

// waited is the answer as a promise, with the longest wait of its targets.
func (a answer) waited() *record.Promise { return a.Waited(a.targets) }

// answersTo are the answers to a promise with one of the verdicts.
func answersTo(p *record.PromiseResult, verdicts ...record.Status) []answer {
	var list []answer
	for _, a := range p.Answers {
		if slices.Contains(verdicts, a.Status) {
			list = append(list, answer{a, a.Targets()})
		}
	}
	return list
}

// reported are the answers with a verdict, without what is left to the line about a target that was not reached.
func reported(p *record.PromiseResult, verdict record.Status) []answer {
	return slices.DeleteFunc(answersTo(p, verdict), func(a answer) bool { return a.Lost })
}

// together are the targets of all answers.
func together(answers []answer) []*record.TargetResult {
	var all []*record.TargetResult
	for _, a := range answers {
		all = append(all, a.targets...)
	}
	return record.InOrder(all)
}

// targetsWith are those that gave a promise one of the verdicts.
func targetsWith(p *record.PromiseResult, verdicts ...record.Status) []*record.TargetResult {
	return together(answersTo(p, verdicts...))
}

// allVerdicts is every verdict.
var allVerdicts = record.WorstFirst[:]

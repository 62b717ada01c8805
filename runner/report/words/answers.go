package words

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// AtEnd returns a report that writes nothing before the run's end. A stream without one leaves nothing that could pass
// for a run.
func AtEnd(write func(*record.Run) error) func(record.Event, *record.Run) error {
	return func(e record.Event, run *record.Run) error {
		if e.End == nil {
			return nil
		}
		return write(run)
	}
}

// Answer is an answer, with those of its targets that matter in its place.
type Answer struct {
	*record.Answer
	Targets []*record.TargetResult
}

// Waited returns the answer as a promise, with the longest wait of its targets.
func (a Answer) Waited() *record.Promise { return a.Answer.Waited(a.Targets) }

// AnswersTo returns the answers to a promise with one of the verdicts; all without any.
func AnswersTo(p *record.PromiseResult, verdicts ...record.Status) []Answer {
	var list []Answer
	for _, a := range p.Answers {
		if len(verdicts) == 0 || slices.Contains(verdicts, a.Promise.Status) {
			list = append(list, Answer{a, a.Targets()})
		}
	}
	return list
}

// Reported returns the answers with a verdict, without those that the line about a target that was not reached covers.
func Reported(p *record.PromiseResult, verdict record.Status) []Answer {
	return slices.DeleteFunc(AnswersTo(p, verdict), func(a Answer) bool { return a.Lost })
}

// Limited returns the first answers, and words for the targets of the others: "otherwise on 3 more hosts"; "" for none.
func Limited(answers []Answer) (first []Answer, otherwise string) {
	if len(answers) <= MaxGroups {
		return answers, ""
	}
	return answers[:MaxGroups], "otherwise on " + plain.Count(len(Together(answers[MaxGroups:])), "more host")
}

// Together returns the targets of all answers.
func Together(answers []Answer) []*record.TargetResult {
	var all []*record.TargetResult
	for _, a := range answers {
		all = append(all, a.Targets...)
	}
	return record.InOrder(all)
}

// TargetsWith returns the targets with one of the verdicts on a promise; all without any.
func TargetsWith(p *record.PromiseResult, verdicts ...record.Status) []*record.TargetResult {
	return Together(AnswersTo(p, verdicts...))
}

package runner

import (
	"context"

	"github.com/avow-dev/avow/runner/conversation"
	"github.com/avow-dev/avow/spec"
)

// voices are the conversations with one target: one for each account that asks.
type voices struct {
	open    func(spec.Account) conversation.Shell
	options conversation.Options
	shells  map[spec.Account]conversation.Shell // made once: each offers its password once
	talks   map[spec.Account]*conversation.Conversation
}

func newVoices(open func(spec.Account) conversation.Shell, options conversation.Options) *voices {
	return &voices{
		open: open, options: options,
		shells: map[spec.Account]conversation.Shell{},
		talks:  map[spec.Account]*conversation.Conversation{},
	}
}

func (v *voices) as(a spec.Account) *conversation.Conversation {
	if v.shells[a] == nil {
		v.shells[a] = v.open(a)
	}
	if v.talks[a] == nil {
		v.talks[a] = conversation.New(v.shells[a], v.options)
	}
	return v.talks[a]
}

// ask asks as one account. A target may have room for one session only: when a new account gets no shell
// while others have theirs, those are ended, and it is tried once more.
func (v *voices) ask(ctx context.Context, a spec.Account, list []conversation.Question, tell func(int, conversation.Answer, error)) {
	_, known := v.talks[a]
	if known || len(v.talks) == 0 {
		v.as(a).Ask(ctx, list, tell)
		return
	}
	var refused []int
	var reasons []error
	answered := false
	v.as(a).Ask(ctx, list, func(i int, answer conversation.Answer, err error) {
		if !answered && is[conversation.EndedError](err) {
			refused, reasons = append(refused, i), append(reasons, err)
			return
		}
		answered = true
		tell(i, answer, err)
	})
	if answered || ctx.Err() != nil {
		for n, i := range refused {
			tell(i, conversation.Answer{}, reasons[n])
		}
		return
	}
	v.alone(ctx, a, pick(list, refused), func(n int, answer conversation.Answer, err error) { tell(refused[n], answer, err) })
}

// alone asks when all other conversations have ended. They begin anew when they are needed again.
func (v *voices) alone(ctx context.Context, a spec.Account, list []conversation.Question, tell func(int, conversation.Answer, error)) {
	v.close()
	v.as(a).Ask(ctx, list, tell)
}

func pick(list []conversation.Question, indexes []int) []conversation.Question {
	var out []conversation.Question
	for _, i := range indexes {
		out = append(out, list[i])
	}
	return out
}

func (v *voices) close() {
	for a, talk := range v.talks {
		_ = talk.Close()
		delete(v.talks, a)
	}
}

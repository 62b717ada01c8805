package become

import (
	"context"
	"sync"
)

// past is what became of the attempts so far.
type past struct {
	turn chan struct{} // holds one token: whose turn it is to try

	mu      sync.Mutex
	proven  bool  // a shell came up
	refused error // what later attempts are told
}

func newPast() *past {
	p := &past{turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// enter waits for the turn, until the shells before have shown what comes of it. Who got in passes the turn
// on, once or more often. When it is known that shells come up, nobody waits for another.
func (p *past) enter(ctx context.Context) (pass func(), err error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	pass = sync.OnceFunc(func() { p.turn <- struct{}{} })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proven || p.refused != nil {
		pass()
	}
	return pass, p.refused
}

func (p *past) prove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven = true
}

func (p *past) refuse(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused == nil {
		p.refused = err
	}
}

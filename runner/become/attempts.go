package become

import (
	"context"
	"sync"
)

// attempts are all logins with one account: one at a time until the first succeeds, none after a refusal.
type attempts struct {
	token chan struct{} // holds one value: its receiver may try

	mu        sync.Mutex
	verified  bool  // a login succeeded
	rejection error // the error of all later attempts
}

// login waits for the outcome of earlier attempts. The caller calls pass when its own is known; more calls do nothing.
// After the first success there is no wait.
func (p *attempts) login(ctx context.Context) (pass func(), err error) {
	select {
	case <-p.token:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	pass = sync.OnceFunc(func() { p.token <- struct{}{} })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.verified || p.rejection != nil {
		pass()
	}
	return pass, p.rejection
}

func (p *attempts) verify() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verified = true
}

func (p *attempts) reject(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rejection == nil {
		p.rejection = err
	}
}

package runner

import (
	"context"
	"net"

	"github.com/avow-dev/avow/spec/resource"
)

// maxDials limits the simultaneous connections through one target.
const maxDials = 16

// dialed is the result of a network probe for one subject.
type dialed struct {
	query   *query
	subject *subject
	facts   resource.Facts
	loss    loss
}

type finalError interface {
	error
	Final() bool
}

// dial runs the network probes of all subjects, while the shell runs other queries.
func (c *check) dial(ctx context.Context, queries []*query) <-chan dialed {
	n := 0
	for _, q := range queries {
		n += len(q.subjects)
	}
	found := make(chan dialed, n)
	go func() {
		defer close(found)
		slots := make(chan struct{}, maxDials)
		for _, q := range queries {
			for _, s := range q.subjects {
				slots <- struct{}{}
				go func() {
					found <- c.dialOne(ctx, q, s)
					<-slots
				}()
			}
		}
		// When all slots are free, the last connection has ended.
		for range maxDials {
			slots <- struct{}{}
		}
	}()
	return found
}

func (c *check) dialOne(ctx context.Context, q *query, s *subject) dialed {
	found := dialed{query: q, subject: s}
	dial := c.connection.Dial
	if s.params.Text("from") == "runner" {
		dial = (&net.Dialer{}).DialContext
	}
	if dial == nil && !q.probe.Offline {
		found.facts = resource.Every(resource.Unknown("no connection can be made from a container or an image" +
			` (from = "runner" makes it from the machine that runs Avow)`))
		return found
	}
	found.facts = q.probe.Dial(ctx, func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		// Only an error of the connection to the target has this method: the address was never tried.
		if found.loss = 0; is[finalError](err) {
			found.loss = lostTarget
		}
		return conn, err
	}, s.params)
	if err := ctx.Err(); err != nil { // no answer until the run was stopped: the address may be fine
		found.facts, found.loss = resource.Every(resource.Unknown(reasonFor(ctx, err))), 0
		if context.Cause(ctx) == errFailFast {
			found.loss = lostRun
		}
	}
	return found
}

package runner

import (
	"context"
	"net"

	"github.com/avow-dev/avow/spec/resource"
)

// maxDials is how many connections of one target are tried at once.
const maxDials = 16

// looked is what a probe of the network found out about one subject.
type looked struct {
	question *question
	subject  *subject
	facts    resource.Facts
}

// dial looks at the network for all subjects of some questions, while the shell is asked other things.
func (c *check) dial(ctx context.Context, asked []*question) <-chan looked {
	n := 0
	for _, q := range asked {
		n += len(q.subjects)
	}
	found := make(chan looked, n)
	go func() {
		defer close(found)
		slots := make(chan struct{}, maxDials)
		for _, q := range asked {
			for _, s := range q.subjects {
				slots <- struct{}{}
				go func() {
					found <- looked{q, s, c.dialOne(ctx, q, s)}
					<-slots
				}()
			}
		}
		for range maxDials {
			slots <- struct{}{}
		}
	}()
	return found
}

func (c *check) dialOne(ctx context.Context, q *question, s *subject) resource.Facts {
	dial := c.machine.Dial
	if s.params.Text("from") == "runner" {
		dial = (&net.Dialer{}).DialContext
	}
	if dial == nil {
		return resource.Every(resource.Unknown("no connection can be made from a container or an image (from = \"runner\" makes it from the machine that runs Avow)"), q.probe.Observes...)
	}
	facts := q.probe.Dial(ctx, dial, s.params)
	if err := ctx.Err(); err != nil { // nothing answered until it was given up, which says nothing of the address
		return resource.Every(resource.Unknown(reasonFor(ctx, err)), q.probe.Observes...)
	}
	return facts
}

package docker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/moby/moby/client"
)

// Limit is how long a container may take until its shell answers, with all the steps before that.
const Limit = 10 * time.Minute

const (
	requestLimit = 10 * time.Second // for one request to the engine without much work
	createLimit  = time.Minute      // for a container to be created
	removeLimit  = 20 * time.Second // for all created objects to be removed
)

// Engine is one engine, for all the targets of a run.
type Engine struct {
	run    string // random; in the labels of everything that this run creates
	engine *onceValue[*client.Client]

	mu       sync.Mutex
	closed   bool
	created  bool // something was created, or requested
	stale    sync.Once
	creating sync.WaitGroup // requests that create something, interrupted ones too
}

// New returns an engine without contacting it.
func New() *Engine {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never returns an error
	return &Engine{run: hex.EncodeToString(bits[:]), engine: newOnce[*client.Client]()}
}

// On returns an engine for a client that the caller has chosen. Close closes the client.
func On(engine *client.Client) *Engine {
	d := New()
	d.engine.kept.Store(&outcome[*client.Client]{value: engine})
	return d
}

// client returns the engine that the user has chosen. It is contacted once in a run, and the result holds for all
// targets.
func (d *Engine) client(ctx context.Context) (*client.Client, error) {
	return d.engine.get(ctx, connect)
}

// labels returns the labels of everything that this run creates, by which Close finds it.
func (d *Engine) labels() map[string]string {
	return map[string]string{"avow.run": d.run, "avow.pid": strconv.Itoa(os.Getpid())}
}

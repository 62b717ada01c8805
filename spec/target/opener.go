package target

import "errors"

// Opener opens the targets of one run. Each backend is prepared with its first target.
type Opener struct {
	backends Backends
	run      Run
	open     map[string]func(Target) Connection // by backend
	end      []func() error
}

// NewOpener returns an opener for backends, and contacts nothing.
func NewOpener(backends Backends, run Run) *Opener {
	return &Opener{backends: backends, run: run, open: map[string]func(Target) Connection{}}
}

// Open returns the connection of a target of these backends, without contacting it.
func (o *Opener) Open(t Target) Connection {
	if o.open[t.Backend] == nil {
		open, end := o.backends.Find(t.Backend).Start(o.run)
		o.open[t.Backend] = open
		if end != nil {
			o.end = append(o.end, end)
		}
	}
	return o.open[t.Backend](t)
}

// Close is called when no target is used any more.
func (o *Opener) Close() error {
	var failed error
	// All of them, also after an error: each has something to put back.
	for _, end := range o.end {
		failed = errors.Join(failed, end())
	}
	return failed
}

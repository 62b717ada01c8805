package main

import (
	"fmt"
	"net"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/conversation"
	"github.com/avow-dev/avow/spec"
)

// shells are the ways to a shell, by the name of the backend.
var shells = map[string]func(spec.Target) conversation.Shell{
	"local": func(spec.Target) conversation.Shell { return backends.Local{}.Shell },
}

func machines(suite *spec.Suite) ([]runner.Machine, error) {
	var out []runner.Machine
	for _, t := range suite.Targets {
		open := shells[t.Backend]
		if open == nil {
			return nil, fmt.Errorf("no way to reach a target of the backend %q", t.Backend)
		}
		out = append(out, runner.Machine{Target: t, Shell: open(t), Dial: (&net.Dialer{}).DialContext})
	}
	return out, nil
}

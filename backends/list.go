// Package backends lists the backends.
package backends

import (
	"github.com/avow-dev/avow/backends/docker"
	"github.com/avow-dev/avow/backends/ssh"
	"github.com/avow-dev/avow/spec/target"
)

// All are the backends. A new one is a file or a folder, and one line here.
var All = target.Backends{
	localBackend,
	ssh.Backend,
	docker.Backend,
	docker.ImageBackend,
	execBackend,
}

package backends

import (
	"context"
	"io"
	"io/fs"
	"time"
)

// DockerLimit is how long a container may take until its shell can be spoken to, with all the steps before that.
const DockerLimit = 10 * time.Minute

// Docker is one engine, for all the targets of a run.
type Docker struct{}

// NewDocker contacts nobody yet.
func NewDocker() *Docker { return &Docker{} }

// Close removes everything that was started or created for the run, also when the run was interrupted.
func (d *Docker) Close() error { return nil }

// DockerTarget is a container that is there.
type DockerTarget struct {
	Container string        // its name or ID
	User      string        // who looks, as `user[:group]`; "" for whoever the container runs as
	Wait      time.Duration // for one that is not there or not running yet; 0 for not
}

// DockerStart is a container that is started for the run.
type DockerStart struct {
	Image      string       // or Build
	Build      *DockerBuild // nil for none
	Pull       string       // "missing" (also ""), "always" or "never"
	User       string       // who looks
	Cmd        []string     // nil for the image's own
	Entrypoint []string     // nil for the image's own
	Env        map[string]string
	Ports      []string // as `docker run -p`
	Volumes    []string // as `docker run -v`
	WaitFor    DockerWait
}

// DockerBuild is an image that is built for the run.
type DockerBuild struct {
	Context    string // a folder
	Dockerfile string // from the context
	Args       map[string]string
}

// DockerWait is what has to be so before a started container is looked at. The zero value waits for nothing.
type DockerWait struct {
	Port    string // "80", "53/udp"
	Log     string
	Healthy bool
	Timeout time.Duration // 0 for 60 s
}

// Container is a container that is there.
func (d *Docker) Container(t DockerTarget) *DockerContainer { return nil }

// Start is a container that is started when it is looked at first, and removed by its Close.
func (d *Docker) Start(s DockerStart) *DockerContainer { return nil }

// Image is an image of which nothing is started.
func (d *Docker) Image(reference, pull string) *DockerContainer { return nil }

// DockerContainer is a container or an image that can be looked at.
type DockerContainer struct{}

// Shell runs /bin/sh in the container.
func (c *DockerContainer) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	return nil
}

// Files are the files of the container.
func (c *DockerContainer) Files(ctx context.Context) (fs.FS, error) { return nil, nil }

// Metadata is what the engine says of the image, as GET /images/{name}/json answers it.
func (c *DockerContainer) Metadata(ctx context.Context) ([]byte, error) { return nil, nil }

// Identity is "container" and "image", the IDs.
func (c *DockerContainer) Identity() map[string]string { return nil }

// Close ends what belongs to this target.
func (c *DockerContainer) Close() error { return nil }

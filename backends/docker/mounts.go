package docker

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
)

// mountPoints are the places of a container that hold something else than its image does, by their paths.
type mountPoints map[string]bool // whether the archive hides what is mounted there

// alwaysMounted is what a container has wherever it runs.
var alwaysMounted = []string{"/dev", "/proc", "/sys"}

// mountsOf reads them from what the engine says of a container. Binds and volumes are in the archive, whether the
// container runs or not; everything else is mounted by the runtime at the start, and the archive shows what lies below.
func mountsOf(c container.InspectResponse) mountPoints {
	all := mountPoints{}
	for _, at := range alwaysMounted {
		all[at] = true
	}
	shown := []mount.Type{mount.TypeBind, mount.TypeVolume}
	for _, m := range c.Mounts {
		all[rooted(m.Destination)] = !slices.Contains(shown, m.Type)
	}
	if c.HostConfig != nil {
		for _, m := range c.HostConfig.Mounts {
			all[rooted(m.Target)] = !slices.Contains(shown, m.Type)
		}
		for at := range c.HostConfig.Tmpfs {
			all[rooted(at)] = true
		}
	}
	if c.Config != nil && c.Config.Labels["com.docker.swarm.task.id"] != "" {
		all["/run/secrets"] = true
	}
	return all
}

func rooted(at string) string { return path.Clean("/" + at) }

// hides returns the mount that hides a path; "" for none. The innermost one decides.
func (m mountPoints) hides(name string) string {
	at := ""
	for place := range m {
		if within(place, name) && len(place) > len(at) {
			at = place
		}
	}
	if !m[at] {
		return ""
	}
	return at
}

// leads reports whether a path is on the way to something that the archive shows inside of what it hides: so it is a
// folder, and of the container.
func (m mountPoints) leads(path string) bool {
	for place, hidden := range m {
		if !hidden && place != path && within(path, place) {
			return true
		}
	}
	return false
}

// within reports whether a path is a folder or below it.
func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// hiddenError is why the archive of a container shows nothing of a place: what is mounted there hides it.
type hiddenError struct{ at string }

func (e hiddenError) Error() string {
	return "the archive of a container does not show what is mounted on " + e.at
}

// On is the error for one path at that place or below it, or that leads there.
func (e hiddenError) On(path string) string {
	if path == e.at {
		return e.Error()
	}
	return fmt.Sprintf("the archive of a container does not show %s: something is mounted on %s", path, e.at)
}

// placeholders are what Docker itself puts into every container, over what the image has there. Those of a container
// that was never started are empty.
var placeholders = []string{"/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf"}

func placeholderError(path string) error {
	return fmt.Errorf("%s is Docker's own in every container", path)
}

// overlaid are the folders that the placeholders lie in.
var overlaid = []string{"/", "/etc"}

func overlaidError(path string) error {
	return fmt.Errorf("%s has files of Docker's own in every container", path)
}

package docker

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
)

// mountPoints are the paths of a container that hold something else than its image does.
type mountPoints map[string]bool // whether the archive hides what is mounted there

// alwaysMounted are the mounts of every container.
var alwaysMounted = []string{"/dev", "/proc", "/sys"}

// mountsOf returns the mounts that the engine reports for a container. Binds and volumes are in the archive, whether
// the container runs or not; the runtime mounts all others at the start, and the archive shows what lies below.
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

// leads reports whether the archive shows something below a path that a mount hides: so the path is a folder, and of
// the container.
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

// hiddenError means that the archive of a container shows nothing of a path: a mount hides it.
type hiddenError struct{ at string }

func (e hiddenError) Error() string {
	return "the archive of a container does not show what is mounted on " + e.at
}

// On returns the error for one path at or below the mount, or that leads there.
func (e hiddenError) On(path string) string {
	if path == e.at {
		return e.Error()
	}
	return fmt.Sprintf("the archive of a container does not show %s: something is mounted on %s", path, e.at)
}

// placeholders are the files that Docker itself puts into every container, over those of the image. Those of a
// container that was never started are empty.
var placeholders = []string{"/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf"}

func placeholderError(path string) error {
	return fmt.Errorf("%s is Docker's own in every container", path)
}

// overlaid are the folders of the placeholders.
var overlaid = []string{"/", "/etc"}

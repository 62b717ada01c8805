package docker

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/moby/moby/api/types/mount"
)

// volumeName matches the names of volumes that the engine accepts.
var volumeName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

// mounts parses volumes as `docker run -v` takes them: `/src:/dst`, `./src:/dst:ro`, `name:/dst`. They are mounts and
// not binds, for which the engine would create missing folders. New volumes get the labels; existing ones keep their
// own.
func mounts(specs []string, labels map[string]string) ([]mount.Mount, error) {
	var out []mount.Mount
	taken := map[string]bool{}
	for _, s := range specs {
		m, err := oneMount(s)
		if err != nil {
			return nil, fmt.Errorf("volume %q: %w", s, err)
		}
		if taken[m.Target] {
			return nil, fmt.Errorf("volume %q: %s is mounted twice", s, m.Target)
		}
		taken[m.Target] = true
		if m.Type == mount.TypeVolume {
			m.VolumeOptions = &mount.VolumeOptions{Labels: labels}
		}
		out = append(out, m)
	}
	return out, nil
}

func oneMount(s string) (mount.Mount, error) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return mount.Mount{}, errors.New("write /src:/dst, /src:/dst:ro or name:/dst")
	}
	m := mount.Mount{Type: mount.TypeBind, Source: parts[0], Target: path.Clean(parts[1])}
	if !path.IsAbs(parts[1]) || m.Target == "/" {
		return m, fmt.Errorf("%q is not a path inside the container; write an absolute path other than /", parts[1])
	}
	if len(parts) == 3 {
		if parts[2] != "ro" && parts[2] != "rw" {
			return m, fmt.Errorf("%q is neither ro nor rw", parts[2])
		}
		m.ReadOnly = parts[2] == "ro"
	}
	return source(m)
}

// source returns the mount with its type: a folder or a file of the engine's machine, or a volume. A source that begins
// with a dot is relative to the current folder.
func source(m mount.Mount) (mount.Mount, error) {
	switch {
	case filepath.IsAbs(m.Source):
		return m, nil
	case m.Source == ".", m.Source == "..", strings.HasPrefix(m.Source, "./"), strings.HasPrefix(m.Source, "../"):
		absolute, err := filepath.Abs(m.Source)
		m.Source = absolute
		return m, err
	case volumeName.MatchString(m.Source):
		m.Type = mount.TypeVolume
		return m, nil
	}
	return m, fmt.Errorf("%q is neither a path nor the name of a volume; a path begins with / or ./", m.Source)
}

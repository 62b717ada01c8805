package host

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// hostInFiles returns the facts that files contain. The others need a kernel, or running processes.
func hostInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	facts := operatingSystemInFiles(t)
	facts["machine_id"] = machineID(t)
	for _, name := range []string{"name", "arch", "kernel", "init", "virtualization"} {
		facts[name] = resource.Unknown("needs a running target with a shell")
	}
	return slices.Repeat([]resource.Facts{facts}, len(subjects))
}

func machineID(t *lookup.Files) resource.Fact {
	content, err := t.Read("/etc/machine-id")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return resource.Unknown(err.Error())
	}
	line, _, _ := strings.Cut(content, "\n")
	return reported(strings.Trim(line, " \t"))
}

// operatingSystemInFiles reads the first os-release that exists.
func operatingSystemInFiles(t *lookup.Files) resource.Facts {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		release, err := t.Read(file)
		if err == nil {
			return operatingSystem(release, true)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return resource.Every(resource.Unknown(err.Error()))
		}
	}
	return operatingSystem("", false)
}

package resource

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// hostInFiles are the facts that files tell. The others are a kernel's, or of what runs.
func hostInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	facts := Every(Unknown("only what runs, and has a shell, tells it"), "name", "arch", "kernel", "init", "virtualization")
	facts["machine_id"] = machineID(t)
	for name, fact := range operatingSystemInFiles(t) {
		facts[name] = fact
	}
	return slices.Repeat([]Facts{facts}, len(subjects))
}

func machineID(t *targetFiles) Fact {
	content, err := t.read("/etc/machine-id")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Unknown(err.Error())
	}
	line, _, _ := strings.Cut(content, "\n")
	return told(strings.Trim(line, " \t"), "the host does not report it")
}

// operatingSystemInFiles reads the first os-release that is there.
func operatingSystemInFiles(t *targetFiles) Facts {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		release, err := t.read(file)
		if err == nil {
			return operatingSystem(release, true)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return Every(Unknown(err.Error()), operatingSystemPromises...)
		}
	}
	return operatingSystem("", false)
}

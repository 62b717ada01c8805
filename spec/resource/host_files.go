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
	facts := Every(Unknown("needs a running target with a shell"), "name", "arch", "kernel", "init", "virtualization")
	facts["machine_id"] = t.machineID()
	for name, fact := range t.operatingSystem() {
		facts[name] = fact
	}
	return slices.Repeat([]Facts{facts}, len(subjects))
}

func (t *targetFiles) machineID() Fact {
	content, err := t.read("/etc/machine-id")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Unknown(err.Error())
	}
	line, _, _ := strings.Cut(content, "\n")
	return told(strings.Trim(line, " \t"), "the host does not report it")
}

// operatingSystem reads the first os-release that is there.
func (t *targetFiles) operatingSystem() Facts {
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

package kernel

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// sysctlFolders are those of systemd's sysctl.d(5) and of procps, which agree on the order. Where systemd is older than
// its folder in /usr/local, there is none.
var sysctlFolders = []string{
	"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d",
}

// sysctlPrograms set parameters at boot and do not read /etc/sysctl.conf. Debian 12 and RHEL have a symlink to it in
// /etc/sysctl.d, 99-sysctl.conf, which is a file like others; Debian 13 has none.
var sysctlPrograms = []string{"/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl"}

var persisted = &resource.Probe{
	Name: "persisted",
	Script: lookup.BundleScript + `
boot=other
for program in ` + strings.Join(sysctlPrograms, " ") + `; do [ ! -e "$program" ] || boot=systemd; done
echo "$boot"
bundle /etc/sysctl.conf ` + strings.Join(sysctlFolders, " ") + "\necho",
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		boot, rest, _ := bytes.Cut(a.Stdout, []byte("\n"))
		bundle, err := lookup.ParseBundle(bytes.TrimSuffix(rest, []byte("\n")))
		if err != nil {
			return nil, err
		}
		return persistedFacts(bundle, string(boot) == "systemd", subjects), nil
	},
	Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		files := lookup.NewFiles(fsys)
		systemd := slices.ContainsFunc(sysctlPrograms, func(program string) bool {
			there, _ := files.Reach(program)
			return there
		})
		return persistedFacts(files.Bundle(append(sysctlFolders, "/etc/sysctl.conf")...), systemd, subjects)
	},
}

func persistedFacts(bundle lookup.Bundle, systemd bool, subjects []resource.Params) []resource.Facts {
	files := bundle.DropIns(".conf", sysctlFolders...)
	if last := bundle.File("/etc/sysctl.conf"); !systemd && !last.Absent {
		files = append(files, last)
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		all[i] = resource.Facts{"persisted": persistedFact(files, systemd, pathOf(p.Text("name")))}
	}
	return all
}

// persistedFact returns the value that files set: that of the last line for the parameter itself or, without one, of the
// last line with a wildcard, unless a line excludes the parameter from those.
func persistedFact(files []lookup.ConfigFile, systemd bool, path string) resource.Fact {
	var exact, wild resource.Fact
	excluded, unread, hidden := false, "", ""
	for _, f := range files {
		if slices.Contains(sysctlFolders, f.Path) { // a folder that cannot be read may have a later file
			hidden = f.Unknown
		} else if f.Unknown != "" {
			unread, exact = f.Unknown, resource.Fact{}
			continue
		}
		for line := range strings.Lines(f.Content) {
			key, value, sets := sysctlLine(line)
			fact := resource.Seen(value).With("set in " + f.Path)
			switch {
			case key == path && sets:
				exact, unread = fact, ""
			case key == path: // systemd replaces the lines before it, procps only excludes
				excluded = true
				if systemd {
					exact = resource.Fact{}
				}
			case !matches(key, path):
			case sets:
				wild = fact
			case !systemd: // which takes exclusions literally
				excluded = true
			}
		}
	}
	switch {
	case hidden != "":
		return resource.Unknown(hidden)
	case exact != resource.Fact{}:
		return exact
	case unread != "":
		return resource.Unknown(unread)
	case wild != resource.Fact{} && !excluded:
		return wild
	}
	return resource.Missing("no file sets it")
}

// sysctlLine parses a line of sysctl.d(5): name = value, -name = value (errors do not matter), or -name, which excludes
// it from wildcards. Other lines, which the programs skip, have no key.
func sysctlLine(line string) (key, value string, sets bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
		return "", "", false
	}
	key, value, sets = strings.Cut(line, "=")
	name, minus := strings.CutPrefix(key, "-")
	if !sets && !minus {
		return "", "", false
	}
	return strings.TrimPrefix(pathOf(strings.TrimSpace(name)), "/"), fold(value), sets
}

func matches(pattern, name string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), name)
	return err == nil && ok && strings.ContainsAny(pattern, "*?[")
}

// Package kernel has the types of the running kernel and of how it is booted.
package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Parameter is the type of the values below /proc/sys.
var Parameter = &resource.Type{
	Name:        "kernel_parameter",
	Label:       "name",
	DisplayName: "Kernel parameter",
	Summary:     "A parameter of the kernel: its value now, and the one that the next boot sets",
	Detail: `The name is written as sysctl takes it, ` + "`net.ipv4.ip_forward` or `net/ipv4/ip_forward`" + `; in the first form, a
slash stands for a dot inside a part of the name (` + "`net.ipv4.conf.eth0/100.forwarding`" + `).

` + "`value`" + ` is read from ` + "`/proc/sys`" + `. It is unknown where that is hidden, where only another user may read it (` + "`become`" + `
helps), and where the kernel refuses to show it. In a container, all parameters except those of the network
(` + "`net.*`" + `) and of IPC are those of the machine that it runs on.

` + "`persisted`" + ` is read from the files that set parameters at boot: ` + "`*.conf` in `/etc/sysctl.d`, `/run/sysctl.d`, " +
		"`/usr/local/lib/sysctl.d`, `/usr/lib/sysctl.d` and `/lib/sysctl.d`" + `, in the order of their names; of several files with one name,
the first folder's counts. A line for the parameter itself wins over one with a wildcard. ` + "`/etc/sysctl.conf`" + ` comes last, except where systemd
sets the parameters, which does not read it. A file that may not be read makes it unknown, unless a later one sets the
parameter. Later changes by other programs (a network manager, a unit) are not considered.`,
	Example: `describe "router" {
  kernel_parameter "net.ipv4.ip_forward" {
    value     = 1
    persisted = 1
  }

  kernel_parameter "vm.swappiness" { value = le(10) }

  kernel_parameter "kernel.unprivileged_bpf_disabled" { exists = true }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name, with dots or slashes. No wildcards."},
		resource.Exists("Whether the running kernel has the parameter."),
		{
			Name: "value", Kind: folded,
			Doc: "The value in the running kernel. Blanks and tabs between its parts count as one blank.",
		},
		{
			Name: "persisted", Kind: folded, Phrase: "persisted value", Probe: persisted,
			Doc: "The value that the files set at the next boot. If none sets it, there is no value.",
		},
	},
	Probe:   &resource.Probe{Name: "value", Script: valueScript, Words: parameterPath, Parse: parseValues},
	Prepare: prepareParameter,
}

// Parameters is the type of all values below /proc/sys.
var Parameters = resource.Plural{
	Name: "kernel_parameters", DisplayName: "Kernel parameters", Of: Parameter, Names: nil,
	Summary: "All parameters of the kernel, or those that a condition selects",
	Detail: "Avow lists the files below `/proc/sys`. Parameters that only another user may read are there, and their values are " +
		"unknown. Those that the kernel calls deprecated are left out: it writes into its log when they are read.",
	Example: `describe "router" {
  kernel_parameters "that accept redirects" {
    where = { name = ends_with(".accept_redirects") }
    every = { value = 0 }
  }
}
`,
	List: resource.Probe{Script: valuesScript, Parse: parseParameters},
}.Type()

// folded is the kind of values whose blanks do not matter.
var folded = &resource.Kind{
	Name: "a string, or a number", Of: resource.String,
	Text:      resource.String.Text,
	Order:     resource.String.Order,
	Canonical: func(v any) any { return fold(v.(string)) },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		return fold(s.(string)), nil
	},
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

var parameterName = regexp.MustCompile(`^[A-Za-z0-9_@:%+-]+([./][A-Za-z0-9_@:%+-]+)+$`)

func prepareParameter(p resource.Params) error {
	name := p.Text("name")
	switch {
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q has a wildcard; write one name, or use kernel_parameters with where = { name = ... }", name)
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("%q is a path; write the name, such as net.ipv4.ip_forward", name)
	case strings.Contains(name, "="):
		return fmt.Errorf("%q has a value; write value = ... into the block", name)
	case !parameterName.MatchString(name) || strings.Contains(name, ".."):
		return fmt.Errorf("%q is not a kernel parameter, such as net.ipv4.ip_forward", name)
	}
	return nil
}

// pathOf returns the path of a parameter below /proc/sys. As sysctl.d(5) says, the first separator decides: after a
// slash, dots are dots; after a dot, a slash stands for one.
func pathOf(name string) string {
	if i := strings.IndexAny(name, "./"); i < 0 || name[i] == '/' {
		return name
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(name)
}

// nameOf returns the name with dots of a path below /proc/sys.
func nameOf(path string) string { return strings.NewReplacer(".", "/", "/", ".").Replace(path) }

func parameterPath(p resource.Params) []string { return []string{pathOf(p.Text("name"))} }

// valueScript prints a line for each subject, and then the values as grep does, each line after its path. The shell's own
// read would not do: it reads byte by byte, and the kernel gives only the first. grep says on stderr what it could not
// read; /dev/null makes it print the path of a single file, too.
const valueScript = `
[ -d /proc/sys/kernel ] || cannot "no /proc/sys on the target"
n=$#
while [ $n -gt 0 ]; do
	n=$((n - 1)) name=$1
	shift
	if [ -d "/proc/sys/$name" ]; then echo folder
	elif [ -e "/proc/sys/$name" ]; then
		echo file
		set -- "$@" "/proc/sys/$name"
	else echo absent
	fi
done
[ $# -eq 0 ] || grep "" /dev/null "$@"
`

// valuesScript prints all paths, and then all values. The parameters that are left out are deprecated: the kernel logs who
// reads them (neigh_sysctl_register in net/core/neighbour.c, since 2.6).
const valuesScript = `
[ -d /proc/sys/kernel ] || cannot "no /proc/sys on the target"
list() { find /proc/sys -type f ! -name base_reachable_time ! -name retrans_time "$@"; }
list 2>/dev/null
echo values
list -exec grep "" /dev/null {} +
`

// values parses the lines of grep: the value of each path, and why some could not be read. A name can have a colon
// (eth0:1), so a path is one that is known.
func values(a resource.Answer, lines []string, known map[string]bool) (value, unread map[string]string) {
	value, unread = map[string]string{}, map[string]string{}
	for _, line := range lines {
		line = strings.TrimPrefix(line, root)
		for i := range line {
			if line[i] == ':' && known[line[:i]] {
				value[line[:i]] += line[i+1:] + "\n"
				break
			}
		}
	}
	for line := range strings.Lines(string(a.Stderr)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), root)
		if i := strings.LastIndex(rest, ": "); i >= 0 {
			unread[rest[:i]] = strings.ToLower(rest[i+2:]) + " on " + root + rest[:i]
		}
	}
	return value, unread
}

const root = "/proc/sys/"

func valueFacts(path string, value, unread map[string]string) resource.Facts {
	fact := resource.Seen(fold(value[path]))
	if why := unread[path]; why != "" {
		fact = resource.Unknown(why)
	}
	return resource.Facts{"exists": resource.Seen(true), "value": fact}
}

func parseValues(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	if len(lines) < len(subjects) {
		return nil, fmt.Errorf("%d lines for %d kernel parameters", len(lines), len(subjects))
	}
	known := map[string]bool{}
	for _, p := range subjects {
		known[pathOf(p.Text("name"))] = true
	}
	value, unread := values(a, lines[len(subjects):], known)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		switch lines[i] {
		case "file":
			all[i] = valueFacts(pathOf(p.Text("name")), value, unread)
		case "folder":
			all[i] = resource.Every(resource.Missing("this is a folder of parameters"))
		case "absent":
			all[i] = resource.Every(resource.Missing("no such kernel parameter"))
		default:
			return nil, fmt.Errorf("%q is not a state of a parameter", lines[i])
		}
	}
	return all, nil
}

func parseParameters(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	end := slices.Index(lines, "values")
	if end < 0 {
		return nil, errors.New("the list of parameters does not end")
	}
	known := map[string]bool{}
	for _, path := range lines[:end] {
		known[strings.TrimPrefix(path, root)] = true
	}
	value, unread := values(a, lines[end+1:], known)
	var found resource.Elements
	for path := range known {
		name := nameOf(path)
		found.List = append(found.List, resource.Element{
			Name: name, Params: resource.Params{"name": name}, Facts: valueFacts(path, value, unread),
		})
	}
	slices.SortFunc(found.List, func(a, b resource.Element) int { return strings.Compare(a.Name, b.Name) })
	return []resource.Facts{resource.Listed(found)}, nil
}

// sysctlFolders are the folders of systemd's sysctl.d(5), which procps reads, too.
var sysctlFolders = []string{
	"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d",
}

// sysctlPrograms are those that set parameters at boot and do not read /etc/sysctl.conf.
var sysctlPrograms = []string{"/usr/lib/systemd/systemd-sysctl", "/lib/systemd/systemd-sysctl"}

var persisted = &resource.Probe{
	Name: "persisted",
	Script: lookup.BundleScript + `
boot=other
for program in ` + strings.Join(sysctlPrograms, " ") + `; do [ ! -e "$program" ] || boot=systemd; done
printf '%s\n' "$boot"
bundle /etc/sysctl.conf ` + strings.Join(sysctlFolders, " "),
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		boot, rest, _ := bytes.Cut(a.Stdout, []byte("\n"))
		bundle, err := lookup.ParseBundle(rest)
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
		all[i] = resource.Facts{"persisted": persistedFact(files, pathOf(p.Text("name")))}
	}
	return all
}

// persistedFact returns the value that files set: that of the last line for the parameter itself or, without one, of the
// last line with a wildcard.
func persistedFact(files []lookup.ConfigFile, path string) resource.Fact {
	exact, wild := resource.Fact{}, resource.Missing("no file sets it")
	unread := ""
	for _, f := range files {
		if f.Unknown != "" {
			unread, exact = f.Unknown, resource.Fact{}
			continue
		}
		for line := range strings.Lines(f.Content) {
			key, value, sets := sysctlLine(line)
			fact := resource.Seen(value).With("set in " + f.Path)
			switch {
			case key == path && sets:
				exact, unread = fact, ""
			case key == path: // -name without a value: wildcards do not match it
				wild = resource.Missing("no file sets it")
			case sets && matches(key, path):
				wild = fact
			}
		}
	}
	switch {
	case exact != resource.Fact{}:
		return exact
	case unread != "":
		return resource.Unknown(unread)
	}
	return wild
}

// sysctlLine parses a line of sysctl.d(5): name = value, -name = value (errors do not matter), or -name.
func sysctlLine(line string) (key, value string, sets bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
		return "", "", false
	}
	key, value, sets = strings.Cut(line, "=")
	return pathOf(strings.TrimSpace(strings.TrimPrefix(key, "-"))), fold(value), sets
}

func matches(pattern, name string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return false
	}
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

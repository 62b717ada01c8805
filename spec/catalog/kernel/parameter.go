package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Parameter is the type of the values below /proc/sys.
var Parameter = &resource.Type{
	Name:        "kernel_parameter",
	Label:       "name",
	DisplayName: "Kernel parameter",
	Summary:     "A parameter of the kernel: its value now, and the one that the next boot sets",
	Detail: `The name is written as sysctl takes it, ` + "`net.ipv4.ip_forward` or `net/ipv4/ip_forward`" + `;
in the first form, a slash stands for a dot inside a part of the name
(` + "`net.ipv4.conf.eth0/100.forwarding`" + `).

Avow reads ` + "`value`" + ` from ` + "`/proc/sys`" + `. It is unknown where that is hidden, where only another
user may read it (` + "`become`" + ` helps), and where the kernel refuses to show it, such as what can only be
written, or a ` + "`stable_secret`" + ` that is not set. In a container, all but the parameters of its own
namespaces (` + "`net.*`" + `, IPC, its name) are those of the machine that it runs on.

Avow reads ` + "`persisted`" + ` from the files that set parameters at boot: ` + "`*.conf`" + ` in
` + "`/etc/sysctl.d`, `/run/sysctl.d`, `/usr/local/lib/sysctl.d`, `/usr/lib/sysctl.d` and `/lib/sysctl.d`" + `,
in the order of their names; of several files with one name, the first folder's counts. A line for the parameter
itself wins over one with a wildcard. ` + "`/etc/sysctl.conf`" + ` comes last, except where systemd sets the
parameters: it reads that file only through a symlink in a folder, as Debian 12 and RHEL have it. A file that
may not be read makes it unknown, unless a later one sets the parameter; so does such a folder. Avow does not
consider other programs that set parameters (the kernel itself from its command line, a network manager).`,
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
			Name: "value", Kind: Value,
			Doc: "The value in the running kernel. Blanks, tabs and line breaks between its parts count as one blank.",
		},
		{
			Name: "persisted", Kind: Value, Phrase: "persisted value", Probe: persisted,
			Doc: "The value that the files set at the next boot. If none sets it, there is no value.",
		},
	},
	Probe:   &resource.Probe{Name: "value", Script: valueScript, Words: parameterPath, Parse: parseValues},
	Prepare: prepareParameter,
}

// Parameters is the type of all values below /proc/sys.
var Parameters = resource.Plural{
	Name: "kernel_parameters", DisplayName: "Kernel parameters", Of: Parameter,
	Summary: "All parameters of the kernel, or those that a condition selects",
	Detail: "Avow lists the files below `/proc/sys`. Parameters that only another user may read are there, and their " +
		"values are unknown. Some are left out, since reading them has an effect: `base_reachable_time` and " +
		"`retrans_time`, which the kernel calls deprecated in its log, and `vm.stat_refresh`.",
	Example: `describe "router" {
  kernel_parameters "that accept redirects" {
    where = { name = ends_with(".accept_redirects") }
    every = { value = 0 }
  }
}
`,
	List: resource.Probe{Script: valuesScript, Parse: parseParameters},
}.Type()

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

// valueScript prints a line for each subject, and then the values of those that are files.
const valueScript = lookup.ReachScript + whereScript + `
[ -d /proc/sys/kernel ] || cannot "no /proc/sys on the target"
where
n=$# seen=/
while [ $n -gt 0 ]; do
	n=$((n - 1)) name=/proc/sys/$1
	shift
	reach "$name"
	case $? in
	1) echo absent ;;
	2) printf '%s\n' "unknown $why" ;;
	*)
		if [ -d "$name" ]; then echo folder; else
			echo file
			case $seen in # in another spelling
			*"//$name//"*) ;;
			*) seen="$seen/$name//" && set -- "$@" "$name" ;;
			esac
		fi ;;
	esac
done
[ $# -eq 0 ] || grep "" /dev/null "$@"
`

// valuesScript prints all paths, and then all values. To read some parameters has an effect: the kernel logs who reads
// those that are deprecated (neigh_sysctl_register in net/core/neighbour.c, since 2.6), and stat_refresh interrupts
// every processor. Without -xdev, find would mount binfmt_misc, where systemd automounts it.
const valuesScript = whereScript + `
[ -d /proc/sys/kernel ] || cannot "no /proc/sys on the target"
where
list() { find /proc/sys -xdev -type f ! -name base_reachable_time ! -name retrans_time ! -name stat_refresh "$@"; }
list 2>/dev/null
echo values
list -exec grep "" /dev/null {} +
`

const root = "/proc/sys/"

// ownParameter matches the paths of those that a container has for itself, by its namespaces.
var ownParameter = regexp.MustCompile(`^(net|user|fs/mqueue)/|^kernel/(hostname|domainname|sem|shm|msg)`)

func valueFacts(path, where string, values contents) resource.Facts {
	facts := resource.Facts{"exists": resource.Seen(true), "value": values.fact(root + path)}
	if ownParameter.MatchString(path) {
		return facts
	}
	return noted(facts, where)
}

func parseValues(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	if len(lines) <= len(subjects) {
		return nil, fmt.Errorf("%d lines for %d kernel parameters", len(lines), len(subjects))
	}
	known := map[string]bool{}
	for _, p := range subjects {
		known[root+pathOf(p.Text("name"))] = true
	}
	values := parseContents(lines[len(subjects)+1:], a.Stderr, known)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		state, why, _ := strings.Cut(lines[i+1], " ")
		switch state {
		case "file":
			all[i] = valueFacts(pathOf(p.Text("name")), lines[0], values)
		case "folder":
			all[i] = resource.Every(resource.Missing("this is a folder of parameters"))
		case "absent":
			all[i] = resource.Every(resource.Missing("no such kernel parameter"))
		case "unknown":
			all[i] = resource.Every(resource.Unknown(cmp.Or(why, "it could not be checked")))
		default:
			return nil, fmt.Errorf("%q is not a state of a parameter", lines[i+1])
		}
	}
	return all, nil
}

func parseParameters(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	end := slices.Index(lines, "values")
	if end < 2 { // without find, too
		return nil, errors.New("the list of parameters is empty or does not end")
	}
	known := map[string]bool{}
	for _, path := range lines[1:end] {
		known[path] = true
	}
	values := parseContents(lines[end+1:], a.Stderr, known)
	var found resource.Elements
	for _, path := range slices.Sorted(maps.Keys(values.unread)) {
		if !known[path] { // a folder that find cannot read
			found.Hidden = values.unread[path]
		}
	}
	for _, path := range slices.Sorted(maps.Keys(known)) {
		path = strings.TrimPrefix(path, root)
		name := nameOf(path)
		found.List = append(found.List, resource.Element{
			Name: name, Params: resource.Params{"name": name}, Facts: valueFacts(path, lines[0], values),
		})
	}
	return []resource.Facts{resource.Listed(found)}, nil
}

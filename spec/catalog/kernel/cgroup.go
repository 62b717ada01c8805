package kernel

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Cgroup is the type of control groups.
var Cgroup = &resource.Type{
	Name:        "cgroup",
	Label:       "path",
	DisplayName: "Control group",
	Summary:     "A control group: its limits, and the processes in it",
	Detail: `The path is relative to ` + "`/sys/fs/cgroup`" + `: ` + "`system.slice/nginx.service`" + ` with
version 2. With version 1, each controller has a tree of its own, and the path begins with its folder:
` + "`memory/system.slice/nginx.service`" + `. There, a path that begins with no controller is unknown.

In a container, ` + "`/sys/fs/cgroup`" + ` usually begins at the container's own group. Files that only another
user may read are unknown (` + "`become`" + ` helps).`,
	Example: `describe "limits of nginx" {
  cgroup "system.slice/nginx.service" {
    version = 2
    values  = { "memory.max" = 536870912, "cpu.max" = "50000 100000", "pids.max" = le(100) }
  }
}

describe "limits of a batch job, with version 1" {
  cgroup "cpu/batch" {
    values = { "cpu.shares" = 128 }
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "path", Kind: resource.String, Parameter: true,
			Doc: "The path below `/sys/fs/cgroup`; `/` for the root group of version 2.",
		},
		resource.Exists("Whether the kernel has the control group."),
		{Name: "version", Kind: resource.OneOf("1", "2"), Doc: "The version of control groups that it is one of."},
		{
			Name: "values", Kind: resource.MapOf(Value), Named: true,
			Doc: "The contents of its files, by their names, such as `memory.max`. Avow reads those that promises name. " +
				"Blanks and line breaks count as one blank.",
		},
		{
			Name: "pids", Kind: resource.SetOf(resource.ProcessID), Phrase: "list of PIDs", Probe: cgroupPids,
			Doc: "The PIDs of the processes in the group itself, not of those in groups below it.",
		},
	},
	Probe: &resource.Probe{
		Name: "values", Script: cgroupScript, Parse: parseCgroups,
		Words: func(p resource.Params) []string { return cgroupWords(p, p.References("values")) },
	},
	Prepare: prepareCgroup,
}

var cgroupPids = &resource.Probe{
	Name: "pids", Script: cgroupScript, Parse: parseCgroups,
	Words: func(p resource.Params) []string { return cgroupWords(p, []string{"cgroup.procs"}) },
}

func prepareCgroup(p resource.Params) error {
	switch name := p.Text("path"); {
	case strings.HasPrefix(name, "/sys/fs/cgroup"):
		return fmt.Errorf("%q is a path of the file system; write the part behind /sys/fs/cgroup/", name)
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q has a wildcard; write one path", name)
	case name == "" || strings.ContainsAny(name, "\n\x00") || slices.Contains(strings.Split(name, "/"), ".."):
		return fmt.Errorf("%q is not a control group, such as system.slice/nginx.service", name)
	}
	return nil
}

const cgroupRoot = "/sys/fs/cgroup"

func cgroupPath(p resource.Params) string {
	return path.Join(cgroupRoot, path.Join("/", p.Text("path")))
}

// cgroupFile are the names that files of a group can have. Others are not read.
var cgroupFile = regexp.MustCompile(`^[a-zA-Z0-9_.]+$`)

// cgroupWords are the group's folder, that of its tree in version 1, and the names of files.
func cgroupWords(p resource.Params, files []string) []string {
	dir, names := cgroupPath(p), []string{}
	for _, name := range files {
		if cgroupFile.MatchString(name) {
			names = append(names, name)
		}
	}
	tree, _, _ := strings.Cut(strings.TrimPrefix(dir, cgroupRoot+"/"), "/")
	return []string{dir, path.Join(cgroupRoot, tree), strings.Join(names, " ")}
}

// cgroupScript prints a line for each group, its version or why not, each followed by the files that it has, and then
// their contents. Files may be empty, and cat tells that from an error. cgroup.controllers is in every group of version
// 2, tasks in every one of version 1.
const cgroupScript = lookup.ReachScript + whereScript + `
[ -d /sys/fs/cgroup ] || cannot "no /sys/fs/cgroup on the target"
where
n=$# seen=/
while [ $n -gt 0 ]; do
	n=$((n - 3)) dir=$1 tree=$2 files=$3
	shift 3
	reach "$dir"
	case $? in
	1)
		if [ -e /sys/fs/cgroup/cgroup.controllers ] || [ -e "$tree/tasks" ] || [ -e "$tree/cgroup.controllers" ]; then
			echo absent
		else echo "unknown there is no tree of control groups in $tree"
		fi
		continue ;;
	2) echo "unknown $why" && continue ;;
	esac
	if [ -e "$dir/cgroup.controllers" ]; then echo version 2
	elif [ -e "$dir/tasks" ]; then echo version 1
	elif [ ! -d "$dir" ] || [ -x "$dir/" ]; then echo none && continue
	else echo "unknown permission denied on $dir" && continue
	fi
	for file in $files; do
		file=$dir/$file
		[ -e "$file" ] || continue
		printf '%s\n' "$file"
		case $seen in
		*"//$file//"*) ;;
		*) seen="$seen/$file//" && set -- "$@" "$file" ;;
		esac
	done
done
if cat /dev/null "$@" >/dev/null; then echo whole; else echo cut; fi
[ $# -eq 0 ] || grep "" /dev/null "$@"
`

func parseCgroups(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	end := slices.IndexFunc(lines, func(line string) bool { return line == "whole" || line == "cut" })
	if end < 1 {
		return nil, errors.New("the list of control groups does not end")
	}
	known := map[string]bool{}
	var states [][]string // of each group: its state, and its files
	for _, line := range lines[1:end] {
		switch {
		case !strings.HasPrefix(line, "/"):
			states = append(states, []string{line})
		case len(states) == 0:
			return nil, fmt.Errorf("%q is a file of no control group", line)
		default:
			known[line] = true
			states[len(states)-1] = append(states[len(states)-1], line)
		}
	}
	if len(states) != len(subjects) {
		return nil, fmt.Errorf("%d states of %d control groups", len(states), len(subjects))
	}
	contents := parseContents(lines[end+1:], a.Stderr, known)
	contents.whole = lines[end] == "whole"
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		facts, err := cgroupFacts(p, states[i], contents)
		if err != nil {
			return nil, err
		}
		all[i] = facts
	}
	return all, nil
}

func cgroupFacts(p resource.Params, state []string, contents contents) (resource.Facts, error) {
	word, rest, _ := strings.Cut(state[0], " ")
	switch {
	case word == "absent":
		return resource.Every(resource.Missing("no such control group")), nil
	case word == "none":
		return resource.Every(resource.Missing("this folder is not a control group")), nil
	case word == "unknown" && rest != "":
		return resource.Every(resource.Unknown(rest)), nil
	case word != "version" || rest != "1" && rest != "2":
		return nil, fmt.Errorf("%q is not a state of a control group", state[0])
	}
	procs := resource.Unknown("the group does not list processes")
	if file := cgroupPath(p) + "/cgroup.procs"; slices.Contains(state[1:], file) {
		procs = contents.pids(file)
	}
	return resource.Facts{
		"exists": resource.Seen(true), "version": resource.Seen(rest), "pids": procs,
		"values": contents.table(state[1:], cgroupPath(p)+"/", p.References("values")),
	}, nil
}

// pids returns the numbers in a file.
func (c contents) pids(file string) resource.Fact {
	text := c.fact(file)
	if text.Unknown != "" {
		return text
	}
	pids := []any{}
	for _, word := range strings.Fields(text.Value.(string)) {
		pid, err := strconv.ParseInt(word, 10, 32)
		switch {
		case err != nil || pid < 0:
			return resource.Unknown(fmt.Sprintf("%q is not a PID", word))
		case pid == 0: // cgroups(7): the process is in another PID namespace
			return resource.Unknown("a process of the group is not visible here")
		}
		pids = append(pids, resource.Int(pid))
	}
	return resource.Seen(pids)
}

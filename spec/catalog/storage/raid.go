package storage

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Raid is the type of arrays of Linux's software RAID.
var Raid = &resource.Type{
	Name:        "raid",
	Label:       "array",
	DisplayName: "RAID array",
	Summary:     "An array of Linux's software RAID (md): its level, its state and its disks",
	Detail: `Avow reads ` + "`/proc/mdstat`" + `, which every user may read. The label is the kernel's name,
` + "`md0`" + `, or the path of the array's node, such as ` + "`/dev/md/data`" + `. Where the kernel has no such file
and no driver for arrays, there is no array. Where ` + "`/proc`" + ` is hidden, everything is unknown. In a
container, the arrays are those of the machine that it runs on.

Arrays that only the firmware or a controller knows are not considered, and neither are those of LVM and btrfs.`,
	Example: `describe "disks" {
  raid "md0" {
    exists   = true
    level    = "raid1"
    degraded = false
    failed   = empty()
    devices  = has_length(2)
  }

  raids "of this machine" {
    every = { degraded = false }
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "array", Kind: resource.String, Parameter: true, Doc: "The array: `md0`, or the path of its node."},
		resource.Exists("Whether the kernel has assembled the array."),
		{
			Name: "level", Kind: resource.OneOf("linear", "raid0", "raid1", "raid4", "raid5", "raid6", "raid10",
				"multipath", "faulty"),
			Doc: "The level: `raid1`, `raid5`. An array that is inactive has none.",
		},
		{
			Name: "state", Kind: resource.OneOf("active", "auto-read-only", "read-only", "broken", "inactive"),
			Doc: "The state: `active`; `auto-read-only` until the first write, then `active`; `read-only`; `broken`; " +
				"`inactive`.",
		},
		{
			Name: "degraded", Kind: resource.Bool,
			Doc: "Whether it lacks disks: one has failed or is missing, or its content is not rebuilt yet. Levels that cannot " +
				"lack any are never degraded.",
		},
		{
			Name: "devices", Kind: resource.SetOf(resource.String),
			Doc: "All disks and partitions of the array, those that failed and the spares included: `/dev/sda1`.",
		},
		{Name: "failed", Kind: resource.SetOf(resource.String), Phrase: "list of failed devices", Doc: "The devices that " +
			"failed."},
		{Name: "spares", Kind: resource.SetOf(resource.String), Doc: "The devices that wait to replace another one."},
	},
	Probe:   &resource.Probe{Name: "array", Script: raidScript, Words: raidWords, Parse: parseRaid},
	Prepare: prepareRaid,
}

// Raids is the type of all arrays of a target.
var Raids = resource.Plural{
	Name: "raids", DisplayName: "RAID arrays", Of: Raid,
	Summary: "All arrays of Linux's software RAID, or those that a condition selects",
	Detail:  "Avow lists the arrays of `/proc/mdstat`, active or not.",
	Example: `describe "disks" {
  raids "of this machine" {
    names = consists_of("md0", "md1")
    every = { state = "active", failed = empty() }
  }
}
`,
	List: resource.Probe{Script: raidScript, Parse: parseRaidList},
}.Type()

func raidWords(p resource.Params) []string { return []string{p.Text("array")} }

// raidScript prints the name of the array of each subject, and mdstat. Without that file, the list of drivers proves
// that
// there are no arrays: where /proc is hidden in part, that is hidden, too.
const raidScript = lookup.ReachScript + `
nl='
'
for array do
  case $array in
    /*)
      reach "$array"
      case $? in
        1) echo absent ;;
        2) printf 'unknown %s\n' "${why%%"$nl"*}" ;;
        *)
          real=$(readlink -f "$array") || real=
          case $real in
            /*"$nl"*) echo absent ;;
            /*) printf 'name %s\n' "${real##*/}" ;;
            *) echo 'unknown no readlink on the target' ;;
          esac ;;
      esac ;;
    *) printf 'name %s\n' "$array" ;;
  esac
done
echo mdstat
if [ -e /proc/mdstat ]; then
  cat /proc/mdstat || cannot "permission denied on /proc/mdstat"
else
  drivers=$(cat /proc/devices 2>/dev/null)
  case $nl$drivers$nl in
    *"$nl"Block\ devices:*" md$nl"*) cannot "the kernel has arrays, and no /proc/mdstat" ;;
    *"$nl"Block\ devices:*) echo 'no driver' ;;
    *) cannot "no /proc/mdstat and no /proc/devices on the target" ;;
  esac
fi
`

func prepareRaid(p resource.Params) error {
	name := p.Text("array")
	switch {
	case name == "":
		return errors.New("the array has no name")
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q looks like a pattern; write one array, or use raids with where = { ... }", name)
	case strings.HasPrefix(name, "/"):
		if err := preparePath(resource.Params{"path": name}); err != nil {
			return err
		}
		if !strings.HasPrefix(name, "/dev/") {
			return fmt.Errorf("%q is not the path of an array, such as /dev/md0", name)
		}
		return nil
	case !arrayName.MatchString(name):
		return fmt.Errorf("%q is not the name of an array, such as md0; write the path of others, such as /dev/md/data", name)
	}
	return nil
}

var (
	arrayName = regexp.MustCompile(`^md[A-Za-z0-9_.-]+$`)
	arrayLine = regexp.MustCompile(`^(md[^ ]*) : (active|inactive|broken)( .*)?$`)
	member    = regexp.MustCompile(`^(.+)\[[0-9]+\]((?:\([A-Z]\))*)$`)
	disks     = regexp.MustCompile(`\[([0-9]+)/([0-9]+)\]`)
)

// raidArray is an array of mdstat.
type raidArray struct {
	name, state, level      string
	devices, failed, spares []string
	degraded                bool
}

// parseMdstat parses what md_seq_show prints in drivers/md/md.c.
func parseMdstat(lines []string) ([]raidArray, error) {
	var arrays []raidArray
	for _, line := range lines {
		f := arrayLine.FindStringSubmatch(line)
		switch {
		case f != nil:
			a := raidArray{name: f[1], state: f[2]}
			if err := a.parse(strings.Fields(f[3])); err != nil {
				return nil, err
			}
			arrays = append(arrays, a)
		case len(arrays) > 0 && strings.Contains(line, " blocks"):
			// The number of disks that it should have, and of those that are in use.
			if n := disks.FindStringSubmatch(line); n != nil {
				arrays[len(arrays)-1].degraded = n[1] != n[2]
			}
		case strings.HasPrefix(line, "md") && strings.Contains(line, " : "):
			return nil, fmt.Errorf("%q is not a line of an array", line)
		}
	}
	return arrays, nil
}

// parse parses what follows the state: (read-only), the level and the members. An inactive array has no level.
func (a *raidArray) parse(words []string) error {
	for i, word := range words {
		m := member.FindStringSubmatch(word)
		switch {
		case word == "(read-only)" || word == "(auto-read-only)":
			a.state = strings.Trim(word, "()")
		case m == nil && i <= 1 && a.level == "" && len(a.devices) == 0:
			a.level = word
		case m == nil:
			return fmt.Errorf("%q is not a device of an array", word)
		default:
			device := "/dev/" + strings.ReplaceAll(m[1], "!", "/")
			a.devices = append(a.devices, device)
			if strings.Contains(m[2], "(F)") {
				a.failed = append(a.failed, device)
			}
			if strings.Contains(m[2], "(S)") {
				a.spares = append(a.spares, device)
			}
		}
	}
	return nil
}

func (a raidArray) facts() resource.Facts {
	list := func(names []string) resource.Fact {
		return resource.Seen(resource.Strings(resource.SortedSet(slices.Clone(names))))
	}
	facts := resource.Facts{
		"exists": resource.Seen(true), "state": resource.Seen(a.state), "devices": list(a.devices),
		"failed": list(a.failed), "spares": list(a.spares), "level": resource.Seen(a.level),
		"degraded": resource.Seen(a.degraded),
	}
	// All disks of an inactive array are shown as spares, and how many it lacks is not known.
	if a.state == "inactive" {
		why := resource.Missing("the array is inactive")
		facts["level"], facts["degraded"], facts["spares"], facts["failed"] = why, why, why, why
	} else if a.level == "" {
		facts["level"] = resource.Unknown("the kernel shows no level")
	}
	return facts
}

// mdstat returns the lines for the subjects, and all arrays.
func mdstat(a resource.Answer) ([]string, []raidArray, error) {
	lines := lookup.FileLines(string(a.Stdout))
	i := slices.Index(lines, "mdstat")
	if i < 0 || len(lines) == i+1 {
		return nil, nil, errors.New("there is no mdstat")
	}
	if !strings.HasPrefix(lines[i+1], "Personalities : ") && lines[i+1] != "no driver" {
		return nil, nil, fmt.Errorf("%q is not the begin of mdstat", lines[i+1])
	}
	arrays, err := parseMdstat(lines[i+1:])
	return lines[:i], arrays, err
}

func parseRaid(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	states, arrays, err := mdstat(a)
	if err != nil {
		return nil, err
	}
	if len(states) != len(subjects) {
		return nil, fmt.Errorf("%d lines for %d arrays", len(states), len(subjects))
	}
	all := make([]resource.Facts, len(subjects))
	for i := range subjects {
		word, rest, _ := strings.Cut(states[i], " ")
		at := slices.IndexFunc(arrays, func(r raidArray) bool { return word == "name" && r.name == rest })
		switch {
		case at >= 0:
			all[i] = arrays[at].facts()
		case word == "unknown" && rest != "":
			all[i] = resource.Every(resource.Unknown(rest))
		case word == "absent":
			all[i] = resource.Every(resource.Missing("no such file or directory"))
		case word == "name":
			all[i] = resource.Every(resource.Missing("no such array in /proc/mdstat"))
		default:
			return nil, fmt.Errorf("%q is not a state of an array", states[i])
		}
	}
	return all, nil
}

func parseRaidList(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	_, arrays, err := mdstat(a)
	if err != nil {
		return nil, err
	}
	var found resource.Elements
	for _, r := range arrays {
		found.List = append(found.List, resource.Element{
			Name: r.name, Params: resource.Params{"array": r.name}, Facts: r.facts(),
		})
	}
	return []resource.Facts{resource.Listed(found)}, nil
}

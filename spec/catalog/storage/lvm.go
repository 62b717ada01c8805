package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// LVM is the type of volume groups and logical volumes.
var LVM = &resource.Type{
	Name:        "lvm",
	Label:       "name",
	DisplayName: "LVM volume",
	Summary:     "A volume group or a logical volume of LVM: its size, its devices, and whether it is healthy",
	Detail: `The label is ` + "`vg/lv`" + ` for a logical volume, and ` + "`vg`" + ` for a volume group. Avow runs
` + "`lvs` and `vgs`" + ` with ` + "`--readonly --nolocking`" + `, which take no lock and write nothing; whether a
volume is active is read from ` + "`/sys/block`" + `.

Only root can read what LVM writes on its devices (` + "`become`" + ` helps). For other users, and without lvm2, the
kernel's list proves that the active volumes exist; everything else is unknown. If root cannot open every disk, which
containers usually forbid, a group that LVM does not list is unknown, too.`,
	Example: `describe "volumes" {
  lvm "vg0" {
    free    = ge(10737418240)
    healthy = true
  }

  lvm "vg0/data" {
    active = true
    size   = 107374182400
    layout = "linear"
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "`vg/lv` for a logical volume, `vg` for a volume group.",
		},
		resource.Exists("Whether LVM has it."),
		{Name: "active", Kind: resource.Bool, Doc: "Whether the kernel has the logical volume. Groups are not active or " +
			"inactive."},
		{Name: "size", Kind: resource.Count, Doc: "In bytes."},
		{Name: "free", Kind: resource.Count, Doc: "How many bytes of a group no volume uses. A logical volume has none."},
		{
			Name: "layout", Kind: resource.String,
			Doc: "The layout of a logical volume, as `lvs` shows it: `linear`, `striped`, `raid,raid1`, `thin,pool`.",
		},
		{
			Name: "devices", Kind: resource.SetOf(resource.String),
			Doc: "The devices that it is on: `/dev/sda2`. For RAID, thin and cached volumes, these are LVM's internal volumes.",
		},
		{
			Name: "healthy", Kind: resource.Bool,
			Doc: "Whether LVM knows of no fault: of a volume, `lvs` shows no health status; a group has all its devices.",
		},
	},
	Probe:   &resource.Probe{Name: "report", Script: lvmScript, Parse: parseLVM, Limit: lvmLimit},
	Prepare: prepareLVM,
}

// LVMs is the type of all volumes and groups of a target.
var LVMs = resource.Plural{
	Name: "lvms", DisplayName: "LVM volumes", Of: LVM,
	Summary: "All volume groups and logical volumes of LVM, or those that a condition selects",
	Detail: `Groups are named ` + "`vg`" + `, volumes ` + "`vg/lv`" + `. If Avow cannot see all devices, there
may be others, and a promise that they could break is unknown.`,
	Example: `describe "volumes" {
  lvms "of this machine" {
    every = { healthy = true }
  }

  lvms "of the group" {
    where = { name = starts_with("vg0/") }
    every = { active = true }
  }
}
`,
	List: resource.Probe{Script: lvmScript, Parse: parseLVMList, Limit: lvmLimit},
}.Type()

// lvmLimit is more than that of others: LVM reads the begin of every disk, which may have to spin up.
func lvmLimit(resource.Params) time.Duration { return 30 * time.Second }

// lvmScript prints the active volumes that the kernel has, why there may be devices that LVM does not see, and its
// reports. lvs ends with 0 and lists nothing for users, and for root where it may not open the disks. CD drives,
// floppies
// and memory are none of its devices.
const lvmScript = `
[ -d /sys/block ] || cannot "no /sys/block on the target"
unseen=
for disk in /sys/block/*; do
  name=${disk##*/}
  if [ -r "$disk/dm/name" ]; then
    read -r mapped <"$disk/dm/name"
    read -r id <"$disk/dm/uuid"
    read -r size <"$disk/size"
    case $id in LVM-*) printf 'active %s %s\n' "$size" "$mapped" ;; esac
    continue
  fi
  case $name in sr[0-9]*|fd[0-9]*|ram[0-9]*|zram[0-9]*|\*) continue ;; esac
  read -r size <"$disk/size" || size=0
  [ "$size" != 0 ] || continue
  node=/dev
  while case $name in *!*) ;; *) false ;; esac; do node=$node/${name%%!*} name=${name#*!}; done
  true 2>/dev/null 3<"$node/$name" || unseen="$node/$name cannot be opened"
done
if [ "$(id -u)" != 0 ]; then
  echo 'unread only root can read the metadata of LVM'
elif ! command -v lvs >/dev/null 2>&1 || ! command -v vgs >/dev/null 2>&1; then
  echo 'unread no lvs on the target'
else
  LVM_SUPPRESS_FD_WARNINGS=1
  export LVM_SUPPRESS_FD_WARNINGS
  common='--readonly --nolocking --reportformat json --units b --nosuffix'
  [ -z "$unseen" ] || printf 'unseen %s\n' "$unseen"
  echo lvs
  lvs $common -o vg_name,lv_name,lv_size,lv_layout,lv_health_status,devices || cannot "lvs ended with status $?"
  echo vgs
  vgs $common -o vg_name,vg_size,vg_free,vg_missing_pv_count,pv_name || cannot "vgs ended with status $?"
fi
`

var lvmName = regexp.MustCompile(`^[A-Za-z0-9+_.][A-Za-z0-9+_.-]*(/[A-Za-z0-9+_.][A-Za-z0-9+_.-]*)?$`)

func prepareLVM(p resource.Params) error {
	name := p.Text("name")
	switch rest, dev := strings.CutPrefix(name, "/dev/"); {
	case dev && !strings.HasPrefix(rest, "mapper/") && lvmName.MatchString(rest):
		return fmt.Errorf("%q is the path of a node; write %q", name, rest)
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q looks like a pattern; write one name, or use lvms with where = { ... }", name)
	case !lvmName.MatchString(name):
		return fmt.Errorf("%q is neither a volume group, such as vg0, nor a logical volume, such as vg0/data", name)
	}
	return nil
}

// lvmReport is the JSON of lvs and of vgs. A volume has a row for each of its segments, a group for each device.
type lvmReport struct {
	Report []struct {
		LV, VG []map[string]string
	}
}

// lvmState is what the script prints: the facts of each name, the groups whose volumes are known, and why there may be
// other groups.
type lvmState struct {
	facts  map[string]resource.Facts
	groups map[string]bool
	hidden string
}

func parseLVMState(out string) (lvmState, error) {
	state := lvmState{facts: map[string]resource.Facts{}, groups: map[string]bool{}}
	active, unread := map[string]string{}, ""
	lines := lookup.FileLines(out)
	for len(lines) > 0 && lines[0] != "lvs" {
		word, rest, _ := strings.Cut(lines[0], " ")
		switch word {
		case "active":
			size, mapped, _ := strings.Cut(rest, " ")
			active[volumeName(mapped)] = size
		case "unread":
			unread = rest
		case "unseen":
			state.hidden = rest
		default:
			return state, fmt.Errorf("%q is not a line about LVM", lines[0])
		}
		lines = lines[1:]
	}
	if unread != "" {
		state.hidden = unread
		state.addActive(active)
		return state, nil
	}
	volumes, groups, ok := strings.Cut(strings.Join(lines, "\n"), "\nvgs\n")
	if !ok {
		return state, errors.New("there is no report of LVM")
	}
	if err := state.addGroups(groups); err != nil {
		return state, err
	}
	return state, state.addVolumes(strings.TrimPrefix(volumes, "lvs\n"), active)
}

// volumeName returns the volume of a device-mapper name, in which a dash separates, and two are one of a name. A
// thin pool
// has -tpool behind it.
func volumeName(mapped string) string {
	parts := strings.Split(strings.ReplaceAll(mapped, "--", "\x00"), "-")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", "-")
	}
	if len(parts) == 3 && parts[2] == "tpool" {
		parts = parts[:2]
	}
	return strings.Join(parts, "/")
}

// addActive adds what the kernel's names prove: the volumes, and their groups.
func (s lvmState) addActive(active map[string]string) {
	for name, sectors := range active {
		group, _, volume := strings.Cut(name, "/")
		if !volume || strings.Count(name, "/") != 1 {
			continue // the internal part of another one
		}
		size := resource.Unknown(fmt.Sprintf("%q is not a size", sectors))
		if n, err := strconv.ParseInt(sectors, 10, 64); err == nil && n >= 0 && n < 1<<53 {
			size = resource.Seen(resource.Int(n * 512))
		}
		none := resource.Missing("a logical volume has none")
		s.facts[name] = resource.Facts{
			"exists": resource.Seen(true), "active": resource.Seen(true), "size": size, "free": none,
			resource.Rest: resource.Unknown(s.hidden),
		}
		s.facts[group] = resource.Facts{
			"exists": resource.Seen(true), "active": resource.Missing("it is a volume group"),
			"layout": resource.Missing("it is a volume group"), resource.Rest: resource.Unknown(s.hidden),
		}
	}
}

func lvmRows(text string, rows func(lvmReport) [][]map[string]string) ([]map[string]string, error) {
	var report lvmReport
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		return nil, fmt.Errorf("the report of LVM is not JSON: %w", err)
	}
	if len(report.Report) == 0 {
		return nil, errors.New("there is no report of LVM")
	}
	return slices.Concat(rows(report)...), nil
}

func (s lvmState) addGroups(text string) error {
	rows, err := lvmRows(text, func(r lvmReport) (all [][]map[string]string) {
		for _, one := range r.Report {
			all = append(all, one.VG)
		}
		return all
	})
	devices := map[string][]string{}
	for _, row := range rows {
		name := row["vg_name"]
		if name == "" {
			return errors.New("a volume group has no name")
		}
		if row["pv_name"] != "" {
			devices[name] = append(devices[name], row["pv_name"])
		}
		none := resource.Missing("it is a volume group")
		s.groups[name] = true
		s.facts[name] = resource.Facts{
			"exists": resource.Seen(true), "active": none, "layout": none,
			"size": numberFact(row["vg_size"]), "free": numberFact(row["vg_free"]),
			"devices": deviceSet(devices[name]), "healthy": resource.Seen(row["vg_missing_pv_count"] == "0"),
		}
	}
	return err
}

func (s lvmState) addVolumes(text string, active map[string]string) error {
	rows, err := lvmRows(text, func(r lvmReport) (all [][]map[string]string) {
		for _, one := range r.Report {
			all = append(all, one.LV)
		}
		return all
	})
	devices := map[string][]string{}
	for _, row := range rows {
		if row["vg_name"] == "" || row["lv_name"] == "" {
			return errors.New("a logical volume has no name")
		}
		name := row["vg_name"] + "/" + row["lv_name"]
		for device := range strings.SplitSeq(row["devices"], ",") {
			// A device has the number of its first extent behind it.
			if at := strings.LastIndexByte(device, '('); at > 0 {
				device = device[:at]
			}
			if device != "" {
				devices[name] = append(devices[name], device)
			}
		}
		_, running := active[name]
		s.facts[name] = resource.Facts{
			"exists": resource.Seen(true), "active": resource.Seen(running), "size": numberFact(row["lv_size"]),
			"free": resource.Missing("a logical volume has none"), "layout": resource.Seen(row["lv_layout"]),
			"devices": deviceSet(devices[name]), "healthy": resource.Seen(row["lv_health_status"] == ""),
		}
	}
	return err
}

func deviceSet(names []string) resource.Fact {
	return resource.Seen(resource.Strings(resource.SortedSet(slices.Clone(names))))
}

func parseLVM(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	state, err := parseLVMState(string(a.Stdout))
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		found, ok := state.facts[p.Text("name")]
		group, _, _ := strings.Cut(p.Text("name"), "/")
		switch {
		case ok:
			all[i] = found
		case state.hidden != "" && state.groups[group]: // each device of a group lists all its volumes
			all[i] = resource.Every(resource.Missing("the volume group has no such volume"))
		case state.hidden != "":
			all[i] = resource.Every(resource.Unknown(state.hidden))
		default:
			all[i] = resource.Every(resource.Missing("LVM has no such volume or group"))
		}
	}
	return all, nil
}

func parseLVMList(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	state, err := parseLVMState(string(a.Stdout))
	if err != nil {
		return nil, err
	}
	found := resource.Elements{Hidden: state.hidden}
	for name, facts := range state.facts {
		found.List = append(found.List, resource.Element{Name: name, Params: resource.Params{"name": name}, Facts: facts})
	}
	slices.SortFunc(found.List, func(a, b resource.Element) int { return strings.Compare(a.Name, b.Name) })
	return []resource.Facts{resource.Listed(found)}, nil
}

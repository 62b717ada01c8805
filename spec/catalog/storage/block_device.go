package storage

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// BlockDevice is the type of disks, partitions and what else has blocks.
var BlockDevice = &resource.Type{
	Name:        "block_device",
	Label:       "path",
	DisplayName: "Block device",
	Summary:     "A disk, a partition or another block device: its size, its settings, and the file system on it",
	Detail: `The path is that of the device's node; symlinks such as ` + "`/dev/disk/by-id/...`" + ` are followed. Avow
reads the numbers from ` + "`/sys/dev/block`" + `.

` + "`filesystem`, `uuid` and `label`" + ` are those that ` + "`blkid -p`" + ` finds on the device, which only root
can read (` + "`become`" + ` helps). For other users, and without ` + "`blkid`" + ` of util-linux, they are those
that udev has noted, and unknown where it has noted nothing. ` + "`block_size` needs root and `blockdev`" + `.

In a container, a device exists if it has a node there.`,
	Example: `describe "disks" {
  block_device "/dev/sdb1" {
    exists     = true
    size       = ge(100000000000)
    filesystem = "xfs"
    label      = "data"
    mounts     = ["/srv/data"]
  }

  block_device "/dev/sdb" { rotational = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "path", Kind: resource.String, Parameter: true, Doc: "The path of the device's node."},
		resource.Exists("Whether the path leads to a block device that the kernel has."),
		{Name: "size", Kind: resource.Count, Doc: "In bytes."},
		{Name: "read_only", Kind: resource.Bool, Doc: "Whether the kernel refuses to write to it."},
		{Name: "rotational", Kind: resource.Bool, Doc: "Whether the kernel takes it for a disk that rotates."},
		{Name: "removable", Kind: resource.Bool, Doc: "Whether its medium can be removed."},
		{Name: "model", Kind: resource.String, Doc: "The model that the disk reports; that of its disk for a partition."},
		{
			Name: "filesystem", Kind: resource.String, Probe: blockContent,
			Doc: "The type of the content: `ext4`, `xfs`, `swap`, `crypto_LUKS`, `LVM2_member`, `linux_raid_member`.",
		},
		{Name: "uuid", Kind: uuid, Phrase: "UUID", Probe: blockContent, Doc: "The UUID of the file system."},
		{Name: "label", Kind: resource.String, Probe: blockContent, Doc: "The label of the file system."},
		{Name: "partition", Kind: resource.Bool, Phrase: "is a partition", Doc: "Whether it is a partition of a disk."},
		{Name: "start", Kind: resource.Count, Doc: "Where a partition begins on its disk, in sectors of 512 bytes."},
		{Name: "sector_size", Kind: resource.Count, Doc: "The size of a logical sector, in bytes."},
		{
			Name: "block_size", Kind: resource.Count, Probe: blockContent,
			Doc: "The size of the blocks in which the kernel reads it, in bytes: that of `blockdev --getbsz`.",
		},
		{Name: "read_ahead", Kind: resource.Count, Doc: "How much the kernel reads ahead, in bytes."},
		{
			Name: "mounts", Kind: resource.SetOf(resource.String), Probe: blockMounts,
			Doc: "The paths on which it is mounted. A file system of several devices (btrfs) is mounted from one of them.",
		},
	},
	Probe: &resource.Probe{
		Name: "device", Script: blockScript + blockDevices, Words: pathWord,
		Parse: parseBlock(func(d device, _ mountTable) resource.Facts { return d.facts() }),
	},
	Prepare: preparePath,
}

// BlockDevices is the type of all block devices of a target.
var BlockDevices = resource.Plural{
	Name: "block_devices", DisplayName: "Block devices", Of: BlockDevice,
	Summary: "All block devices of the target, or those that a condition selects",
	Detail: `Avow lists ` + "`/sys/class/block`" + `. Those without a node in ` + "`/dev`" + ` are left out: in
a container, these are the disks of the machine. Loop devices are there even if they are not in use; their size
is 0.`,
	Example: `describe "disks" {
  block_devices "in use" {
    where = { size = gt(0), partition = false }
    every = { rotational = false }
  }
}
`,
	List: resource.Probe{Script: `
[ -d /sys/class/block ] && [ -r /sys/class/block ] || cannot "no /sys/class/block on the target"
for device in /sys/class/block/*; do
  name=${device##*/} node=/dev
  # In /sys, a ! stands for the slash of a name such as cciss/c0d0.
  while case $name in *!*) ;; *) false ;; esac; do node=$node/${name%%!*} name=${name#*!}; done
  [ ! -b "$node/$name" ] || set -- "$@" "$node/$name"
done
for node do printf '%s\n' "$node"; done
echo devices
` + blockScript + blockDevices, Parse: parseBlockList},
}.Type()

// uuid is the kind of the identifiers of file systems, in which case does not matter.
var uuid = &resource.Kind{
	Name: "a UUID", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order, Fold: true,
	Canonical: func(found any) any { return strings.ToLower(found.(string)) },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(s.(string), "= \"") {
			return nil, fmt.Errorf("%q is not a UUID; write it alone", s)
		}
		return strings.ToLower(s.(string)), nil
	},
}

func pathWord(p resource.Params) []string { return []string{p.Text("path")} }

// blockScript prints a line for each subject: what its path leads to. The devices are the arguments of what follows,
// and
// $numbers has the major and the minor number of each, hexadecimal.
const blockScript = lookup.ReachScript + `
nl='
'
n=$#
while [ $n -gt 0 ]; do
  n=$((n - 1)) place=$1
  shift
  reach "$place"
  case $? in
    1) echo absent ;;
    2) printf 'unknown %s\n' "${why%%"$nl"*}" ;;
    *)
      if [ -b "$place" ]; then
        echo device
        set -- "$@" "$place"
      else
        echo other
      fi ;;
  esac
done
[ $# -gt 0 ] || exit 0
numbers=$(stat -L -c '%t:%T' "$@") || cannot "no stat on the target"
content() { :; }
devices() {
  for number in $numbers; do
    number=$((0x${number%:*})):$((0x${number#*:})) at=/sys/dev/block
    printf 'number %s\n' "$number"
    if [ ! -d "$at" ]; then echo 'unknown no /sys/dev/block on the target'
    elif [ ! -d "$at/$number" ]; then echo gone
    else
      disk=$at/$number
      if [ -e "$disk/partition" ]; then
        echo partition 1
        value start "$disk/start"
        value size "$disk/size"
        value ro "$disk/ro"
        disk=$disk/..
      else
        value size "$disk/size"
        value ro "$disk/ro"
      fi
      value removable "$disk/removable"
      value model "$disk/device/model"
      for key in rotational logical_block_size read_ahead_kb; do value $key "$disk/queue/$key"; done
      while read -r line; do
        case $line in DEVNAME=*) printf 'name %s\n' "${line#DEVNAME=}" ;; esac
      done <"$at/$number/uevent"
    fi
    content "$1" "$number"
    echo end
    shift
  done
}
value() { [ ! -r "$2" ] || { read -r value <"$2" && printf '%s %s\n' "$1" "$value"; } 2>/dev/null; }
`

const blockDevices = `
devices "$@"
`

const noBlkid = "no blkid on the target"

// blockContent is a probe of its own: it reads the devices. blkid has no status for each of several devices.
var blockContent = &resource.Probe{
	Name: "content", Words: pathWord,
	Script: blockScript + `
content() {
  if [ ! -r "$1" ]; then
    echo "unread permission denied on ${1%%"$nl"*}"
  # Permission to read is not all: in containers, the kernel refuses most devices, even to root.
  elif ! true 2>/dev/null 3<"$1"; then
    echo "unread ${1%%"$nl"*} cannot be opened"
  else
    if command -v blockdev >/dev/null 2>&1; then
      printf 'block_size %s\n' "$(blockdev --getbsz "$1" 2>&1)"
    fi
    if command -v blkid >/dev/null 2>&1; then
      found=$(blkid -p -o udev "$1" 2>&1)
      printf 'blkid %s\n%s\n' $? "$found"
      return
    fi
    echo "unread ` + noBlkid + `"
  fi
  if [ -r "/run/udev/data/b$2" ]; then
    while read -r line; do
      case $line in E:ID_FS_*) printf '%s\n' "${line#E:}" ;; esac
    done <"/run/udev/data/b$2"
  fi
}
` + blockDevices,
	Parse: parseBlock(func(d device, _ mountTable) resource.Facts { return d.contentFacts() }),
}

var blockMounts = &resource.Probe{
	Name: "mounts", Words: pathWord, Script: blockScript + blockDevices + "echo mounts\nset --\n" + mountScript,
	Parse: parseBlock(func(d device, t mountTable) resource.Facts { return d.mountFacts(t) }),
}

// device is what the script prints of one: its lines by their first word, and those of blkid or udev by their key.
type device struct {
	path   string
	values map[string]string
}

// parseBlock returns a parser of blockScript, for facts of one device.
func parseBlock(facts func(device, mountTable) resource.Facts,
) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		lines, table := lookup.FileLines(string(a.Stdout)), mountTable{}
		if i := slices.Index(lines, "mounts"); i >= 0 {
			_, mounts, _, err := mountAnswer(strings.Join(lines[i+1:], "\n"), 0)
			if err != nil {
				return nil, err
			}
			lines, table = lines[:i], mounts
		}
		if len(lines) < len(subjects) {
			return nil, fmt.Errorf("%d lines for %d block devices", len(lines), len(subjects))
		}
		states, lines := lines[:len(subjects)], lines[len(subjects):]
		all := make([]resource.Facts, len(subjects))
		for i, p := range subjects {
			word, why, _ := strings.Cut(states[i], " ")
			switch {
			case word == "device":
				end := slices.Index(lines, "end")
				if end < 0 {
					return nil, errors.New("the description of a block device does not end")
				}
				all[i] = deviceFacts(parseDevice(p.Text("path"), lines[:end]), table, facts)
				lines = lines[end+1:]
			case word == "other":
				all[i] = resource.Every(resource.Missing("not a block device"))
			case word == "absent":
				all[i] = resource.Every(resource.Missing("no such file or directory"))
			case word == "unknown" && why != "":
				all[i] = resource.Every(resource.Unknown(why))
			default:
				return nil, fmt.Errorf("%q is not a state of a block device", states[i])
			}
		}
		return all, nil
	}
}

// deviceFacts returns those of a device, unless the kernel does not have it, or that cannot be seen.
func deviceFacts(d device, table mountTable, facts func(device, mountTable) resource.Facts) resource.Facts {
	if _, gone := d.values["gone"]; gone {
		return resource.Every(resource.Missing("the kernel has no block device " + d.values["number"]))
	}
	return facts(d, table)
}

func parseDevice(path string, lines []string) device {
	d := device{path, map[string]string{}}
	for _, line := range lines {
		// blkid's lines have a sign between key and value, ours have a blank.
		if key, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(key, "ID_") {
			d.values[key] = value
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if _, ok := d.values["blkid"]; ok && line != "" {
			key, value = "message", line
		}
		if d.values[key] == "" {
			d.values[key] = strings.TrimSpace(value)
		}
	}
	return d
}

// number returns a number that the kernel has for the device, times a unit.
func (d device) number(key string, unit int64) resource.Fact {
	text, ok := d.values[key]
	if !ok {
		return resource.Unknown("the kernel does not show its " + strings.ReplaceAll(key, "_", " "))
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<62/unit {
		return resource.Unknown(fmt.Sprintf("%q is not a number", text))
	}
	return resource.Seen(resource.Int(n * unit))
}

func (d device) flag(key string) resource.Fact {
	switch d.values[key] {
	case "0":
		return resource.Seen(false)
	case "1":
		return resource.Seen(true)
	}
	return resource.Unknown("the kernel does not show whether it is " + key)
}

func (d device) facts() resource.Facts {
	if why := d.values["unknown"]; why != "" {
		return resource.Facts{"exists": resource.Seen(true), resource.Rest: resource.Unknown(why)}
	}
	facts := resource.Facts{
		"exists": resource.Seen(true),
		// The kernel counts in 512 bytes, whatever the sectors of the device have.
		"size": d.number("size", 512), "sector_size": d.number("logical_block_size", 1),
		"read_ahead": d.number("read_ahead_kb", 1024), "read_only": d.flag("ro"), "rotational": d.flag("rotational"),
		"removable": d.flag("removable"), "partition": resource.Seen(d.values["partition"] == "1"),
		"start": resource.Missing("it is not a partition"), "model": resource.Missing("the device reports no model"),
	}
	if d.values["partition"] == "1" {
		facts["start"] = d.number("start", 1)
	}
	if model := d.values["model"]; model != "" {
		facts["model"] = resource.Seen(model)
	}
	return facts
}

func (d device) contentFacts() resource.Facts {
	unread := d.values["unread"]
	facts := resource.Facts{"block_size": d.number("block_size", 1)}
	if _, ok := d.values["block_size"]; !ok {
		facts["block_size"] = resource.Unknown("no blockdev on the target")
		if unread != "" && unread != noBlkid {
			facts["block_size"] = resource.Unknown(unread)
		}
	}
	status, asked := d.values["blkid"]
	kind := d.values["ID_FS_TYPE"]
	why := unread
	switch {
	case kind != "":
		why = ""
	// It has the same status if there is none, and if it could not read.
	case asked && status == "2" && d.values["message"] != "":
		why = d.values["message"]
	case asked && (status == "0" && d.blkid() || status == "2"):
		facts[resource.Rest] = resource.Missing("there is no file system on it")
		return facts
	case asked && status == "8":
		why = "blkid finds several file systems"
	case asked && status == "0": // that of BusyBox knows no options
		why = "no blkid of util-linux on the target"
	case asked:
		why = "blkid ended with status " + status
	case unread == "":
		why = "nothing was read of the device"
	}
	if why != "" {
		facts[resource.Rest] = resource.Unknown(why)
		return facts
	}
	facts["filesystem"] = resource.Seen(kind)
	for name, key := range map[string]string{"uuid": "ID_FS_UUID_ENC", "label": "ID_FS_LABEL_ENC"} {
		facts[name] = resource.Missing("the file system has no " + name)
		if value := d.values[key]; value != "" {
			facts[name] = resource.Seen(decodeUdev(value))
		}
	}
	return facts
}

// blkid reports whether the lines are those of blkid -o udev.
func (d device) blkid() bool {
	for key := range d.values {
		if strings.HasPrefix(key, "ID_") {
			return true
		}
	}
	return false
}

var udevCode = regexp.MustCompile(`\\x[0-9a-fA-F]{2}`)

// decodeUdev returns what udev writes with hexadecimal numbers.
func decodeUdev(s string) string {
	return udevCode.ReplaceAllStringFunc(s, func(code string) string {
		n, _ := strconv.ParseUint(code[2:], 16, 8) // the pattern has no others
		return string([]byte{byte(n)})
	})
}

// mountFacts returns where a device is mounted. The number of btrfs is not that of its device, but its source is.
func (d device) mountFacts(t mountTable) resource.Facts {
	paths := []string{}
	for i := range t.lines {
		m := &t.lines[i]
		named := m.source == d.path || d.values["name"] != "" && m.source == "/dev/"+d.values["name"]
		if (m.device == d.values["number"] || named) && t.find(m.point) == m {
			paths = append(paths, m.point)
		}
	}
	return resource.Facts{"mounts": resource.Seen(resource.Strings(resource.SortedSet(paths)))}
}

func parseBlockList(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	nodes, rest, ok := strings.Cut("\n"+string(a.Stdout), "\ndevices\n")
	if !ok {
		return nil, errors.New("the list of block devices does not end")
	}
	var subjects []resource.Params
	for _, node := range lookup.FileLines(strings.TrimPrefix(nodes, "\n")) {
		subjects = append(subjects, resource.Params{"path": node})
	}
	all, err := BlockDevice.Probe.Parse(resource.Answer{Stdout: []byte(rest)}, subjects)
	if err != nil {
		return nil, err
	}
	var found resource.Elements
	for i, p := range subjects {
		found.List = append(found.List, resource.Element{Name: p.Text("path"), Params: p, Facts: all[i]})
	}
	return []resource.Facts{resource.Listed(found)}, nil
}

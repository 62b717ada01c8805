// Package storage has the types of mounts, of what is mounted at boot, and of the devices below.
package storage

import (
	"errors"
	"fmt"
	"math/big"
	"path"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Mount is the type of file systems that are mounted now.
var Mount = &resource.Type{
	Name:        "mount",
	Label:       "path",
	DisplayName: "Mount",
	Summary:     "A file system that is mounted now: its source, its options, and how full it is",
	Detail: `Avow reads ` + "`/proc/self/mountinfo`" + `. Of several mounts on one path, the last one counts, which is
the one that programs see. A mount that can no longer be reached, because another one was mounted over a folder above
it, is not mounted. Symlinks in the path are followed. Without ` + "`/proc`" + `, everything is unknown, and so is a
path in a folder that the user may not enter (` + "`become`" + ` helps).

A path that autofs or systemd mounts when it is used is mounted, with the file system ` + "`autofs`" + ` until then.
Avow does not cause that: what is below, and how full it is, is unknown.

A folder on which nothing is mounted is not a mount: with ` + "`enclosing = true`" + `, the promises are about the
file system that it is on.

` + "`size`, `free`, `usage` and `inodes_usage`" + ` are those of ` + "`df`" + `: blocks that are reserved for root
are not free. They are unknown if the server of a network file system does not answer.`,
	Example: `describe "data" {
  mount "/srv/data" {
    mounted    = true
    filesystem = "xfs"
    options    = contains("noexec")
    persistent = true
    usage      = lt(90)
  }

  mount "/var/log" {
    enclosing = true
    free      = ge(1073741824)
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "path", Kind: resource.String, Parameter: true, Doc: "The mount point."},
		{
			Name: "enclosing", Kind: resource.Bool, Parameter: true,
			Doc: "With `true`, the mount is the one that has the path, which may be any file or folder.",
		},
		{Name: "mounted", Kind: resource.Bool, Presence: true, Doc: "Whether something is mounted on the path."},
		{
			Name: "source", Kind: mountSource,
			Doc: "The device or the export, as the kernel shows it: `/dev/sda1`, `/dev/mapper/vg-data`, `server:/export`, " +
				"`tmpfs`.",
		},
		{Name: "filesystem", Kind: resource.String, Doc: "The type of the file system: `ext4`, `nfs4`, `tmpfs`."},
		{
			Name: "options", Kind: resource.SetOf(mountOption),
			Doc: "The options of the mount, and those of the file system. If one of the two is read-only, it is `ro` and not " +
				"`rw`.",
		},
		{Name: "root", Kind: resource.String, Doc: "The folder of the file system that is mounted: `/`, except for bind " +
			"mounts."},
		{Name: "depth", Kind: resource.Count, Doc: "How many mounts are on the path, one over the other."},
		{
			Name: "persistent", Kind: resource.Bool, Probe: mountPersistent,
			Doc: "Whether `/etc/fstab` mounts something on the same path at boot: it has an entry, without `noauto` unless " +
				"systemd mounts it on access. Other units of systemd are not considered.",
		},
		{Name: "size", Kind: resource.Count, Probe: mountUsage, Doc: "In bytes."},
		{Name: "free", Kind: resource.Count, Probe: mountUsage, Doc: "How many bytes are free for ordinary users."},
		{Name: "usage", Kind: percent, Probe: mountUsage, Doc: "How full it is, in percent, as `df` shows it."},
		{
			Name: "inodes_usage", Kind: percent, Probe: mountUsage, Phrase: "usage of inodes",
			Doc: "How many of the inodes are in use, in percent, as `df -i` shows it.",
		},
	},
	Probe: &resource.Probe{
		Name: "mount", Script: mountScript, Words: mountWords,
		Parse: parseMount(func(t mountTable, m *mountLine, _ string) resource.Facts { return mountFacts(t, m) }),
	},
	Prepare: preparePath,
}

// Mounts is the type of all mounts of a target.
var Mounts = resource.Plural{
	Name: "mounts", DisplayName: "Mounts", Of: Mount,
	Summary: "All mounts of the target, or those that a condition selects",
	Detail: `Avow lists ` + "`/proc/self/mountinfo`" + `. Of several mounts on one path, only the last one
counts, and mounts that cannot be reached are left out.`,
	Example: `describe "disks" {
  mounts "of disks" {
    where = { source = starts_with("/dev/") }
    every = { usage = lt(90) }
  }

  mounts "of servers" {
    where = { filesystem = starts_with("nfs") }
    every = { options = contains("nosuid"), persistent = true }
  }
}
`,
	List: resource.Probe{Script: mountScript, Parse: parseMountList},
}.Type()

// mountSource is the kind of sources as the kernel shows them.
var mountSource = &resource.Kind{
	Name: "a device, or another source", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		// Only mount(8) knows these; it gives the kernel the device.
		for _, tag := range []string{"UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="} {
			if strings.HasPrefix(s.(string), tag) {
				return nil, fmt.Errorf("%q is how fstab names a device, and the kernel shows the device itself, such as "+
					"/dev/sda1; promise the source of an fstab block, or the uuid or label of a block_device", s)
			}
		}
		return s, nil
	},
}

// mountOption is the kind of options that the kernel shows.
var mountOption = &resource.Kind{
	Name: "an option", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
	Read: func(v cty.Value) (any, error) {
		s, err := readOption(v)
		if err != nil {
			return nil, err
		}
		switch s {
		case "suid", "dev", "exec":
			return nil, fmt.Errorf("the kernel does not show %q; write not(contains(%q))", s, "no"+s.(string))
		case "defaults", "auto", "noauto", "user", "users", "nouser", "nofail", "_netdev", "async":
			return nil, fmt.Errorf("the kernel does not show %q; promise the options of an fstab block", s)
		}
		return s, nil
	},
}

func readOption(v cty.Value) (any, error) {
	s, err := resource.String.Read(v)
	switch {
	case err != nil:
		return nil, err
	case s == "":
		return nil, errors.New("an option is not empty")
	case len(splitOptions(s.(string))) != 1:
		return nil, fmt.Errorf("%q is several options; write them as a list", s)
	}
	return s, nil
}

// percent is the kind of shares of something that has a size.
var percent = func() *resource.Kind {
	k := *resource.Count
	k.Name, k.High = "a percentage from 0 to 100", resource.Int(100)
	k.Read = func(v cty.Value) (any, error) {
		n, err := resource.Count.Read(v)
		if err != nil || n.(*big.Float).Cmp(resource.Int(100)) > 0 {
			return nil, errors.New("expected a percentage: a whole number from 0 to 100, without a sign")
		}
		return n, nil
	}
	return &k
}()

func preparePath(p resource.Params) error {
	at := p.Text("path")
	switch {
	case at == "":
		return errors.New("the path is empty")
	case strings.Contains(at, "\x00"):
		return fmt.Errorf("the path %q contains a NUL, which no file name can contain", at)
	case at[0] != '/':
		return fmt.Errorf("%q is not absolute: a path begins with /", at)
	case path.Clean(at) != at:
		return fmt.Errorf("%q is not in its shortest form; write %q", at, path.Clean(at))
	}
	return nil
}

// parseMount returns a parser of mountScript, for facts of a mount and the line of its own behind the table.
func parseMount(facts func(t mountTable, m *mountLine, own string) resource.Facts,
) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		states, table, rest, err := mountAnswer(string(a.Stdout), len(subjects))
		if err != nil {
			return nil, err
		}
		all := make([]resource.Facts, len(subjects))
		for i, p := range subjects {
			own := ""
			if there := states[i] == "listed" || strings.HasPrefix(states[i], "real "); there && len(rest) > 0 {
				own, rest = rest[0], rest[1:]
			}
			m, none := table.locate(p, states[i])
			if m == nil {
				all[i] = resource.Every(none)
				continue
			}
			all[i] = facts(table, m, own)
		}
		return all, nil
	}
}

func mountFacts(t mountTable, m *mountLine) resource.Facts {
	return resource.Facts{
		"mounted": resource.Seen(true), "source": resource.Seen(m.source), "filesystem": resource.Seen(m.filesystem),
		"options": resource.Seen(resource.Strings(m.options)), "root": resource.Seen(m.root),
		"depth": resource.Seen(resource.Int(int64(t.depth(m)))),
	}
}

func parseMountList(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	_, table, _, err := mountAnswer(string(a.Stdout), 0)
	if err != nil {
		return nil, err
	}
	var found resource.Elements
	for i := range table.lines {
		m := &table.lines[i]
		if table.find(m.point) != m {
			continue
		}
		found.List = append(found.List, resource.Element{
			Name: m.point, Params: resource.Params{"path": m.point}, Facts: mountFacts(table, m),
		})
	}
	return []resource.Facts{resource.Listed(found)}, nil
}

// mountUsage is a probe of its own: where the server of a mount is dead, it hangs, and the others answer.
var mountUsage = &resource.Probe{
	Name: "usage", Words: mountWords,
	// df prints names, which can have line breaks, and no inodes in old versions of BusyBox. stat has the same numbers. It
	// says nothing of one place if another one fails, so then each has a process.
	Script: mountScript + `
[ $# -gt 0 ] || exit 0
command -v stat >/dev/null 2>&1 || cannot "no stat on the target"
numbers() { stat -f -c '%S %b %f %a %c %d' "$@"; }
if all=$(numbers "$@" 2>/dev/null); then
  printf '%s\n' "$all"
else
  for place do
    own=$(numbers "$place" 2>&1) || own="unknown ${own##*: }"
    printf '%s\n' "$own"
  done
fi
`,
	Parse: parseMount(func(_ mountTable, m *mountLine, own string) resource.Facts {
		if m.filesystem == "autofs" {
			return resource.Every(resource.Unknown("autofs mounts it when it is used"))
		}
		return usageFacts(m.point, own)
	}),
}

// usageFacts returns the facts of the numbers of stat: the size of a block, the blocks, the free ones, those that
// are free
// for ordinary users, the inodes, and the free ones.
func usageFacts(point, own string) resource.Facts {
	if why, ok := strings.CutPrefix(own, "unknown "); ok {
		return resource.Every(resource.Unknown(strings.ToLower(why) + " on " + point))
	}
	var n [6]uint64
	fields := strings.Fields(own)
	if len(fields) != len(n) {
		return resource.Every(resource.Unknown(fmt.Sprintf("stat prints %q", own)))
	}
	for i, f := range fields {
		v, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			return resource.Every(resource.Unknown(fmt.Sprintf("stat prints %q", own)))
		}
		n[i] = v
	}
	bytes := func(blocks uint64) resource.Fact {
		return resource.Seen(new(big.Float).SetPrec(512).SetInt(product(n[0], blocks)))
	}
	return resource.Facts{
		"size": bytes(n[1]), "free": bytes(n[3]),
		"usage":        share(n[1], n[2], n[3], "it has no size"),
		"inodes_usage": share(n[4], n[5], n[5], "it does not count inodes"),
	}
}

func product(a, b uint64) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
}

// share returns how much is used of all that can be used, in percent. As df does it, parts count as a whole.
func share(all, free, usable uint64, none string) resource.Fact {
	switch {
	case all == 0:
		return resource.Missing(none)
	case free > all || usable > free:
		return resource.Unknown("more is free than there is")
	}
	used := new(big.Int).SetUint64(all - free)
	whole := new(big.Int).Add(used, new(big.Int).SetUint64(usable))
	if whole.Sign() == 0 {
		return resource.Missing(none)
	}
	up := new(big.Int).Sub(whole, big.NewInt(1))
	used.Mul(used, big.NewInt(100)).Add(used, up).Div(used, whole)
	return resource.Seen(resource.Int(used.Int64()))
}

var mountPersistent = &resource.Probe{
	Name: "persistent", Words: mountWords,
	Script: lookup.BundleScript + mountScript + `
set +f
bundle /etc/fstab
`,
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		out, rest, _ := strings.Cut(string(a.Stdout), "\nend\n")
		bundle, err := lookup.ParseBundle([]byte(rest))
		if err != nil {
			return nil, err
		}
		entries := parseFstab(bundle.File(fstabPath))
		parse := parseMount(func(_ mountTable, m *mountLine, _ string) resource.Facts {
			return resource.Facts{"persistent": entries.persistent(m.point)}
		})
		return parse(resource.Answer{Stdout: []byte(out + "\nend\n")}, subjects)
	},
}

package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

const fstabPath = "/etc/fstab"

// Fstab is the type of entries of /etc/fstab.
var Fstab = &resource.Type{
	Name:        "fstab",
	Label:       "mount_point",
	DisplayName: "fstab entry",
	Summary:     "An entry of /etc/fstab: its source, its file system and its options",
	Detail: `The label is the mount point. For entries whose mount point is ` + "`none` or `swap`" + `, it is the source,
as the file writes it.

Of several entries with one mount point, the last one counts, since its mount hides the others. Options that are not
written are ` + "`defaults`" + `; the numbers are 0. An entry without a file system is one that ` + "`mount`" + `
rejects, and unknown. Avow does not consider units of systemd that mount something.`,
	Example: `describe "mounts at boot" {
  fstab "/srv/data" {
    source     = "UUID=0b1c2d3e-0000-4000-8000-000000000001"
    filesystem = "xfs"
    options    = contains("nofail")
  }

  fstab "/dev/sda2" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "mount_point", Kind: resource.String, Parameter: true,
			Doc: "The mount point, or the source where that is `none` or `swap`.",
		},
		resource.Exists("Whether the file has such an entry."),
		{
			Name: "source", Kind: fstabSource,
			Doc: "The first field, as the file writes it: `/dev/sda1`, `UUID=...`, `LABEL=...`, `server:/export`.",
		},
		{Name: "filesystem", Kind: resource.String, Doc: "The type of the file system: `ext4`, `nfs`, `swap`, `auto`."},
		{Name: "options", Kind: resource.SetOf(fstabOption), Doc: "The options, as the file writes them."},
		{Name: "dump", Kind: resource.Count, Doc: "The fifth field: whether `dump` backs it up."},
		{Name: "pass", Kind: resource.Count, Doc: "The sixth field: when `fsck` checks it at boot; 0 for never."},
	},
	Probe: &resource.Probe{
		Name: "entry", Script: fstabScript,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			table, err := fstabAnswer(a)
			if err != nil {
				return nil, err
			}
			return table.facts(subjects), nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return fstabFiles(fsys).facts(subjects)
		},
	},
	Prepare: prepareFstab,
}

// FstabEntries is the type of all entries of /etc/fstab.
var FstabEntries = resource.Plural{
	Name: "fstab_entries", DisplayName: "fstab entries", Of: Fstab,
	Summary: "All entries of /etc/fstab, or those that a condition selects",
	Detail:  "An entry's name is its mount point, or its source where that is `none` or `swap`.",
	Example: `describe "mounts at boot" {
  fstab_entries "of servers" {
    where = { filesystem = starts_with("nfs") }
    every = { options = contains("_netdev") }
  }
}
`,
	List: resource.Probe{
		Script: fstabScript,
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			table, err := fstabAnswer(a)
			if err != nil {
				return nil, err
			}
			return []resource.Facts{table.list()}, nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return slices.Repeat([]resource.Facts{fstabFiles(fsys).list()}, len(subjects))
		},
	},
}.Type()

const fstabScript = lookup.BundleScript + "bundle " + fstabPath + "\necho\n"

// fstabAnswer parses what fstabScript prints, whose last line ends as lines do.
func fstabAnswer(a resource.Answer) (fstabTable, error) {
	bundle, err := lookup.ParseBundle(bytes.TrimSuffix(a.Stdout, []byte("\n")))
	if err != nil {
		return fstabTable{}, err
	}
	return parseFstab(bundle.File(fstabPath)), nil
}

// fstabFiles reads the file of a target without a shell.
func fstabFiles(fsys fs.FS) fstabTable {
	return parseFstab(lookup.NewFiles(fsys).Bundle(fstabPath).File(fstabPath))
}

// fstabOption is the kind of options as fstab writes them.
var fstabOption = &resource.Kind{
	Name: "an option", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order, Read: readOption,
}

// fstabSource is the kind of sources as fstab writes them. The value of UUID= and its like can be in quotes.
var fstabSource = &resource.Kind{
	Name: "a device, or another source", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
	Canonical: func(found any) any { return unquoted(found.(string)) },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		return unquoted(s.(string)), nil
	},
}

func unquoted(source string) string {
	tag, value, ok := strings.Cut(source, `="`)
	if inner, end := strings.CutSuffix(value, `"`); ok && end && strings.ToUpper(tag) == tag {
		return tag + "=" + inner
	}
	return source
}

func prepareFstab(p resource.Params) error {
	name := p.Text("mount_point")
	switch {
	case name == "":
		return errors.New("the mount point is empty")
	case name == "none" || name == "swap":
		return fmt.Errorf("several entries can have the mount point %q; write the source", name)
	case strings.ContainsAny(name, "*?\x00"):
		return fmt.Errorf("%q looks like a pattern; write one mount point, or use fstab_entries with where = { ... }", name)
	case name[0] == '/' && path.Clean(name) != name:
		return fmt.Errorf("%q is not in its shortest form; write %q", name, path.Clean(name))
	}
	return nil
}

// fstabTable are the entries of fstab, in the order of the file.
type fstabTable struct {
	entries []fstabEntry
	none    resource.Fact // of what has no entry
}

type fstabEntry struct {
	name   string
	fields [6]string
	broken string // why mount rejects it
}

func parseFstab(f lookup.ConfigFile) fstabTable {
	switch {
	case f.Unknown != "":
		return fstabTable{none: resource.Unknown(f.Unknown)}
	case f.IsFolder():
		return fstabTable{none: resource.Unknown(fstabPath + " is not a regular file")}
	case f.Absent:
		return fstabTable{none: resource.Missing("there is no " + fstabPath)}
	}
	table := fstabTable{none: resource.Missing("no entry in " + fstabPath)}
	number := 0
	for line := range strings.Lines(f.Content) {
		number++
		fields := strings.Fields(line)
		// A sign of comment counts only at the begin of a line: sources can have it.
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		e := fstabEntry{fields: [6]string{3: "defaults", 4: "0", 5: "0"}}
		for i := range min(len(fields), len(e.fields)) {
			e.fields[i] = unescape(fields[i])
		}
		if len(fields) < 3 {
			e.broken = fmt.Sprintf("line %d of %s has no file system", number, fstabPath)
		}
		switch point := e.fields[1]; point {
		case "none", "swap", "":
			e.name = e.fields[0]
		default:
			e.name = path.Clean(point)
		}
		table.entries = append(table.entries, e)
	}
	return table
}

// find returns the last entry of a name, or nil.
func (t fstabTable) find(name string) *fstabEntry {
	for i := range slices.Backward(t.entries) {
		if t.entries[i].name == name {
			return &t.entries[i]
		}
	}
	return nil
}

func (t fstabTable) facts(subjects []resource.Params) []resource.Facts {
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		name := p.Text("mount_point")
		if e := t.find(name); e != nil {
			all[i] = e.facts()
			continue
		}
		all[i] = resource.Every(t.none)
		for _, e := range t.entries {
			if e.fields[0] == name && t.none.Missing != "" {
				all[i] = resource.Every(resource.Missing("it is the source of the entry " + e.name))
			}
		}
	}
	return all
}

func (e *fstabEntry) facts() resource.Facts {
	if e.broken != "" {
		return resource.Every(resource.Unknown(e.broken))
	}
	options := resource.SortedSet(splitOptions(e.fields[3]))
	return resource.Facts{
		"exists": resource.Seen(true), "source": resource.Seen(e.fields[0]), "filesystem": resource.Seen(e.fields[2]),
		"options": resource.Seen(resource.Strings(options)),
		"dump":    numberFact(e.fields[4]), "pass": numberFact(e.fields[5]),
	}
}

// persistent returns whether an entry mounts something on a path at boot, or when it is used.
func (t fstabTable) persistent(point string) resource.Fact {
	e := t.find(point)
	switch {
	case t.none.Unknown != "":
		return t.none
	case e == nil:
		return resource.Seen(false).With(t.none.Missing)
	case e.broken != "":
		return resource.Unknown(e.broken)
	}
	options := splitOptions(e.fields[3])
	return resource.Seen(!slices.Contains(options, "noauto") || slices.Contains(options, "x-systemd.automount"))
}

func (t fstabTable) list() resource.Facts {
	if t.none.Unknown != "" {
		return resource.NotListed(t.none)
	}
	var found resource.Elements
	for i := range t.entries {
		// Only the last entry of a name counts.
		if e := &t.entries[i]; t.find(e.name) == e {
			found.List = append(found.List, resource.Element{
				Name: e.name, Params: resource.Params{"mount_point": e.name}, Facts: e.facts(),
			})
		}
	}
	return resource.Listed(found)
}

func numberFact(text string) resource.Fact {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return resource.Unknown(fmt.Sprintf("%q is not a number", text))
	}
	return resource.Seen(resource.Int(int64(n)))
}

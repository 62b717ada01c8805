package storage

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// ZFS is the type of pools and datasets of ZFS.
var ZFS = &resource.Type{
	Name:        "zfs",
	Label:       "name",
	DisplayName: "ZFS dataset",
	Summary:     "A pool or a dataset of ZFS: its health and its properties",
	Detail: `A pool and its root dataset have the same name: ` + "`kind = \"pool\"`" + ` means the pool, and without it
the promises are about the dataset: a file system, a volume or a snapshot (` + "`tank/data@monday`" + `). Avow runs
` + "`zfs list`, `zpool list`, and `zfs get` or `zpool get`" + ` for properties.

Without ` + "`zfs`" + `, ` + "`/dev/zfs`" + ` or the permission to open it, everything is unknown: the tools would
load the kernel's module, and Avow only reads.

Numbers of properties are exact, as with ` + "`-p`" + `: ` + "`quota = \"10737418240\"`" + `, and not
` + "`10G`" + `.`,
	Example: `describe "storage" {
  zfs "tank" {
    kind   = "pool"
    health = "ONLINE"
  }

  zfs "tank/data" {
    type       = "filesystem"
    mounted    = true
    properties = { compression = "lz4", quota = "10737418240" }
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name of the pool or of the dataset."},
		{
			Name: "kind", Kind: zfsKind, Parameter: true, Default: "dataset",
			Doc: "Which of the two is meant. The default is `dataset`.",
		},
		resource.Exists("Whether ZFS lists it. Pools that are not imported are not listed."),
		{
			Name: "type", Kind: resource.OneOf("pool", "filesystem", "volume", "snapshot"),
			Doc: "The type of the dataset; that of a pool is `pool`.",
		},
		{Name: "mounted", Kind: resource.Bool, Doc: "Whether the file system is mounted. Others are not mounted or " +
			"unmounted."},
		{
			Name: "health", Kind: zfsHealth,
			Doc: "The health of the pool, or of the one that has the dataset.",
		},
		{
			Name: "properties", Kind: resource.MapOf(zfsValue), Named: true, Probe: zfsProperties,
			Doc: "Properties by their names, as `zfs get -p` and `zpool get -p` show them. Those that it does not have are " +
				"missing.",
		},
	},
	Probe:   &resource.Probe{Name: "list", Script: zfsScript, Words: zfsWords, Parse: parseZFS},
	Prepare: prepareZFS,
}

// ZFSes is the type of all file systems and volumes of ZFS.
var ZFSes = resource.Plural{
	Name: "zfs_datasets", DisplayName: "ZFS datasets", Of: ZFS,
	Summary: "All file systems, volumes or pools of ZFS, or those that a condition selects",
	Detail:  "Snapshots are left out. With `kind = \"pool\"`, the elements are the pools.",
	Example: `describe "storage" {
  zfs_datasets "pools" {
    kind  = "pool"
    every = { health = "ONLINE" }
  }

  zfs_datasets "of the users" {
    where = { name = starts_with("tank/home/") }
    every = { properties = { exec = "off" } }
  }
}
`,
	Parameters: []resource.Attribute{{
		Name: "kind", Kind: zfsKind, Parameter: true, Default: "dataset",
		Doc: "With `pool`, the pools; else the file systems and volumes. The default is `dataset`.",
	}},
	List: resource.Probe{Script: zfsScript, Parse: parseZFSList},
}.Type()

var (
	zfsKind   = resource.OneOf("pool", "dataset")
	zfsHealth = resource.OneOf("ONLINE", "DEGRADED", "FAULTED", "OFFLINE", "REMOVED", "UNAVAIL", "SUSPENDED")

	humanSize = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[KMGTPE]B?$`)

	// zfsValue is the kind of values of properties, whose numbers are exact.
	zfsValue = &resource.Kind{
		Name: "a string, or a number", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
		Read: func(v cty.Value) (any, error) {
			s, err := resource.String.Read(v)
			if err != nil {
				return nil, err
			}
			if humanSize.MatchString(s.(string)) {
				return nil, fmt.Errorf("%q is rounded, and properties are exact; write the number of bytes, or matches(%q) for a "+
					"property of your own", s, "^"+regexp.QuoteMeta(s.(string))+"$")
			}
			return s, nil
		},
	}
)

// zfsWords are the name of a dataset or of a pool, and whether it is a pool.
func zfsWords(p resource.Params) []string { return []string{p.Text("name"), p.Text("kind")} }

// zfsTools proves that the tools can see: without the module they try to load it, and a kernel without one has no pools
// that they could list.
const zfsTools = `
command -v zfs >/dev/null 2>&1 && command -v zpool >/dev/null 2>&1 || cannot "no zfs on the target"
[ -e /dev/zfs ] || cannot "no /dev/zfs on the target"
true 2>/dev/null 3</dev/zfs || cannot "permission denied on /dev/zfs"
`

// zfsScript lists everything, since zfs has one status for a name that is not there and for one that it could not read.
// There may be many thousands of snapshots: they are listed only if one is a subject.
const zfsScript = zfsTools + `
types=filesystem,volume
for name do case $name in *@*) types=$types,snapshot ;; esac; done
zpool list -H -o name,health || cannot "zpool list ended with status $?"
echo datasets
zfs list -H -o name,type,mounted -t $types || cannot "zfs list ended with status $?"
echo end
`

// zfsProperties has the list before the properties: what is not listed has none.
var zfsProperties = &resource.Probe{
	Name: "properties", Words: zfsWords, Parse: parseZFSProperties,
	Script: zfsScript + `
while [ $# -gt 0 ]; do
  if [ "$2" = pool ]; then zpool get -Hp -o property,value all "$1"
  else zfs get -Hp -o property,value all "$1"
  fi
  printf '\001%s\n' $?
  shift 2
done
`,
}

var zfsName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.: -]*(/[A-Za-z0-9_.: -]+)*(@[A-Za-z0-9_.: -]+)?$`)

func prepareZFS(p resource.Params) error {
	name := p.Text("name")
	switch {
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("%q is a path; write the name, such as tank/data", name)
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q looks like a pattern; write one name, or use zfs_datasets with where = { ... }", name)
	case strings.Contains(name, "#"):
		return fmt.Errorf("%q is a bookmark, which Avow does not list", name)
	case !zfsName.MatchString(name) || strings.TrimSpace(name) != name:
		return fmt.Errorf("%q is not the name of a dataset, such as tank/data", name)
	case p.Text("kind") == "pool" && strings.ContainsAny(name, "/@"):
		return fmt.Errorf("%q is a dataset, and kind = \"pool\" means a pool", name)
	}
	return nil
}

// zfsList is what ZFS lists: the health of each pool, and the datasets in its order.
type zfsList struct {
	pools, names []string
	health       map[string]string
	datasets     map[string][]string // type, mounted
}

func parseZFSLists(lines []string) (zfsList, error) {
	list := zfsList{health: map[string]string{}, datasets: map[string][]string{}}
	pools := true
	for _, line := range lines {
		f := strings.Split(line, "\t")
		switch {
		case line == "datasets":
			pools = false
		case pools && len(f) == 2:
			list.pools = append(list.pools, f[0])
			list.health[f[0]] = f[1]
		case !pools && len(f) == 3 && strings.Trim(f[0], "/@") != "":
			list.names = append(list.names, f[0])
			list.datasets[f[0]] = f[1:]
		default:
			return list, fmt.Errorf("%q is not a line of zfs list", line)
		}
	}
	if pools {
		return list, errors.New("the list of datasets does not begin")
	}
	return list, nil
}

// zfsAnswer parses the lists of an answer, and returns what follows.
func zfsAnswer(a resource.Answer) (zfsList, string, error) {
	out, rest, ok := strings.Cut(string(a.Stdout), "\nend\n")
	if !ok {
		return zfsList{}, "", errors.New("the list of datasets does not end")
	}
	list, err := parseZFSLists(lookup.FileLines(out))
	return list, rest, err
}

func (l zfsList) facts(p resource.Params) resource.Facts {
	name, none := p.Text("name"), resource.Missing("not a file system")
	if p.Text("kind") == "pool" {
		if !slices.Contains(l.pools, name) {
			return resource.Every(resource.Missing("no such pool is imported"))
		}
		return resource.Facts{
			"exists": resource.Seen(true), "type": resource.Seen("pool"), "mounted": none, "health": healthFact(l.health[name]),
		}
	}
	f, ok := l.datasets[name]
	if !ok {
		return resource.Every(resource.Missing("no such dataset"))
	}
	pool := strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '@' })
	facts := resource.Facts{
		"exists": resource.Seen(true), "type": resource.Seen(f[0]), "mounted": none, "health": healthFact(l.health[pool[0]]),
	}
	if f[1] == "yes" || f[1] == "no" { // volumes and snapshots have a dash
		facts["mounted"] = resource.Seen(f[1] == "yes")
	}
	return facts
}

func healthFact(word string) resource.Fact {
	if word == "" {
		return resource.Unknown("zpool does not list its pool")
	}
	return resource.Seen(word)
}

func parseZFS(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	list, _, err := zfsAnswer(a)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		all[i] = list.facts(p)
	}
	return all, nil
}

func parseZFSProperties(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	list, rest, err := zfsAnswer(a)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		text, after, ok := strings.Cut(rest, "\x01")
		status, next, _ := strings.Cut(after, "\n")
		if !ok {
			return nil, fmt.Errorf("properties of %d datasets, not of %d", i, len(subjects))
		}
		rest = next
		listed := list.facts(p)
		switch {
		case listed["exists"].Value != true:
			all[i] = listed
		case status != "0":
			all[i] = resource.Every(resource.Unknown("zfs get ended with status " + status))
		default:
			values := map[string]any{}
			for _, line := range lookup.FileLines(text) {
				// A value of several lines, which users may set, is none that a promise could name.
				if key, value, ok := strings.Cut(line, "\t"); ok && slices.Contains(p.References("properties"), key) {
					values[key] = value
				}
			}
			all[i] = resource.Facts{"properties": resource.Seen(values)}
		}
	}
	return all, nil
}

func parseZFSList(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	list, _, err := zfsAnswer(a)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		names := list.names
		if p.Text("kind") == "pool" {
			names = list.pools
		}
		var found resource.Elements
		for _, name := range names {
			params := resource.Params{"name": name, "kind": p.Text("kind")}
			found.List = append(found.List, resource.Element{Name: name, Params: params, Facts: list.facts(params)})
		}
		all[i] = resource.Listed(found)
	}
	return all, nil
}

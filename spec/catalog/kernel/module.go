package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Module is the type of modules of the kernel.
var Module = &resource.Type{
	Name:        "kernel_module",
	Label:       "name",
	DisplayName: "Kernel module",
	Summary:     "A module of the kernel: whether it is loaded, and whether it may be",
	Detail: `Names are exact, as ` + "`lsmod`" + ` shows them; ` + "`-` and `_`" + ` are the same. Aliases are
not names.

A module that is built into the kernel counts as loaded. Avow reads ` + "`/proc/modules`, `/sys/module`" + ` and
` + "`/lib/modules/RELEASE/modules.builtin`" + `; without the last one, as in most containers, a module that is
nowhere else may be built in, and ` + "`loaded` and `builtin`" + ` are unknown. A kernel without
` + "`/proc/modules`" + ` has no modules to load. In a container, the modules are those of the machine that it
runs on.

` + "`blacklisted` and `disabled`" + ` are what modprobe reads: ` + "`*.conf`" + ` in
` + "`/etc/modprobe.d`, `/run/modprobe.d`, `/usr/local/lib/modprobe.d`, `/usr/lib/modprobe.d`" + ` and
` + "`/lib/modprobe.d`" + `, of which the first file of a name counts, and the kernel's command line. They are
unknown where one of these may not be read. In an image, Avow reads only the files.`,
	Example: `describe "modules" {
  kernel_module "br_netfilter" { loaded = true }

  kernel_module "nf_conntrack" {
    parameters = { hashsize = ge(65536) }
  }

  kernel_module "usb-storage" {
    loaded      = false
    blacklisted = true
    disabled    = true
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name, without folder and `.ko`."},
		// What is promised of a module that is not loaded has Presence, too: it is a promise about the next time.
		{
			Name: "loaded", Kind: resource.Bool, Presence: true,
			Doc: "Whether the running kernel has the module: it is loaded or built in.",
		},
		{
			Name: "builtin", Kind: resource.Bool, Presence: true, Phrase: "is built in",
			Doc: "Whether the running kernel has it built in, so that it cannot be unloaded.",
		},
		{
			Name: "blacklisted", Kind: resource.Bool, Presence: true, Probe: moduleConfig,
			Doc: "Whether the kernel's wish for a device's driver does not load it. `modprobe NAME` still does.",
		},
		{
			Name: "disabled", Kind: resource.Bool, Presence: true, Probe: moduleConfig,
			Doc: "Whether `modprobe` loads nothing in its place (`install NAME /bin/false`), or the command line has it " +
				"in `module_blacklist`. `insmod` can still load the former.",
		},
		{
			Name: "version", Kind: resource.Version, Probe: moduleDetails,
			Doc: "Its version, if the loaded module has one.",
		},
		{
			Name: "parameters", Kind: resource.MapOf(Value), Named: true, Probe: moduleDetails,
			Doc: "The values of its parameters now. Switches are `Y` or `N`. Only root can read some of them.",
		},
	},
	Probe:   &resource.Probe{Name: "loaded", Script: modulesScript, Words: moduleWords, Parse: parseModules},
	Prepare: prepareModule,
}

// Modules is the type of all modules that the kernel has.
var Modules = resource.Plural{
	Name: "kernel_modules", DisplayName: "Kernel modules", Of: Module,
	Summary: "All modules that the kernel has, or those that a condition selects",
	Detail: `These are the modules that are loaded or built in, with ` + "`_`" + ` in their names. Where Avow
cannot read the list of those that are built in, there may be others, and a promise that they could break is
unknown.`,
	Example: `describe "modules" {
  kernel_modules "that can be loaded" {
    where = { builtin = false }
    names = not(contains(any_of("usb_storage", "firewire_core")))
    every = { blacklisted = false }
  }
}
`,
	List: resource.Probe{Script: modulesScript, Parse: listModules},
}.Type()

var moduleName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func prepareModule(p resource.Params) error {
	switch name := p.Text("name"); {
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q has a wildcard; write one name, or use kernel_modules with where = { name = ... }", name)
	case regexp.MustCompile(`/|\.ko(\.[gx]z|\.zst)?$`).MatchString(name):
		return fmt.Errorf("%q is a file; write the name, such as br_netfilter", name)
	case !moduleName.MatchString(name):
		return fmt.Errorf("%q is not a kernel module, such as br_netfilter", name)
	}
	return nil
}

// underscored returns the kernel's form of a name.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func moduleWords(p resource.Params) []string { return []string{underscored(p.Text("name"))} }

// modulesScript prints what /sys/module has of built-in modules (those that were loaded have an initstate), and then
// the lists of loaded and of built-in ones.
const modulesScript = whereScript + lookup.BundleScript + `
release=
[ -e /proc/version ] || cannot "no /proc on the target"
read -r release </proc/sys/kernel/osrelease || cannot "/proc/sys/kernel/osrelease could not be read"
where
for dir in /sys/module/*/; do
	dir=${dir%/}
	[ ! -d "$dir" ] || [ -e "$dir/initstate" ] || printf '%s\n' "${dir##*/}"
done
echo
bundle /proc/modules "/lib/modules/$release/modules.builtin"
echo`

// moduleLists are the modules of the running kernel.
type moduleLists struct {
	where   string
	loaded  map[string]string // the state of each: Live, Loading, Unloading
	builtin map[string]bool
	unread  string // why more may be loaded
	hidden  string // why more may be built in
}

func readModules(a resource.Answer) (moduleLists, error) {
	head, rest, ok := bytes.Cut(a.Stdout, []byte("\n\n"))
	bundle, err := lookup.ParseBundle(bytes.TrimSuffix(rest, []byte("\n")))
	if err != nil || !ok || len(bundle) != 2 {
		return moduleLists{}, errors.Join(errors.New("the lists of modules are not whole"), err)
	}
	names := strings.Split(string(head), "\n")
	m := moduleLists{where: names[0], unread: bundle[0].Unknown}
	m.loaded, m.builtin = map[string]string{}, map[string]bool{}
	for line := range strings.Lines(bundle[0].Content) {
		f := strings.Fields(line) // name, size, users, their names, state, address
		if len(f) < 5 {
			return m, fmt.Errorf("%q is not a line of /proc/modules", strings.TrimSpace(line))
		}
		m.loaded[f[0]] = f[4]
	}
	for line := range strings.Lines(bundle[1].Content) {
		file := line[strings.LastIndexByte(line, '/')+1:]
		name, _, _ := strings.Cut(strings.TrimSpace(file), ".ko")
		m.builtin[underscored(name)] = true
	}
	for _, name := range names[1:] { // those that have parameters or a version
		m.builtin[name] = true
	}
	switch list := bundle[1]; {
	case list.Absent:
		m.hidden = "it may be built in: there is no " + list.Path
	case list.Unknown != "":
		m.hidden = "it may be built in: " + list.Unknown
	}
	return m, nil
}

func (m moduleLists) facts(name string) resource.Facts {
	state := m.loaded[name]
	facts := resource.Facts{"loaded": resource.Seen(true), "builtin": resource.Seen(false)}
	switch {
	case m.unread != "":
		return resource.Every(resource.Unknown(m.unread))
	case state != "" && state != "Live":
		facts["loaded"] = resource.Unknown("the state of the module is " + state)
	case state != "":
	case m.builtin[name]:
		facts = resource.Facts{"loaded": resource.Seen(true).With("it is built in"), "builtin": resource.Seen(true)}
	case m.hidden != "":
		return resource.Every(resource.Unknown(m.hidden))
	default:
		facts["loaded"] = resource.Seen(false)
	}
	return noted(facts, m.where)
}

func parseModules(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	m, err := readModules(a)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		all[i] = m.facts(underscored(p.Text("name")))
	}
	return all, nil
}

func listModules(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
	m, err := readModules(a)
	if err != nil {
		return nil, err
	}
	if m.unread != "" {
		return []resource.Facts{resource.NotListed(resource.Unknown(m.unread))}, nil
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(m.loaded)), maps.Keys(m.builtin))
	found := resource.Elements{Hidden: m.hidden}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		element := resource.Element{Name: name, Params: resource.Params{"name": name}, Facts: m.facts(name)}
		found.List = append(found.List, element)
	}
	return []resource.Facts{resource.Listed(found)}, nil
}

package security

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// SELinux is the type of SELinux on a target.
var SELinux = &resource.Type{
	Name:        "selinux",
	Label:       "name",
	DisplayName: "SELinux",
	Summary:     "SELinux: its mode now and after the next boot, its policy, booleans and modules",
	Detail: "`mode`" + ` is that of the running kernel, and ` + "`configured_mode`" + ` the one of
` + "`/etc/selinux/config`" + ` for the next boot. An argument of the kernel (` + "`selinux=0`" + `,
` + "`enforcing=0`" + `) overrides the file.

A kernel without SELinux, or that booted with ` + "`selinux=0`" + `, is disabled; so is one without a policy. In
a container of a machine with SELinux, its file system is usually not mounted: what the kernel does is unknown
there.

` + "`modules`, `disabled_modules` and `persistent_booleans`" + ` are read from the policy store in
` + "`/var/lib/selinux`" + `, since ` + "`semodule`" + ` takes a lock. Only root may read it; ` + "`become`" + `
helps. On a target without a shell, only ` + "`configured_mode` and `policy`" + ` can be checked.`,
	Example: `describe "web server" {
  selinux "this" {
    mode            = "enforcing"
    configured_mode = "enforcing"
    policy          = "targeted"
    booleans        = { httpd_can_network_connect = true }
    modules         = contains("shop")
  }
}
`,
	Attributes: []resource.Attribute{
		this,
		{
			Name: "enabled", Kind: resource.Bool, Presence: true,
			Doc: "Whether the kernel has SELinux and a policy, enforcing or permissive.",
		},
		{Name: "mode", Kind: seMode, Doc: "The mode of the running kernel: `enforcing`, `permissive` or `disabled`."},
		{
			Name: "configured_mode", Kind: seMode, Phrase: "configured mode", Probe: seConfig,
			Doc: "The mode that `/etc/selinux/config` sets for the next boot.",
		},
		{
			Name: "policy", Kind: resource.String, Probe: seConfig,
			Doc: "The name of the policy that `/etc/selinux/config` chooses, such as `targeted`.",
		},
		{Name: "booleans", Kind: resource.MapOf(resource.Bool), Doc: "The booleans of the running policy."},
		{
			Name: "persistent_booleans", Kind: resource.MapOf(resource.Bool), Phrase: "persistent booleans", Probe: seStore,
			Doc: "The booleans that were set permanently (`setsebool -P`). All others have the value that the policy gives " +
				"them, and are not in this map.",
		},
		{
			Name: "modules", Kind: resource.SetOf(resource.Word), Probe: seStore,
			Doc: "The names of the modules in the policy store, including disabled ones.",
		},
		{
			Name: "disabled_modules", Kind: resource.SetOf(resource.Word), Phrase: "list of disabled modules", Probe: seStore,
			Doc: "The names of the modules that are disabled (`semodule -d`).",
		},
	},
	Probe:   &resource.Probe{Name: "kernel", Script: seKernelScript, Parse: parseSEKernel},
	Prepare: prepareThis,
}

var (
	seModes  = []string{"enforcing", "permissive", "disabled"}
	seMode   = resource.OneOf(seModes...)
	seConfig = &resource.Probe{
		Name: "config", Script: lookup.BundleScript + "bundle " + seConfigFile,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			bundle, err := bundleOf(a.Stdout)
			return everySubject(seConfigFacts(bundle), subjects), err
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return everySubject(seConfigFacts(lookup.NewFiles(fsys).Bundle(seConfigFile)), subjects)
		},
	}
	seStore = &resource.Probe{Name: "store", Script: seStoreScript, Parse: parseSEStore}
)

const seConfigFile = "/etc/selinux/config"

// seKernelScript prints the mode, and the booleans as grep does. A kernel lists selinuxfs if SELinux is on, whether it
// is mounted or not. Before a policy is loaded, the context of all processes is "kernel".
const seKernelScript = `
[ -r /proc/filesystems ] || cannot "no /proc/filesystems on the target"
grep -q '[[:blank:]]selinuxfs$' /proc/filesystems
case $? in
  0) ;;
  1) echo disabled the kernel has no SELinux, or it is turned off; exit 0 ;;
  *) cannot "/proc/filesystems could not be read" ;;
esac
if [ ! -e /sys/fs/selinux/enforce ]; then
  case $(tr -d '\000' 2>/dev/null </proc/self/attr/current) in
    kernel) echo disabled no policy is loaded; exit 0 ;;
  esac
  cannot "the file system of SELinux is not mounted, as in a container"
fi
enforce=$(cat /sys/fs/selinux/enforce) || cannot "permission denied on /sys/fs/selinux/enforce"
printf 'enforce %s\n' "$enforce"
if [ -r /sys/fs/selinux/booleans ] && [ -x /sys/fs/selinux/booleans ]; then
  cd /sys/fs/selinux/booleans && grep "" /dev/null ./*
else
  echo unread
fi
exit 0
`

func parseSEKernel(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	first := ""
	if len(lines) > 0 {
		first = lines[0]
	}
	if why, ok := strings.CutPrefix(first, "disabled "); ok {
		return everySubject(resource.Facts{
			"enabled": resource.Seen(false).With(why), "mode": resource.Seen("disabled").With(why),
			"booleans": resource.Missing("SELinux is disabled"),
		}, subjects), nil
	}
	mode, ok := map[string]string{"enforce 0": "permissive", "enforce 1": "enforcing"}[first]
	if !ok {
		return nil, fmt.Errorf("%q is not a mode of the kernel", first)
	}
	booleans := map[string]any{}
	facts := resource.Facts{
		"enabled": resource.Seen(true), "mode": resource.Seen(mode), "booleans": resource.Seen(booleans),
	}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "./"), ":")
		switch {
		case line == "unread":
			facts["booleans"] = resource.Unknown("permission denied on /sys/fs/selinux/booleans")
		case !ok || value != "0 0" && value != "0 1" && value != "1 0" && value != "1 1":
			return nil, fmt.Errorf("%q is not a boolean", line)
		default: // the second number is the one that is pending
			booleans[name] = value[0] == '1'
		}
	}
	// grep says on stderr which file it could not read.
	if len(bytes.TrimSpace(a.Stderr)) > 0 {
		facts["booleans"] = resource.Unknown("some files in /sys/fs/selinux/booleans could not be read")
	}
	return everySubject(facts, subjects), nil
}

func seConfigFacts(bundle lookup.Bundle) resource.Facts {
	f := bundle.File(seConfigFile)
	switch {
	case f.Unknown != "":
		return resource.Every(resource.Unknown(f.Unknown))
	case f.Absent:
		return resource.Every(resource.Missing("there is no " + seConfigFile))
	}
	unset := resource.Missing(seConfigFile + " does not set it")
	facts := resource.Facts{"configured_mode": unset, "policy": unset}
	for line := range strings.Lines(f.Content) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		name := map[string]string{"SELINUX": "configured_mode", "SELINUXTYPE": "policy"}[key]
		if name == "" {
			continue
		}
		value = strings.TrimSpace(value)
		if name == "configured_mode" {
			value = strings.ToLower(value)
		}
		switch known := facts[name]; {
		case name == "configured_mode" && !slices.Contains(seModes, value):
			facts[name] = resource.Unknown(fmt.Sprintf("%s has the mode %q, which is none of SELinux", seConfigFile, value))
		case known.Value != nil && known.Value != value: // libselinux takes the first mode, and the last policy
			facts[name] = resource.Unknown(fmt.Sprintf("%s sets %s twice", seConfigFile, key))
		case known.Unknown == "":
			facts[name] = resource.Seen(value)
		}
	}
	return facts
}

// seStoreScript prints what the policy store has. semodule would take a lock, and make the lock's file.
const seStoreScript = lookup.ReachScript + `
reach /etc/selinux/config
case $? in
  1) echo none; exit 0 ;;
  2) cannot "$why" ;;
esac
[ -r /etc/selinux/config ] || cannot "permission denied on /etc/selinux/config"
type=$(grep '^[[:blank:]]*SELINUXTYPE=' /etc/selinux/config | tail -n 1)
type=${type#*=}
while case $type in *[[:blank:]]) ;; *) false ;; esac; do type=${type%?}; done
case $type in ''|.*|*[!A-Za-z0-9_.-]*) cannot "/etc/selinux/config chooses no policy" ;; esac
active=/var/lib/selinux/$type/active
reach "$active/modules"
case $? in
  1) cannot "no $active/modules on the target" ;;
  2) cannot "$why" ;;
esac
for dir in "$active/modules" "$active"/modules/*; do
  { [ -r "$dir" ] && [ -x "$dir" ]; } || [ ! -d "$dir" ] || cannot "permission denied on $dir"
done
echo store
for at in "$active"/modules/[0-9]*/*; do
  [ ! -d "$at" ] || printf 'module %s\n' "${at##*/}"
done
for at in "$active"/modules/disabled/*; do
  [ ! -e "$at" ] || printf 'disabled %s\n' "${at##*/}"
done
file=$active/booleans.local
[ -e "$file" ] || exit 0
[ -r "$file" ] || cannot "permission denied on $file"
b='[[:blank:]]' n='[^[:blank:]]'
sed -n "s/^$b*\\([^#[:blank:]]$n*\\)$b*=$b*\\($n*\\).*/boolean \\1 \\2/p" "$file"
`

func parseSEStore(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	switch {
	case slices.Equal(lines, []string{"none"}):
		return everySubject(resource.Every(resource.Missing("there is no "+seConfigFile)), subjects), nil
	case len(lines) == 0 || lines[0] != "store":
		return nil, fmt.Errorf("the answer has no policy store")
	}
	modules, disabled, booleans := []string{}, []string{}, map[string]any{}
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		switch {
		case len(f) == 2 && f[0] == "module":
			modules = append(modules, f[1])
		case len(f) == 2 && f[0] == "disabled":
			disabled = append(disabled, f[1])
		case len(f) == 3 && f[0] == "boolean" && slices.Contains([]string{"0", "false", "off"}, strings.ToLower(f[2])):
			booleans[f[1]] = false
		case len(f) == 3 && f[0] == "boolean" && slices.Contains([]string{"1", "true", "on"}, strings.ToLower(f[2])):
			booleans[f[1]] = true
		default:
			return nil, fmt.Errorf("%q is not in a policy store", line)
		}
	}
	return everySubject(resource.Facts{
		"modules":             resource.Seen(resource.Strings(resource.SortedSet(modules))),
		"disabled_modules":    resource.Seen(resource.Strings(resource.SortedSet(disabled))),
		"persistent_booleans": resource.Seen(booleans),
	}, subjects), nil
}

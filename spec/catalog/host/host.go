// Package host has the facts of a target that expressions can refer to as host.*.
package host

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Host is the type of the facts of a target that expressions can refer to (`host.os.id`). It has no block of its own;
// it is observed once per target, before what depends on it.
var Host = &resource.Type{
	Name:        "host",
	DisplayName: "Host",
	Summary:     "facts about the target, for expressions",
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Doc: "The host's own name, from the kernel."},
		{Name: "os.id", Kind: resource.String, Doc: "`debian`, `alpine`, `rhel`: the ID of os-release."},
		{
			Name: "os.family", Kind: resource.String,
			Doc: "`debian`, `rhel`, `suse`, `alpine`, `arch`, or the ID if it belongs to none of them.",
		},
		{
			Name: "os.version", Kind: resource.String,
			Doc: "`12`, `3.20.1`: the VERSION_ID of os-release; empty for rolling releases.",
		},
		{Name: "os.name", Kind: resource.String, Doc: "`Debian GNU/Linux 12 (bookworm)`: the PRETTY_NAME of os-release."},
		{
			Name: "os.codename", Kind: resource.String,
			Doc: "`bookworm`: the VERSION_CODENAME of os-release; empty if there is none.",
		},
		{Name: "arch", Kind: resource.String, Doc: "`x86_64`, `aarch64`: the machine type, from the kernel."},
		{Name: "kernel", Kind: resource.String, Doc: "`6.1.0-18-amd64`: the kernel's release."},
		{Name: "init", Kind: resource.String, Doc: "`systemd`, `init`, `nginx`: the name of process 1."},
		{
			Name: "machine_id", Kind: resource.String,
			Doc: "The 32 hexadecimal digits of `/etc/machine-id`, which identify the installed system.",
		},
		{
			Name: "virtualization", Kind: resource.String,
			Doc: "`none`, `kvm`, `vmware`, `docker`, `podman`, `lxc`, ...: the virtualization or container that the host runs " +
				"in, as far as it can be detected.",
		},
	},
	Probe: &resource.Probe{Name: "facts", Script: hostScript, Parse: parseHost, Files: hostInFiles},
}

// hostScript prints lines KEY=VALUE; os-release is passed on as it is, behind the line "os-release". Only `uname` may
// be a process, and only if /proc lacks the value.
const hostScript = `
say() { k=$1; v=; if read -r v <"$2"; then :; fi; [ -z "$v" ] || printf '%s=%s\n' "$k" "$v"; } 2>/dev/null
say name /proc/sys/kernel/hostname
say kernel /proc/sys/kernel/osrelease
say init /proc/1/comm
say machine_id /etc/machine-id
say arch /proc/sys/kernel/arch
[ -r /proc/sys/kernel/hostname ] || printf 'name=%s\n' "$(uname -n)"
[ -r /proc/sys/kernel/osrelease ] || printf 'kernel=%s\n' "$(uname -r)"
[ -r /proc/sys/kernel/arch ] || printf 'arch=%s\n' "$(uname -m)"
[ -e /.dockerenv ] && echo container=docker
[ -e /run/.containerenv ] && echo container=podman
say container /run/systemd/container
say vendor /sys/class/dmi/id/sys_vendor
say product /sys/class/dmi/id/product_name
say hypervisor /sys/hypervisor/type
for f in /etc/os-release /usr/lib/os-release; do
	if [ -r "$f" ]; then
		echo os-release
		while read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$f"
		break
	fi
done
:`

func parseHost(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	before, release, ok := strings.Cut("\n"+string(a.Stdout), "\nos-release\n")
	values := assignments(before)
	// Every Linux has this one, so without it the answer is not that of the script.
	if values["kernel"] == "" {
		return nil, errors.New("the facts of the host are malformed")
	}
	facts := resource.Facts{"virtualization": resource.Seen(virtualization(values))}
	for _, name := range []string{"name", "arch", "kernel", "init", "machine_id"} {
		facts[name] = reported(values[name])
	}
	maps.Copy(facts, operatingSystem(release, ok))
	return slices.Repeat([]resource.Facts{facts}, len(subjects)), nil
}

func reported(value string) resource.Fact {
	if value == "" {
		return resource.Unknown("the host does not report it")
	}
	return resource.Seen(value)
}

// operatingSystem returns the facts of os-release; if there is none, they are the [resource.Rest].
func operatingSystem(release string, ok bool) resource.Facts {
	if !ok {
		return resource.Every(resource.Unknown("no os-release on the target"))
	}
	values := assignments(release)
	id := cmp.Or(values["ID"], "linux") // the default of os-release(5) for an absent ID
	return resource.Facts{
		"os.id":       resource.Seen(id),
		"os.family":   resource.Seen(family(id, strings.Fields(values["ID_LIKE"]))),
		"os.version":  resource.Seen(values["VERSION_ID"]),
		"os.name":     resource.Seen(cmp.Or(values["PRETTY_NAME"], id)),
		"os.codename": resource.Seen(values["VERSION_CODENAME"]),
	}
}

// assignments parses KEY=VALUE lines; if a key is repeated, the first value counts. Quotes are those of os-release(5):
// double ones with backslash escapes, or single ones.
func assignments(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if _, again := values[key]; ok && !again {
			values[key] = unquote(value)
		}
	}
	return values
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return s[1 : len(s)-1]
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
		for _, c := range []string{`"`, `$`, "`", `\`} {
			s = strings.ReplaceAll(s, `\`+c, c)
		}
	}
	return s
}

var families = []string{"debian", "rhel", "suse", "alpine", "arch", "gentoo"}

func family(id string, like []string) string {
	for _, name := range append([]string{id}, like...) {
		switch {
		case slices.Contains(families, name):
			return name
		case name == "fedora" || name == "centos":
			return "rhel"
		case strings.HasPrefix(name, "opensuse") || name == "sles":
			return "suse"
		}
	}
	return id
}

// hypervisors are what the firmware calls itself; the first that fits counts.
var hypervisors = []struct{ says, name string }{
	{"QEMU", "kvm"},
	{"KVM", "kvm"},
	{"Amazon EC2", "amazon"},
	{"Google Compute Engine", "google"},
	{"VMware", "vmware"},
	{"VirtualBox", "oracle"},
	{"innotek", "oracle"},
	{"Virtual Machine", "microsoft"},
	{"Xen", "xen"},
	{"Parallels", "parallels"},
	{"OpenStack", "kvm"},
	{"DigitalOcean", "kvm"},
	{"Hetzner", "kvm"},
}

func virtualization(values map[string]string) string {
	if c := values["container"]; c != "" {
		return c
	}
	firmware := values["vendor"] + " " + values["product"]
	for _, h := range hypervisors {
		if strings.Contains(firmware, h.says) {
			return h.name
		}
	}
	if values["hypervisor"] == "xen" {
		return "xen"
	}
	return "none"
}

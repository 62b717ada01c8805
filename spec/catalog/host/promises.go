package host

import (
	"io/fs"
	"maps"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Promises is the type of promises about the target itself. It has probes of its own: what expressions can refer to is
// read from every target, and stays as quick as it is.
var Promises = &resource.Type{
	Name:        "host",
	Label:       "label",
	DisplayName: "Host",
	Summary:     "The target itself: its names, system, hardware, memory, clock and updates",
	Detail: `The label is free text for the reports: ` + "`host \"this\"`" + `. Each group of promises is read
only if a spec has one of them. The facts that expressions can refer to (` + "`host.os.id`, `host.arch`" + `)
are another thing with the same names, and come with every connection.

A container has the kernel, processors, memory, load, boot time and clock of the machine that it runs on, and so
do the promises about them. A target without a shell (an image) has ` + "`os`, `machine_id`, `timezone`" + ` and
` + "`locale`" + `; everything else is unknown there.

- ` + "`fqdn` and `domain`" + ` come from the resolver, as ` + "`hostname -f`" + ` prints them, and are unknown
if that fails.
- ` + "`clock_synchronized`" + ` is the kernel's word where the target has ` + "`adjtimex`" + ` (BusyBox), or
else that of systemd-timesyncd, chrony or ntpd. It is unknown where none of them answers. Avow does not ask
timedatectl, which starts a daemon.
- ` + "`reboot_required`" + ` is true if ` + "`/run/reboot-required`" + ` (Debian, Ubuntu) or
` + "`/run/reboot-needed`" + ` (SUSE) exists, or if rpm has installed a kernel, C library, systemd or another of
the packages of ` + "`needs-restarting -r`" + ` since the boot. It is false only on systems with rpm, or with a
package that makes that file (unattended-upgrades, update-notifier-common); elsewhere it is unknown.
- ` + "`security_updates`" + ` compares dpkg's packages with apt's lists of security updates as they were last
fetched; Avow fetches none. It is unknown on systems without such lists.
- ` + "`manufacturer` and `model`" + ` come from the firmware (DMI or a device tree).`,
	Example: `describe "machine" {
  host "this" {
    fqdn               = "web1.example.com"
    os                 = { id = "debian", version = "12" }
    cpus               = ge(2)
    memory_available   = ge(512 * 1024 * 1024)
    load               = { "5m" = lt(4) }
    timezone           = "UTC"
    clock_synchronized = true
    reboot_required    = false
    security_updates   = []
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "label", Kind: resource.String, Parameter: true,
			Doc: "The name of the host in reports; it does not choose a host.",
		},
		{Name: "name", Kind: resource.String, Doc: "The host's own name, from the kernel."},
		{Name: "fqdn", Kind: resource.String, Phrase: "FQDN", Probe: fqdnProbe, Doc: "The fully qualified name, from the " +
			"resolver."},
		{
			Name: "domain", Kind: resource.String, Probe: fqdnProbe,
			Doc: "The part of the fully qualified name after its first dot; empty if there is none.",
		},
		{
			Name: "os", Kind: resource.TableOf(osKey, resource.String), Phrase: "os-release",
			Doc: "The operating system: `id`, `family`, `version`, `name` and `codename`, as in `host.os.*` of expressions.",
		},
		{Name: "arch", Kind: resource.Word, Phrase: "architecture", Doc: "`x86_64`, `aarch64`: the machine type, from the " +
			"kernel."},
		{Name: "kernel", Kind: resource.String, Phrase: "kernel release", Doc: "`6.1.0-18-amd64`: the kernel's release."},
		{Name: "init", Kind: resource.String, Phrase: "init", Doc: "`systemd`, `init`, `nginx`: the name of process 1."},
		{
			Name: "machine_id", Kind: resource.String, Phrase: "machine ID",
			Doc: "The 32 hexadecimal digits of `/etc/machine-id`, which identify the installed system.",
		},
		{
			Name: "virtualization", Kind: resource.Word,
			Doc: "`none`, `kvm`, `vmware`, `docker`, `podman`, `lxc`, ...: the virtualization or container that the host " +
				"runs in, as far as it can be detected.",
		},
		{Name: "manufacturer", Kind: resource.String, Probe: firmwareProbe, Doc: "The manufacturer, from the firmware."},
		{Name: "model", Kind: resource.String, Probe: firmwareProbe, Doc: "The name of the product, from the firmware."},
		{Name: "cpus", Kind: resource.Count, Phrase: "number of processors", Probe: stateProbe, Doc: "How many processors " +
			"are online."},
		{Name: "memory", Kind: resource.Count, Phrase: "memory in bytes", Probe: stateProbe, Doc: "The memory in bytes " +
			"(`MemTotal`)."},
		{
			Name: "memory_available", Kind: resource.Count, Phrase: "available memory in bytes", Probe: stateProbe,
			Doc: "How much memory new programs can get without swapping, in bytes (`MemAvailable`).",
		},
		{
			Name: "load", Kind: resource.TableOf(resource.OneOf("1m", "5m", "15m"), resource.Number), Probe: stateProbe,
			Doc: "The load average over `1m`, `5m` and `15m`: `{ \"5m\" = lt(4) }`.",
		},
		{Name: "uptime", Kind: resource.Elapsed, Probe: stateProbe, Doc: "The time since the boot."},
		{Name: "boot_time", Kind: resource.Time, Phrase: "time of the boot", Probe: stateProbe, Doc: "When the kernel was " +
			"started, to the second."},
		{
			Name: "oom_kills", Kind: resource.Count, Phrase: "number of OOM kills", Probe: stateProbe,
			Doc: "How many processes the kernel has killed since the boot because memory ran out.",
		},
		{
			Name: "entropy", Kind: resource.Count, Phrase: "available entropy in bits", Probe: stateProbe,
			Doc: "How many bits of entropy the kernel has; since Linux 5.18, always 256.",
		},
		{
			Name: "timezone", Kind: Timezone, Phrase: "time zone", Probe: settingsProbe,
			Doc: "The time zone of `/etc/localtime`, `UTC` if there is no such file. `Etc/UTC`, `Zulu` and the other names " +
				"of UTC are the same.",
		},
		{
			Name: "locale", Kind: Locale, Probe: settingsProbe,
			Doc: "`LANG` of `/etc/locale.conf`, or else of `/etc/default/locale`. `C.utf8` is `C.UTF-8`.",
		},
		{
			Name: "clock_synchronized", Kind: resource.Bool, Probe: clockProbe,
			Phrase: "has a synchronized clock", NegatedPhrase: "does not have a synchronized clock",
			Doc: "Whether the clock is synchronized with a time server.",
		},
		{
			Name: "reboot_required", Kind: resource.Bool, Probe: rebootProbe,
			Phrase: "needs a reboot", NegatedPhrase: "does not need a reboot",
			Doc: "Whether updates wait for a reboot.",
		},
		{
			Name: "security_updates", Kind: resource.SetOf(resource.Word), Probe: updatesProbe,
			Phrase: "packages with security updates",
			Doc:    "The names of installed packages for which apt's lists have a newer version in a security suite.",
		},
	},
	Probe: &resource.Probe{
		Name: "system", Script: hostScript,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			all, err := parseHost(a, subjects)
			return withSystem(all), err
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return withSystem(hostInFiles(fsys, subjects))
		},
	},
}

var osKey = resource.OneOf("id", "family", "version", "name", "codename")

// withSystem adds the facts of the operating system as one map. They are known together, or not at all.
func withSystem(all []resource.Facts) []resource.Facts {
	whole := make([]resource.Facts, len(all))
	for i, facts := range all {
		whole[i] = resource.Facts{}
		system, why := map[string]any{}, facts.Of(resource.Rest)
		for _, key := range osKey.Texts() {
			if fact := facts.Of("os." + key); fact.Value != nil {
				system[key] = fact.Value
			}
		}
		maps.Copy(whole[i], facts)
		whole[i]["os"] = resource.Seen(system)
		if len(system) == 0 {
			whole[i]["os"] = why
		}
	}
	return whole
}

var fqdnProbe = &resource.Probe{
	Name: "fqdn",
	Script: `
if command -v hostname >/dev/null 2>&1; then
	fqdn=$(hostname -f 2>&1) || cannot "hostname -f: ${fqdn##*: }"
elif command -v getent >/dev/null 2>&1; then
	{ read -r fqdn </proc/sys/kernel/hostname; } 2>/dev/null || fqdn=$(uname -n)
	fqdn=$(getent hosts "$fqdn") || cannot "the resolver does not know the host's name, or does not answer"
	set -f
	set -- $fqdn
	fqdn=${2-}
else
	cannot "neither hostname nor getent on the target"
fi
printf '%s\n' "$fqdn"`,
	Parse: single(func(out string) resource.Facts {
		name, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(out), "."), "\n")
		if name == "" || strings.ContainsAny(name, " \t") {
			return resource.Every(resource.Unknown("the resolver does not have a name for the host"))
		}
		_, domain, _ := strings.Cut(name, ".")
		return resource.Facts{"fqdn": resource.Seen(name), "domain": resource.Seen(domain)}
	}),
}

// single returns a parser of an answer that all subjects share.
func single(facts func(out string) resource.Facts) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		all := make([]resource.Facts, len(subjects))
		for i := range all {
			all[i] = facts(string(a.Stdout))
		}
		return all, nil
	}
}

var firmwareProbe = &resource.Probe{
	Name: "firmware",
	Script: `
dmi=/sys/class/dmi/id
for key in sys_vendor product_name; do
	value=
	[ ! -r $dmi/$key ] || read -r value <$dmi/$key
	printf '%s=%s\n' "$key" "$value"
done
[ ! -r /proc/device-tree/model ] || printf 'model=%s\n' "$(tr -d '\000' </proc/device-tree/model)"
:`,
	Parse: single(func(out string) resource.Facts {
		said := map[string]string{}
		for line := range strings.Lines(out) {
			key, value, _ := strings.Cut(line, "=")
			said[key] = strings.TrimSpace(value)
		}
		if said["product_name"] == "" {
			said["product_name"] = said["model"]
		}
		return resource.Facts{
			"manufacturer": firmwareFact(said["sys_vendor"], "the firmware does not report a manufacturer (no DMI)"),
			"model":        firmwareFact(said["product_name"], "the firmware reports no model (no DMI and no device tree)"),
		}
	}),
}

func firmwareFact(value, reason string) resource.Fact {
	if value == "" {
		return resource.Unknown(reason)
	}
	return resource.Seen(value)
}

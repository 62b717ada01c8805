package host

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// rebootPackages are those that `dnf needs-restarting -r` checks.
const rebootPackages = "kernel kernel-core kernel-rt kernel-rt-core kernel-default glibc linux-firmware systemd udev " +
	"openssl-libs " +
	"gnutls dbus dbus-daemon dbus-broker"

// rebootProbe reads what the packages' own hooks leave, or when packages were installed. `dnf needs-restarting` would
// write caches.
var rebootProbe = &resource.Probe{
	Name: "reboot",
	Script: `
for file in /run/reboot-required /var/run/reboot-required /run/reboot-needed; do
	[ ! -e "$file" ] || { echo "file $file"; exit 0; }
done
[ -x /run ] || cannot "permission denied on /run"
for file in /usr/share/update-notifier/notify-reboot-required /etc/kernel/postinst.d/unattended-upgrades \
	/etc/kernel/postinst.d/reboot-required /etc/kernel/postinst.d/reboot-notifier; do
	[ ! -x "$file" ] || { echo "hook $file"; exit 0; }
done
command -v rpm >/dev/null 2>&1 || { echo none; exit 0; }
boot=$(grep '^btime ' /proc/stat) || cannot "/proc/stat does not have the boot time"
all=$(rpm -q --qf '%{INSTALLTIME} %{NAME}\n' ` + rebootPackages + ` 2>/dev/null)
printf 'rpm %s\n%s\n' "${boot#btime }" "$all"`,
	Parse: single(func(out string) resource.Facts {
		first, rest, _ := strings.Cut(out, "\n")
		word, value, _ := strings.Cut(first, " ")
		fact := resource.Unknown("nothing on the target records it (unattended-upgrades, update-notifier-common, rpm)")
		switch word {
		case "file":
			fact = resource.Seen(true).With(value + " exists")
		case "hook":
			fact = resource.Seen(false)
		case "rpm":
			fact = installedSince(value, rest)
		}
		return resource.Facts{"reboot_required": fact}
	}),
}

// installedSince compares the times at which packages were installed with that of the boot.
func installedSince(boot, packages string) resource.Fact {
	booted, err := strconv.ParseInt(strings.TrimSpace(boot), 10, 40)
	var since []string
	known := false
	for line := range strings.Lines(packages) {
		at, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		installed, err := strconv.ParseInt(at, 10, 40)
		if err != nil { // "package x is not installed"
			continue
		}
		known = true
		if installed > booted {
			since = append(since, name)
		}
	}
	switch {
	case err != nil || !known:
		return resource.Unknown("rpm does not know when the system's packages were installed")
	case len(since) > 0:
		return resource.Seen(true).With("installed since the boot: " + strings.Join(resource.SortedSet(since), ", "))
	}
	return resource.Seen(false)
}

// updatesProbe reads apt's lists of the suites NAME-security, compressed or not, and dpkg's packages. It never runs
// apt, which writes caches; apt-helper only reads.
var updatesProbe = &resource.Probe{
	Name: "updates",
	Script: `
command -v dpkg-query >/dev/null 2>&1 || cannot "no dpkg on the target, and only apt's lists name security updates"
lists=/var/lib/apt/lists newest=
[ -d $lists ] && [ -r $lists ] && [ -x $lists ] || cannot "$lists cannot be read"
read_list() {
	case $1 in
	*_Packages) cat "$1" ;;
	*.gz) gzip -dc <"$1" ;;
	*.xz) xz -dc <"$1" ;;
	*) /usr/lib/apt/apt-helper cat-file "$1" ;;
	esac || { cannot "$1 could not be read"; }
}
set -- $lists/*-security_*_Packages $lists/*-security_*_Packages.*
found=
for file do
	[ -f "$file" ] || continue
	[ -r "$file" ] || cannot "permission denied on $file"
	found=1
	echo list
	{ read_list "$file" || exit 1; } | grep -E '^(Package|Architecture|Version): |^$'
	[ $? -le 1 ] || cannot "no grep on the target"
done
[ -n "$found" ] || cannot "apt has no lists of security updates (none was fetched, or they were removed)"
echo installed
dpkg-query -W -f '${db:Status-Status} ${Package} ${Architecture} ${Version}\n' ||
	cannot "dpkg-query ended with status $?"`,
	Limit:  func(resource.Params) time.Duration { return 2 * resource.DefaultLimit },
	Output: func(resource.Params) int { return 32 << 20 },
	Parse:  single(updatesFacts),
}

// updatesFacts compares versions as dpkg does.
func updatesFacts(out string) resource.Facts {
	lists, installed, ok := strings.Cut("\n"+out, "\ninstalled\n")
	if !ok || !strings.Contains(lists+"\n", "\nlist\n") {
		return resource.Every(resource.Unknown("apt's lists were not read to their end"))
	}
	newest := newestOf(lists)
	var names []string
	for line := range strings.Lines(installed) {
		f := strings.Fields(line)
		if len(f) != 4 || f[0] != "installed" {
			continue
		}
		have := resource.PackageVersion{Text: f[3], Scheme: "deb"}
		for _, arch := range []string{f[2], "all"} {
			next, listed := newest[f[1]+" "+arch]
			order, err := resource.CompareVersions(have, next)
			if listed && err == nil && order < 0 {
				names = append(names, f[1])
			}
		}
	}
	return resource.Facts{"security_updates": resource.Seen(resource.Strings(slices.Compact(resource.SortedSet(names))))}
}

// newestOf returns the newest version of each package and architecture in the stanzas of lists.
func newestOf(lists string) map[string]resource.PackageVersion {
	newest := map[string]resource.PackageVersion{}
	stanza := map[string]string{}
	for line := range strings.Lines(lists + "\n\n") {
		line = strings.TrimSuffix(line, "\n")
		if key, value, ok := strings.Cut(line, ": "); ok {
			stanza[key] = value
			continue
		}
		name := stanza["Package"] + " " + stanza["Architecture"]
		next := resource.PackageVersion{Text: stanza["Version"], Scheme: "deb"}
		if order, err := resource.CompareVersions(newest[name], next); stanza["Version"] != "" && (err != nil || order < 0) {
			newest[name] = next
		}
		clear(stanza)
	}
	return newest
}

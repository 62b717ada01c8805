package resource

import (
	"fmt"
	"slices"
)

// Package is a package of the operating system's package manager.
var Package = &Type{
	Name:    "package",
	Label:   "name",
	Noun:    "Package",
	Summary: "A package of the operating system: dpkg, rpm or apk",
	Detail: `The name is exact: no pattern, no prefix, upper and lower case differ. The package manager is found on the target:
dpkg, apk or rpm, whichever has a database there. A target that has none, or whose database cannot be read, makes
every promise unknown; that is not the same as "not installed".

- **dpkg**: only a package whose status is ` + "`installed`" + ` is installed. One that was removed and left its
  configuration is not, one that is held is, one that is half configured is not. ` + "`libc6:amd64`" + ` asks for one
  architecture; without it the machine's own (or ` + "`all`" + `) is preferred.
- **rpm**: the name alone, or ` + "`name.arch`" + `. The version is ` + "`[EPOCH:]VERSION-RELEASE`" + `. Of a package that
  is installed in several versions, ` + "`version`" + ` is the newest, and ` + "`versions`" + ` are all.
- **apk**: the name alone. The version is as in ` + "`apk list`" + `: ` + "`1.24.0-r16`" + `.

Without a shell, in an image or in a container that is stopped or has none, the databases themselves are read: dpkg's status,
or the files in status.d of a distroless image, whose packages count as installed; apk's; and rpm's, if it is one of SQLite. A
database that was cut short or makes no sense makes every promise unknown.

With ` + "`version = \"1.22.1-9\"`" + ` the whole version is meant; ` + "`version = version(\">= 1.22\")`" + ` compares as the
package manager does.`,
	Example: `describe "packages" {
  package "bash" {
    installed = true
    version   = version(">= 5")
  }

  package "telnetd" { installed = false }

  package "kernel" {
    manager  = "rpm"
    versions = has_length(2)
  }
}
`,
	Attributes: []Attribute{
		{Name: "name", Kind: String, Parameter: true, Doc: "The exact name of the package; dpkg and rpm take an architecture with it (`libc6:i386`, `glibc.i686`)."},
		{Name: "manager", Kind: String, Parameter: true, Doc: "Which package manager is asked: `dpkg`, `rpm` or `apk`. Without it, the one that has a database on the target."},
		{Name: "installed", Kind: Bool, Presence: true, Says: "is installed", Denies: "is not installed", Doc: "Whether the package is installed, all of it."},
		{Name: "version", Kind: Version, Says: "version", Doc: "The version as the package manager prints it; the newest where several are installed."},
		{Name: "versions", Kind: SetOf(Version), Says: "versions", Doc: "All versions that are installed at the same time."},
		{Name: "arch", Kind: Word, Says: "architecture", Doc: "The architecture in the package manager's own word: `amd64`, `all`, `x86_64`, `noarch`."},
		{Name: "held", Kind: Bool, Says: "is held", Denies: "is not held", Doc: "Whether dpkg was told to keep the package as it is (`apt-mark hold`). rpm and apk have no such mark, and it is unknown there."},
		{Name: "status", Kind: packageStates, Says: "status", Doc: "dpkg's own word: `installed`, `config-files`, `half-configured`, `unpacked`, ... For rpm and apk it is `installed`."},
	},
	Probes: []Probe{{
		Name:     "package",
		Observes: packagePromises,
		Script:   packageScript,
		Words:    func(p Params) []string { return []string{p.Text("manager"), p.Text("name")} },
		Parse:    parsePackages,
		Files:    packagesInFiles,
	}},
	Prepare: preparePackage,
}

var packagePromises = []string{"installed", "version", "versions", "arch", "held", "status"}

var packageManagers = []string{"dpkg", "rpm", "apk"}

func preparePackage(p Params) error {
	if err := checkPackageName(p.Text("name")); err != nil {
		return err
	}
	if m, written := p["manager"]; written && !slices.Contains(packageManagers, p.Text("manager")) {
		return fmt.Errorf(`unknown package manager %q; write "dpkg", "rpm" or "apk", or leave it out`, m)
	}
	return nil
}

// packageScript takes MANAGER NAME of each package. For each manager that is meant it prints a section: the
// line "manager NAME ...", what the database says, and "status N" or "cannot REASON". No package has a line
// break in its name, so such names are not asked, and lines stay lines.
const packageScript = `
has_dpkg() { [ -s /var/lib/dpkg/status ]; }
has_apk() {
	for apkdb in /lib/apk/db/installed /usr/lib/apk/db/installed; do
		if [ -e "$apkdb" ]; then return 0; fi
	done
	return 1
}
has_rpm() {
	for rpmdb in /var/lib/rpm /usr/lib/sysimage/rpm; do
		if [ -e "$rpmdb/rpmdb.sqlite" ] || [ -e "$rpmdb/Packages" ] || [ -e "$rpmdb/Packages.db" ]; then return 0; fi
	done
	return 1
}
find_default() {
	if has_dpkg; then default=dpkg
	elif has_apk; then default=apk
	elif has_rpm; then default=rpm
	else cannot 'no package database on the target (looked for dpkg, apk, rpm)'
	fi
	printf 'default %s\n' "$default"
}
ask_dpkg() {
	native=
	[ ! -r /var/lib/dpkg/arch ] || IFS= read -r native </var/lib/dpkg/arch
	printf 'manager dpkg %s\n' "$native"
	if ! has_dpkg; then echo 'cannot no dpkg database on the target'; return; fi
	if ! command -v dpkg-query >/dev/null 2>&1; then echo 'cannot no dpkg-query on the target'; return; fi
	[ $# = 0 ] || dpkg-query -W -f '${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\n' -- "$@"
	printf 'status %s\n' "$?"
}
ask_apk() {
	echo 'manager apk'
	if ! has_apk; then echo 'cannot no apk database on the target'; return; fi
	sed -n -e '/^[PVA]:/p' -e '/^$/p' "$apkdb"
	printf 'status %s\n' "$?"
}
ask_rpm() {
	echo 'manager rpm'
	if ! has_rpm; then echo 'cannot no rpm database on the target'; return; fi
	if ! command -v rpm >/dev/null 2>&1; then echo 'cannot no rpm on the target'; return; fi
	# With --dbpath rpm looks where a database was seen; elsewhere it would create an empty one.
	[ $# = 0 ] || rpm --dbpath "$rpmdb" -q --nosignature --nodigest --qf '%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n' -- "$@"
	printf 'status %s\n' "$?"
}
newline='
'
default='' dpkg='' apk='' rpm='' i=0
for word; do
	i=$((i + 1))
	if [ $((i % 2)) = 1 ]; then manager=$word; continue; fi
	if [ -z "$manager" ]; then
		[ -n "$default" ] || find_default
		manager=$default
	fi
	argument=" \"\${$i}\""
	case $word in *"$newline"*) argument=' ' ;; esac
	case $manager in
	dpkg) dpkg=$dpkg$argument ;;
	apk) apk=$apk$argument ;;
	rpm) rpm=$rpm$argument ;;
	esac
done
# The lists hold nothing but references such as "${2}".
[ -z "$dpkg" ] || eval "ask_dpkg $dpkg"
[ -z "$apk" ] || eval "ask_apk $apk"
[ -z "$rpm" ] || eval "ask_rpm $rpm"
`

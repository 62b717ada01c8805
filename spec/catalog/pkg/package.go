// Package is the type of packages of the operating system's package manager.
package pkg

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Package is the type of packages of the operating system's package manager.
var Package = &resource.Type{
	Name:        "package",
	Label:       "name",
	DisplayName: "Package",
	Summary:     "A package of the operating system: dpkg, rpm or apk",
	Detail: `The name is exact: no pattern, no prefix, and case matters. Avow finds the package manager on the target:
dpkg, apk or rpm, whichever has a database there. Where several have one, a package is installed if one of them has
it, and not installed if none of them has it; where two have it, the spec has to choose with ` + "`manager`" + `. On a
target without a database, or with one that cannot be read and might have the package, every promise is unknown; that
is not the same as "not installed".

- **dpkg**: only a package with the status ` + "`installed`" + ` is installed. One that was removed and left its
  configuration is not, one that is held is, one that is half configured is not. ` + "`libc6:amd64`" + ` chooses one
  architecture; without it, any installed one counts, of these the machine's own (or ` + "`all`" + `) first. Where
  dpkg-query is missing, Avow reads its status file, or the files in status.d of a distroless image, whose packages
  count as installed.
- **rpm**: the name alone, or ` + "`name.arch`" + `. The version is ` + "`[EPOCH:]VERSION-RELEASE`" + `. For a package
  that is installed in several versions, ` + "`version`" + ` is the newest, and ` + "`versions`" + ` are all.
- **apk**: the name alone. The version is as in ` + "`apk list`" + `: ` + "`1.24.0-r16`" + `.

Without a shell, in an image or in a container that is stopped or has none, Avow reads the databases themselves; of
rpm's formats, only SQLite. With a database that was cut short, is empty or is malformed, every promise is unknown.

` + "`version = \"1.22.1-9\"`" + ` is the whole version; ` + "`version = version(\">= 1.22\")`" + ` compares as the
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
	Attributes: []resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "The exact name of the package; dpkg and rpm take an architecture with it (`libc6:i386`, `glibc.i686`).",
		},
		{
			Name: "manager", Kind: resource.String, Parameter: true,
			Doc: "The package manager to query: `dpkg`, `rpm` or `apk`. Default: the one that has a database on the target.",
		},
		{Name: "installed", Kind: resource.Bool, Presence: true, Doc: "Whether the package is completely installed."},
		{
			Name: "version", Kind: resource.Version,
			Doc: "The version as the package manager prints it; the newest where several are installed.",
		},
		{
			Name: "versions", Kind: resource.SetOf(resource.Version), Phrase: "versions",
			Doc: "All versions that are installed at the same time.",
		},
		{
			Name: "arch", Kind: resource.Word, Phrase: "architecture",
			Doc: "The architecture as the package manager names it: `amd64`, `all`, `x86_64`, `noarch`.",
		},
		{
			Name: "held", Kind: resource.Bool,
			Doc: "Whether dpkg holds the package at its version (`apt-mark hold`). Unknown with rpm and apk, which have no " +
				"such mark.",
		},
		{
			Name: "status", Kind: resource.PackageStates,
			Doc: "The status, as dpkg names it: `installed`, `config-files`, `half-configured`, `unpacked`, ... For rpm and " +
				"apk it is `installed`.",
		},
	},
	Probe: &resource.Probe{
		Name: "package", Script: packageScript, Parse: parsePackages, Files: packagesInFiles,
		Words: func(p resource.Params) []string { return []string{p.Text("manager"), p.Text("name")} },
	},
	Prepare: preparePackage,
}

var packageManagers = []string{"dpkg", "rpm", "apk"}

func preparePackage(p resource.Params) error {
	if err := checkPackageName(p.Text("name")); err != nil {
		return err
	}
	return checkManager(p)
}

func checkManager(p resource.Params) error {
	if m, written := p["manager"]; written && !slices.Contains(packageManagers, p.Text("manager")) {
		return fmt.Errorf(`unknown package manager %q; write "dpkg", "rpm" or "apk", or leave it out`, m)
	}
	return nil
}

// noArchitecture are words of apt and of dependencies that stand for any architecture, which no package has.
var noArchitecture = regexp.MustCompile(`:(any|native)$|:.*[A-Z]`)

// packageName matches the names that dpkg, rpm and apk allow, with an architecture behind them.
var packageName = regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9+._:-]*$`)

func checkPackageName(name string) error {
	if err := resource.CheckName(name, "package"); err != nil {
		return err
	}
	switch before, version, _ := strings.Cut(name, "="); {
	case before != name:
		return fmt.Errorf("%q has a version in it; write %q with version = version(%q)", name,
			strings.TrimRight(before, "=<>!~ "), "= "+strings.TrimLeft(version, "= "))
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf(`%q is a path; write the name of a package, or a block file`, name)
	case noArchitecture.MatchString(name):
		name, architecture, _ := strings.Cut(name, ":")
		return fmt.Errorf("%q is not an architecture of a package; write %q, or %q", architecture, name, name+":amd64")
	case !packageName.MatchString(name):
		return fmt.Errorf("%q is not the name of a package, which has letters, digits and + . _ - (and : before an "+
			"architecture)", name)
	}
	return nil
}

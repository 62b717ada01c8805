// Package service has the type of systemd units.
package service

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Service is the type of systemd units.
var Service = &resource.Type{
	Name:        "service",
	Label:       "name",
	DisplayName: "Service",
	Summary:     "A service, or another unit of systemd",
	Detail: `The name is the name of a unit; Avow adds ` + "`.service`" + ` to a name without a systemd suffix
(` + "`.socket`, `.timer`, `.mount`" + `, ...). Aliases are found under all their names.

- ` + "`exists`, `enabled`, `masked` and `state`" + ` come from the disk, as ` + "`systemctl is-enabled`" + ` reads
  them: they describe the next boot, not what systemd has read before. ` + "`running`" + ` comes from the running
  systemd. A unit whose file was deleted or masked since can be running.
- ` + "`enabled`" + ` is true for the states ` + "`enabled` and `enabled-runtime`" + `; an alias has the state of the
  unit that it means. A unit that is ` + "`static`, `indirect`, `linked` or `masked`" + ` is not enabled; the report
  shows the state, and ` + "`state = \"static\"`" + ` promises it. A ` + "`generated`" + ` unit that is an init script
  is enabled when its links in ` + "`/etc/rc?.d`" + ` start it; for any other generated unit (a mount of
  ` + "`/etc/fstab`" + `), ` + "`enabled`" + ` is unknown.
- ` + "`running`" + ` is true while the unit is active or reloading. A oneshot unit that has done its work and remains
  is "active (exited)", and counts.
- For a unit that neither the disk nor systemd knows, ` + "`exists`, `enabled` and `running`" + ` are false: "no such
  unit".
- Where a unit file has changed since systemd read it (` + "`NeedDaemonReload`" + `), ` + "`user`" + ` and
  ` + "`properties`" + ` are unknown until ` + "`systemctl daemon-reload`" + `. Properties that systemd does not know
  for the unit are unknown, too.
- On a target that was not booted with systemd (a container whose PID 1 is nginx), what comes from the disk is known,
  and everything else is unknown, with that reason. Without ` + "`systemctl`" + `, every promise is unknown. So is a
  bare template (` + "`getty@`" + `): name an instance (` + "`getty@tty1`" + `).`,
	Example: `describe "services" {
  service "ssh" {
    enabled  = true
    running  = true
    restarts = lt(3)
  }

  service "apt-daily.timer" { enabled = true }

  service "telnet.socket" { exists = false }

  service "nginx" {
    running    = true
    properties = { Restart = "on-failure", NoNewPrivileges = "yes" }
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "The name of the unit, with or without `.service`. No patterns, no paths.",
		},
		{
			Name: "manager", Kind: resource.String, Parameter: true,
			Doc: "The service manager. Only `systemd`, the default, is supported.",
		},
		resource.Exists("Whether systemd has the unit, also if it is masked."),
		{
			Name: "enabled", Kind: resource.Bool, Presence: true,
			Doc: "Whether the unit starts by itself: at boot, or together with the unit that wants it.",
		},
		{Name: "running", Kind: resource.Bool, Presence: true, Doc: "Whether the unit is active or reloading."},
		{Name: "masked", Kind: resource.Bool, Doc: "Whether the unit is masked, for good or until the next boot."},
		{
			Name: "status", Kind: resource.UnitStates,
			Doc: "systemd's `ActiveState`: `active`, `inactive`, `failed`, `activating`, ...",
		},
		{
			Name: "state", Kind: resource.UnitFileWord,
			Doc: "The state of the unit file, as `systemctl list-unit-files` prints it: `enabled`, `disabled`, `static`, " +
				"`indirect`, `generated`, `masked`, ... For an alias, it is the state of the unit that it means.",
		},
		{
			Name: "restarts", Kind: resource.Count,
			Doc: "How often systemd has restarted the service by itself since it was last started by hand (`NRestarts`).",
		},
		{
			Name: "user", Kind: resource.Runner,
			Doc: "The user in the unit file, as written there, by name or number; `root` if it has none. All names of a " +
				"number and the number itself are the same. Unknown while the file is masked or missing. " +
				resource.WrittenPatterns,
		},
		{
			Name: "properties", Kind: resource.TableOf(resource.Property, resource.String), Named: true, Probe: propertiesProbe,
			Doc: "Properties as `systemctl show` prints them; only those that the promise names are read. No promise about a " +
				"property that systemd does not know is kept, not even `not(...)`.",
		},
	},
	Probe:   &resource.Probe{Name: "state", Script: serviceScript, Words: serviceWords, Parse: parseServices},
	Prepare: prepareService,
}

var propertiesProbe = &resource.Probe{
	Name: "properties", Script: propertiesScript, Words: propertiesWords, Single: true, Parse: parseProperties,
}

var unitSuffixes = []string{
	".service", ".socket", ".timer", ".mount", ".automount", ".swap", ".target", ".path", ".slice", ".scope", ".device",
}

// unitName matches names that systemd would not quote: systemctl turns anything else into the name of another unit.
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]+$`)

const maxUnitName = 240

func prepareService(p resource.Params) error {
	name := p.Text("name")
	switch {
	case name == "":
		return errors.New("the name of the service is empty")
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q is a pattern; name one unit, or use for_each for several", name)
	case strings.Contains(name, "/"):
		return fmt.Errorf("%q has a slash; write the unit's name, which `systemd-escape --path` prints for a path", name)
	case !unitName.MatchString(name) || len(name) > maxUnitName:
		return fmt.Errorf(
			`%q is not the name of a unit; it has letters, digits and : - _ . \ @, and systemd-escape writes the others`, name)
	}
	if m, written := p["manager"]; written && m != "systemd" {
		return fmt.Errorf(`unknown service manager %q; only "systemd" is supported`, m)
	}
	return nil
}

// unit returns the full name of the unit that a subject means.
func unit(p resource.Params) string {
	name := p.Text("name")
	if hasUnitSuffix(name) {
		return name
	}
	return name + ".service"
}

func hasUnitSuffix(name string) bool {
	return slices.Contains(unitSuffixes, path.Ext(name))
}

func serviceWords(p resource.Params) []string { return []string{unit(p)} }

func propertiesWords(p resource.Params) []string {
	return []string{unit(p), serviceProperties + "," + strings.Join(p.References("properties"), ",")}
}

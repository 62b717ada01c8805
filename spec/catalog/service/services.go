package service

import (
	"errors"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Services is the type of all services of systemd.
var Services = resource.Plural{
	Name: "services", DisplayName: "Services", Of: Service,
	Summary: "All services of systemd, or those that a condition selects",
	Detail: "Avow lists the services that have a unit file, and those that systemd knows without one (generated, " +
		"transient). Their names have no `.service`. Templates and aliases are not listed; instances of templates are. " +
		"On a target that was not booted with systemd, the list is that of the files.",
	Example: `describe "services" {
  services "that failed" {
    where = { status = "failed" }
    names = []
  }

  services "that start at boot" {
    where = { enabled = true }
    names = contains("ssh")
  }
}
`,
	List: resource.Probe{Script: servicesScript, Parse: parseServiceList},
}.Type()

// servicesScript prints unit files, the line "units", and the units of a running systemd.
const servicesScript = serviceHead + `
SYSTEMD_LOG_LEVEL=err SYSTEMD_LOG_TARGET=console SYSTEMD_OFFLINE=0
case $pid1 in systemd | hidden) ;; *) SYSTEMD_OFFLINE=1 ;; esac
export SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET SYSTEMD_OFFLINE
systemctl list-unit-files --no-pager --no-legend --full --type=service ||
	cannot "systemctl list-unit-files ended with status $?"
# Without a manager systemctl itself reads the folders, and does not report those that it may not read.
[ "$pid1" = systemd ] || for dir in /etc/systemd /usr/lib/systemd /lib/systemd /etc/systemd/system \
	/usr/lib/systemd/system /lib/systemd/system; do
	[ ! -d "$dir" ] || { [ -r "$dir" ] && [ -x "$dir" ]; } || echo "hidden permission denied on $dir"
done
# An instance that is enabled and not loaded has no file and no unit, only its link.
for link in /etc/systemd/system/*.wants/*@?*.service /etc/systemd/system/*.requires/*@?*.service \
	/run/systemd/system/*.wants/*@?*.service /usr/lib/systemd/system/*.wants/*@?*.service \
	/lib/systemd/system/*.wants/*@?*.service; do
	[ ! -h "$link" ] || printf '%s instance\n' "${link##*/}"
done
units=
case $pid1 in
systemd | hidden)
	units=$(systemctl list-units --all --no-pager --no-legend --full --plain --type=service)
	status=$?
	if [ $status -ne 0 ] && [ "$pid1" = hidden ]; then
		echo 'hidden /proc hides process 1, and systemctl list-units failed: there may be units without a file'
	elif [ $status -ne 0 ]; then cannot "systemctl list-units ended with status $status"
	fi
	;;
esac
printf 'units\n%s\n' "$units"
`

func parseServiceList(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	files, units, ok := strings.Cut("\n"+string(a.Stdout), "\nunits\n")
	if !ok {
		return nil, errors.New("the list of services was cut short")
	}
	var found resource.Elements
	known := map[string]bool{}
	add := func(unit string) {
		name, service := strings.CutSuffix(unit, ".service")
		if service && !known[name] && !strings.HasSuffix(name, "@") {
			known[name] = true
			found.List = append(found.List, resource.Element{Name: name, Params: resource.Params{"name": name}})
		}
	}
	for line := range strings.Lines(files) {
		if why, ok := strings.CutPrefix(line, "hidden "); ok {
			found.Hidden = strings.TrimSpace(why)
		} else if f := strings.Fields(line); len(f) > 1 && f[1] != "alias" {
			add(f[0])
		}
	}
	for line := range strings.Lines(units) {
		// Before systemd 246, --plain left a mark before the name of a unit that failed. A unit that is not found is one
		// that others only name.
		if f := strings.Fields(strings.TrimLeft(line, "●*x ")); len(f) > 2 && f[1] != "not-found" {
			add(f[0])
		}
	}
	return slices.Repeat([]resource.Facts{resource.Listed(found)}, len(subjects)), nil
}

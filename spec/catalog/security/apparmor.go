package security

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// AppArmor is the type of profiles of AppArmor.
var AppArmor = &resource.Type{
	Name:        "apparmor",
	Label:       "profile",
	DisplayName: "AppArmor profile",
	Summary:     "A profile of AppArmor in the running kernel",
	Detail: `Avow reads the profiles from ` + "`/sys/kernel/security/apparmor`" + `. Only root may read it;
` + "`become`" + ` helps. In a container, that file system is usually not mounted, and every promise is unknown;
so it is without ` + "`/sys`" + `.

On a kernel without AppArmor, or where it is turned off, no profile is loaded. Files in
` + "`/etc/apparmor.d`" + ` are not considered: they have no effect before they are loaded.`,
	Example: `describe "confinement" {
  apparmor "/usr/sbin/cupsd" {
    loaded    = true
    mode      = "enforce"
    processes = ge(1)
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "profile", Kind: resource.String, Parameter: true,
			Doc: "The name of the profile, such as `/usr/sbin/cupsd` or `docker-default`; those inside of others have `//` " +
				"in it.",
		},
		{Name: "loaded", Kind: resource.Bool, Presence: true, Doc: "Whether the kernel has the profile."},
		{
			Name: "mode", Kind: resource.OneOf(aaModes...),
			Doc: "How the profile is applied: `enforce`, `complain`, `kill`, `prompt` or `unconfined`.",
		},
		{
			Name: "processes", Kind: resource.Count, Phrase: "number of processes",
			Doc: "How many processes the profile confines.",
		},
	},
	Probe: &resource.Probe{
		Name: "profiles", Script: aaScript,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			found, missing, err := parseAppArmor(a)
			all := make([]resource.Facts, len(subjects))
			for i, p := range subjects {
				all[i] = resource.Every(resource.Missing("no such profile is loaded"))
				if missing != "" {
					all[i] = resource.Every(resource.Missing(missing))
				}
				for _, e := range found.List {
					if e.Name == p.Text("profile") {
						all[i] = e.Facts
					}
				}
			}
			return all, err
		},
	},
	Prepare: func(p resource.Params) error {
		switch name := p.Text("profile"); {
		case name != strings.TrimSpace(name):
			return fmt.Errorf("%q is not the name of a profile; write %q", name, strings.TrimSpace(name))
		case strings.HasSuffix(name, ")"):
			return fmt.Errorf("%q has a mode; write the name alone, and mode = ... in the block", name)
		case strings.ContainsAny(name, "\n\x00"):
			return fmt.Errorf("%q is not the name of a profile", name)
		}
		return nil
	},
}

// AppArmorProfiles is the type of all profiles of AppArmor.
var AppArmorProfiles = resource.Plural{
	Name: "apparmor_profiles", DisplayName: "AppArmor profiles", Of: AppArmor,
	Summary: "All profiles of AppArmor in the running kernel, or those that a condition selects",
	Detail:  "Only root may read the profiles; `become` helps. A kernel without AppArmor has none.",
	Example: `describe "confinement" {
  apparmor_profiles "in use" {
    where = { processes = ge(1) }
    every = { mode = "enforce" }
  }
}
`,
	List: resource.Probe{
		Script: aaScript,
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			found, _, err := parseAppArmor(a)
			return []resource.Facts{resource.Listed(found)}, err
		},
	},
}.Type()

var aaModes = []string{"enforce", "complain", "kill", "prompt", "unconfined"}

// aaScript prints the profiles, and the profile of each process, as the kernel has them: NAME (MODE). The kernel has
// the folder of its module even where AppArmor is turned off. Kernel threads and processes that end meanwhile have
// none.
const aaScript = `
[ -d /sys/module ] || cannot "no /sys/module on the target"
[ -r /sys/module ] || cannot "permission denied on /sys/module"
[ -e /sys/module/apparmor ] || { echo none the kernel has no AppArmor; exit 0; }
enabled=$(cat /sys/module/apparmor/parameters/enabled) ||
  cannot "permission denied on /sys/module/apparmor/parameters/enabled"
case $enabled in
  Y) ;;
  N) echo none AppArmor is turned off; exit 0 ;;
  *) cannot "the kernel does not show whether AppArmor is on" ;;
esac
profiles=/sys/kernel/security/apparmor/profiles
for dir in /sys/kernel/security /sys/kernel/security/apparmor; do
  [ ! -e "$dir" ] || [ -x "$dir" ] || cannot "permission denied on $dir"
done
[ -e "$profiles" ] || cannot "the file system of AppArmor is not mounted, as in a container"
echo profiles
cat "$profiles" 2>/dev/null || cannot "permission denied on $profiles"
at=attr/current # of the first security module; newer kernels have a folder for each
[ ! -e /proc/self/attr/apparmor/current ] || at=attr/apparmor/current
[ -r "/proc/self/$at" ] || { echo unread; exit 0; }
echo processes
grep -h "" /proc/[0-9]*/"$at"
exit 0
`

// parseAppArmor returns the profiles; or why there are none.
func parseAppArmor(a resource.Answer) (found resource.Elements, missing string, err error) {
	lines := lookup.FileLines(string(a.Stdout))
	if len(lines) == 0 {
		return found, "", fmt.Errorf("the answer has no profiles")
	}
	if why, ok := strings.CutPrefix(lines[0], "none "); ok {
		return found, why, nil
	}
	end := slices.IndexFunc(lines, func(s string) bool { return s == "processes" || s == "unread" })
	if lines[0] != "profiles" || end < 0 {
		return found, "", fmt.Errorf("the list of profiles has no begin or no end")
	}
	confined := map[string]int64{}
	for _, line := range lines[end+1:] {
		if name, _, ok := cutMode(strings.TrimRight(line, "\x00")); ok {
			confined[name]++
		}
	}
	unread := ""
	if lines[end] == "unread" {
		unread = "permission denied on /proc/self/attr/current"
	}
	for line := range strings.Lines(string(a.Stderr)) { // as grep says of each file
		if at := strings.Index(line, "/proc/"); at >= 0 && strings.HasSuffix(strings.TrimSpace(line), "Permission denied") {
			path, _, _ := strings.Cut(line[at:], ":")
			unread = "permission denied on " + path
		}
	}
	for _, line := range lines[1:end] {
		name, mode, ok := cutMode(line)
		if !ok {
			return resource.Elements{}, "", fmt.Errorf("%q is not a profile", line)
		}
		facts := resource.Facts{
			"loaded": resource.Seen(true), "mode": resource.Seen(mode), "processes": resource.Seen(resource.Int(confined[name])),
		}
		if unread != "" {
			facts["processes"] = resource.Unknown(unread)
		}
		found.List = append(found.List, resource.Element{Name: name, Params: resource.Params{"profile": name}, Facts: facts})
	}
	return found, "", nil
}

// cutMode splits NAME (MODE). A name can have blanks and parentheses.
func cutMode(line string) (name, mode string, ok bool) {
	i := strings.LastIndex(line, " (")
	if i <= 0 || !strings.HasSuffix(line, ")") {
		return "", "", false
	}
	mode = line[i+2 : len(line)-1]
	return line[:i], mode, slices.Contains(aaModes, mode)
}

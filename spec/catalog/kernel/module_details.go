package kernel

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

var moduleDetails = &resource.Probe{
	Name: "details", Script: moduleDetailsScript, Words: moduleWords, Parse: parseModuleDetails,
}

// moduleDetailsScript prints the folders and the files of the subjects in /sys/module, and then the contents of the files.
const moduleDetailsScript = whereScript + `
[ -d /sys/module ] || cannot "no /sys/module on the target"
where
n=$# seen=/
while [ $n -gt 0 ]; do
	n=$((n - 1)) dir=/sys/module/$1
	shift
	case $seen in *"/$dir//"*) continue ;; esac
	seen="$seen$dir//"
	[ ! -d "$dir" ] || printf '%s\n' "$dir"
	for file in "$dir"/version "$dir"/parameters/*; do
		[ -e "$file" ] || continue
		printf '%s\n' "$file"
		set -- "$@" "$file"
	done
done
echo values
[ $# -eq 0 ] || grep "" /dev/null "$@"
`

func parseModuleDetails(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	end := slices.Index(lines, "values")
	if end < 1 {
		return nil, fmt.Errorf("the list of the modules' files does not end")
	}
	known := map[string]bool{}
	for _, path := range lines[1:end] {
		known[path] = true
	}
	values := parseContents(lines[end+1:], a.Stderr, known)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		dir := "/sys/module/" + underscored(p.Text("name"))
		if !known[dir] {
			all[i] = resource.Every(resource.Missing("there is no " + dir))
			continue
		}
		version := resource.Missing("the module has no version")
		if known[dir+"/version"] {
			version = values.fact(dir + "/version")
		}
		if text, ok := version.Value.(string); ok {
			version = resource.Seen(resource.PackageVersion{Text: text})
		}
		parameters := values.table(lines[1:end], dir+"/parameters/", p.References("parameters"))
		all[i] = noted(resource.Facts{"version": version, "parameters": parameters}, lines[0])
	}
	return all, nil
}

// table returns the map of the contents of a folder's files. Of those that could not be read, only the ones that a promise
// names matter; where it names none, all do.
func (c contents) table(paths []string, folder string, named []string) resource.Fact {
	table := map[string]any{}
	for _, path := range paths {
		key, ok := strings.CutPrefix(path, folder)
		if !ok {
			continue
		}
		fact := c.fact(path)
		if fact.Unknown != "" && (len(named) == 0 || slices.Contains(named, key)) {
			return fact
		}
		if fact.Unknown == "" {
			table[key] = fact.Value
		}
	}
	return resource.Seen(table)
}

// modprobeFolders are those of kmod. The old /etc/modprobe.conf is not read.
var modprobeFolders = []string{
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d",
}

var moduleConfig = &resource.Probe{
	Name:   "config",
	Script: lookup.BundleScript + "bundle /proc/cmdline " + strings.Join(modprobeFolders, " ") + "\necho",
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		bundle, err := lookup.ParseBundle([]byte(strings.TrimSuffix(string(a.Stdout), "\n")))
		if err != nil {
			return nil, err
		}
		line := bundle.File("/proc/cmdline")
		if line.Absent {
			line.Unknown = "no /proc/cmdline on the target"
		}
		return moduleConfigFacts(bundle, line, subjects), nil
	},
	Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		return moduleConfigFacts(lookup.NewFiles(fsys).Bundle(modprobeFolders...), lookup.ConfigFile{}, subjects)
	},
}

func moduleConfigFacts(bundle lookup.Bundle, line lookup.ConfigFile, subjects []resource.Params) []resource.Facts {
	files := bundle.DropIns(".conf", modprobeFolders...)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		all[i] = configOf(underscored(p.Text("name")), files, line)
		for _, f := range files { // a folder that cannot be read may mask files of the others
			if f.Unknown != "" && slices.Contains(modprobeFolders, f.Path) {
				all[i] = resource.Every(resource.Unknown(f.Unknown))
			}
		}
	}
	return all
}

// configOf returns what files and the kernel's command line say of a module. Any file can blacklist it; of the commands
// in its place, the first counts.
func configOf(name string, files []lookup.ConfigFile, line lookup.ConfigFile) resource.Facts {
	var blacklisted, disabled resource.Fact
	unread := ""
	for _, argument := range arguments(line.Content) {
		if slices.Contains(strings.Split(underscored(argument.value), ","), name) {
			switch argument.key {
			case "module_blacklist":
				disabled = resource.Seen(true).With("by module_blacklist on the kernel's command line")
				blacklisted = disabled
			case "modprobe.blacklist":
				blacklisted = resource.Seen(true).With("by modprobe.blacklist on the kernel's command line")
			}
		}
	}
	for _, f := range files {
		unread = cmp.Or(unread, f.Unknown)
		for line := range strings.Lines(strings.ReplaceAll(f.Content, "\\\n", "")) {
			word := strings.Fields(line)
			switch {
			case len(word) > 1 && word[0] == "blacklist" && underscored(word[1]) == name:
				blacklisted = resource.Seen(true).With("in " + f.Path)
			case len(word) > 2 && word[0] == "install" && disabled == (resource.Fact{}) && matchesModule(word[1], name):
				disabled = resource.Seen(loadsNothing(word[2])).With("by install in " + f.Path)
				if unread != "" { // an earlier command may be in what was not read
					disabled = resource.Unknown(unread)
				}
			}
		}
	}
	otherwise := resource.Seen(false)
	if unread = cmp.Or(unread, line.Unknown); unread != "" {
		otherwise = resource.Unknown(unread)
	}
	if disabled.Value == false { // the command line may still forbid it
		disabled = otherwise.With(disabled.Note)
	}
	return resource.Facts{"blacklisted": cmp.Or(blacklisted, otherwise), "disabled": cmp.Or(disabled, otherwise)}
}

func matchesModule(pattern, name string) bool {
	for _, p := range []string{pattern, underscored(pattern)} { // [a-z] is a range
		if ok, err := path.Match(strings.ReplaceAll(p, "[!", "[^"), name); err == nil && ok {
			return true
		}
	}
	return false
}

func loadsNothing(command string) bool {
	return slices.Contains([]string{"true", "false", ":", "exit"}, path.Base(command))
}

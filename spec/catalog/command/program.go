package command

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Program is the type of programs that the target's shell would find.
var Program = &resource.Type{
	Name:        "program",
	Label:       "name",
	DisplayName: "Program",
	Summary:     "A program in the PATH, or at a path",
	Detail: `A name is searched for along the PATH that the account's session has on the target, and then in
` + "`/usr/local/sbin`, `/usr/local/bin`, `/usr/sbin`, `/usr/bin`, `/sbin` and `/bin`" + `. Entries of the PATH
that are not absolute are left out. The program is the first regular file of that name that the account may
execute; functions, aliases and builtins of shells do not count. A name with slashes is an absolute path, and
only that file is meant.

Where a folder on the way may not be searched, or a file is there that only other users may execute, a program
that is not found elsewhere is unknown; ` + "`become`" + ` helps. A dangling symlink is not a program.

` + "`version`" + ` is the only promise that runs the program: once, with the one argument
` + "`--version`" + `, an empty standard input, and ten seconds. Promise it only of programs that know this
option. It is the first version in what the program prints: a number with a dot, or else the first whole number.
It is unknown if the program prints none, or ends with another status than 0.

On a target without a shell, the folders above are the PATH, and ` + "`version`" + ` is unknown.`,
	Example: `describe "tools" {
  program "rsync" { exists = true }

  program "python3" {
    path    = "/usr/bin/python3"
    version = ge("3.9")
  }

  program "telnet" { exists = false }

  program "/opt/app/bin/server" { exists = true }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name of the program, or its absolute path."},
		resource.Exists("Whether there is such a program."),
		{Name: "path", Kind: resource.Path, Doc: "Where it was found. Symlinks are not resolved."},
		{
			Name: "version", Kind: resource.Version, Probe: programVersion,
			Doc: "The version that it prints with `--version`. Versions compare number by number: `ge(\"1.10\")`.",
		},
	},
	Probe: &resource.Probe{
		Name: "path", Script: findScript + `
for name do
	find_program "$name"
	printf '%s %s\n' "$found" "$at"
done`,
		Words: programWords, Parse: parsePrograms, Files: programsInFiles,
	},
	Prepare: prepareProgram,
}

var programVersion = &resource.Probe{
	Name: "version", Single: true, Slow: true, Words: programWords, Parse: parseProgramVersion,
	Script: findScript + `
find_program "$1"
printf '%s %s\n' "$found" "$at"
[ "$found" = program ] || exit 0
exec 9>&-
"$at" --version 2>&1`,
}

func programWords(p resource.Params) []string { return []string{p.Text("name")} }

func prepareProgram(p resource.Params) error {
	name := p.Text("name")
	switch {
	case name == "" || strings.HasSuffix(name, "/") || strings.Contains(name, "\n"):
		return fmt.Errorf("%q is not the name of a program", name)
	case strings.HasPrefix(name, "~"):
		return fmt.Errorf("%q depends on a shell; write an absolute path", name)
	case strings.Contains(name, "/") && name[0] != '/':
		return fmt.Errorf("%q is a relative path; write the name alone, or an absolute path", name)
	case strings.ContainsAny(name, "*?") || strings.Contains(name, "[") && name != "[": // test has this name, too
		return fmt.Errorf("%q is a pattern; write one name, or use for_each for several", name)
	case strings.ContainsAny(name, " \t\n") && name[0] != '/':
		return fmt.Errorf("%q has a blank; write the name alone, or use command for a command line", name)
	}
	return nil
}

// findScript defines `find_program NAME`. It sets $found to program, absent or unknown, and $at to its path, to a
// note, or to why it is unknown. It uses the shell's own tests: `command -v` finds builtins, and `which` is missing on
// many systems.
const findScript = lookup.ReachScript + `
find_program() {
	found=absent note='' hidden=''
	case $1 in
	/*) try "$1" && return ;;
	*)
		set -f
		IFS=:
		for dir in $PATH; do
			IFS=' '
			case $dir in
			/*) try "${dir%/}/$1" && { set +f; return; } ;;
			esac
		done
		IFS=' '
		set +f
		;;
	esac
	at=$note
	[ -z "$hidden" ] || found=unknown at=$hidden
}
try() {
	reach "$1"
	case $? in
	1) return 1 ;;
	2)
		case $why in
		*"dangling symlink") note=${note:-$why} ;;
		*) hidden=${hidden:-$why} ;;
		esac
		return 1
		;;
	esac
	if [ ! -f "$1" ]; then note=${note:-$1 is not a regular file}
	elif [ -x "$1" ]; then
		found=program at=$1
		return 0
	elif [ "$(id -u)" = 0 ]; then note=${note:-$1 is not executable} # root may execute it if anybody may
	else hidden=${hidden:-$1 is not executable for this user}
	fi
	return 1
}
`

// programFacts are the facts of a line: program, absent or unknown, and the path or the reason.
func programFacts(line string) (resource.Facts, error) {
	found, at, _ := strings.Cut(line, " ")
	switch {
	case found == "program" && strings.HasPrefix(at, "/"):
		return resource.Facts{"exists": resource.Seen(true), "path": resource.Seen(at)}, nil
	case found == "absent" && at == "":
		return resource.Every(resource.Missing("no such program")), nil
	case found == "absent":
		return resource.Every(resource.Missing(at)), nil
	case found == "unknown" && at != "":
		return resource.Every(resource.Unknown(at)), nil
	}
	return nil, fmt.Errorf("%q is not the state of a program", found)
}

func parsePrograms(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	if len(lines) != len(subjects) {
		return nil, fmt.Errorf("%d lines for %d programs", len(lines), len(subjects))
	}
	all := make([]resource.Facts, len(subjects))
	var err error
	for i, line := range lines {
		if all[i], err = programFacts(line); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func parseProgramVersion(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	first, printed, ended := strings.Cut(string(a.Stdout), "\n")
	if len(subjects) != 1 || !ended {
		return nil, errors.New("the answer about the program is malformed")
	}
	facts, err := programFacts(first)
	if err != nil || facts["path"].Value == nil {
		return []resource.Facts{facts}, err
	}
	program := facts["path"].Value.(string)
	fact := resource.Unknown(program + " --version prints no version")
	if a.Status != 0 {
		fact = resource.Unknown(fmt.Sprintf("%s --version ends with status %d", program, a.Status))
	} else if version := versionIn(printed); version != "" {
		fact = resource.Seen(resource.PackageVersion{Text: version})
	}
	return []resource.Facts{{"version": fact}}, nil
}

var (
	dotted = regexp.MustCompile(`[0-9]+(\.[0-9]+)+([.+~-]?[0-9A-Za-z]+)*`)
	whole  = regexp.MustCompile(`\b[0-9]+\b`)
)

// versionIn returns the first version in a text. A number with a dot wins: the first line of perl is "This is perl 5,
// version 36, subversion 0 (v5.36.0)", while less has "less 590".
func versionIn(text string) string {
	if version := dotted.FindString(text); version != "" {
		return version
	}
	return whole.FindString(text)
}

// programFolders are the PATH of a target without a shell.
var programFolders = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

func programsInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	files := lookup.NewFiles(fsys)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		name := p.Text("name")
		places := []string{name}
		if !strings.HasPrefix(name, "/") {
			places = slices.Clone(programFolders)
			for k := range places {
				places[k] = path.Join(places[k], name)
			}
		}
		all[i] = programInFiles(files, places)
	}
	return all
}

func programInFiles(files *lookup.Files, places []string) resource.Facts {
	note, hidden := "no such program", ""
	for _, place := range slices.Backward(places) { // the first place has the last word
		there, unknown := files.Reach(place)
		_, info, err := files.Stat(place, true)
		switch {
		case strings.HasSuffix(unknown, "dangling symlink"):
			note = unknown
		case unknown != "":
			hidden = unknown
		case !there:
		case err != nil:
			hidden = lookup.ReasonOn(err, place)
		case !info.Mode().IsRegular():
			note = place + " is not a regular file"
		case info.Mode()&0o111 == 0:
			note = place + " is not executable"
		}
	}
	for _, place := range places {
		if _, info, err := files.Stat(place, true); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return resource.Facts{"exists": resource.Seen(true), "path": resource.Seen(place)}
		}
	}
	if hidden != "" {
		return resource.Every(resource.Unknown(hidden))
	}
	return resource.Every(resource.Missing(note))
}

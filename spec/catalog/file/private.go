package file

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// statusScript defines `stat_lines FILE...`, which prints one line of stat for each file, one for each folder above any
// of them, and last the line "guards FROM:TO ...": which of the folders lead to each file, or "-" if that is unknown.
// Symlinks are resolved, since what counts is where a file really is.
const statusScript = `
nl='
'
look='%s %b %i %d %f %y %z'
stat_lines() {
	left=$# chains=$nl ranges=
	for p do
		folder_of "$p"
		case $folder in *"$nl"*) ranges="$ranges -"; continue ;; esac
		case $chains in
		*"$nl$folder$nl="*) ;;
		*)
			from=$(($# - left)) d=$folder
			set -- "$@" /
			while [ -n "$d" ]; do
				set -- "$@" "$d"
				d=${d%/*}
			done
			chains=$chains$folder$nl=$from:$(($# - left))$nl
			;;
		esac
		range=${chains#*"$nl$folder$nl="}
		ranges="$ranges ${range%%"$nl"*}"
	done
	stat -L -c "$look" "$@" && printf 'guards%s\n' "$ranges"
}
folder_of() {
	folder=${1%/*} linked=
	d=$folder
	while [ -n "$d" ]; do
		[ ! -h "$d" ] || linked=1
		d=${d%/*}
	done
	# A test of a link with a slash behind it would be one of what it leads to.
	case $folder/ in *//* | */./* | */../*) linked=1 ;; esac
	if [ -h "$1" ]; then
		folder=$(readlink -f "$1" && echo x) || { folder=$nl; return; }
		folder=${folder%?x} folder=${folder%/*}
	elif [ -n "$linked" ]; then
		folder=$(cd -P "$folder/" && pwd -P && echo x) || { folder=$nl; return; }
		folder=${folder%?x} folder=${folder%/}
	fi
} 2>/dev/null
`

// fileGuards are the modes of files, and of the folders that lead to them, as stat_lines printed them.
type fileGuards struct {
	lines  []string // of the files, and after them of the folders
	ranges []string
}

// parseGuards cuts the lines of so many files off the output of stat_lines. Without the rest, privacy is unknown.
func parseGuards(text string, files int) (status []string, g fileGuards, ok bool) {
	lines := lookup.FileLines(text)
	if len(lines) < files {
		return nil, g, false
	}
	g.lines = lines
	if rest, found := strings.CutPrefix(lines[len(lines)-1], "guards "); found {
		g.lines, g.ranges = lines[:len(lines)-1], strings.Fields(rest)
	}
	return lines[:files], g, len(g.ranges) == files || len(g.ranges) == 0 && len(g.lines) == files
}

// private reports whether a target keeps one of so many files from other users: by its mode, or by that of a folder
// that leads to it. If that is unknown, it reports true.
func (g fileGuards) private(file, files int) bool {
	// In doubt a file is private: a report can show it later, and cannot take it back.
	if len(g.lines) <= file || lacks(g.lines[file], 0o004) || len(g.ranges) <= file {
		return true
	}
	from, to, _ := strings.Cut(g.ranges[file], ":")
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || first < 0 || first >= last || files+last > len(g.lines) {
		return true
	}
	return slices.ContainsFunc(g.lines[files+first:files+last], func(line string) bool { return lacks(line, 0o001) })
}

// lacks reports whether the mode in a line of stat lacks a bit, or is malformed.
func lacks(line string, bit uint64) bool {
	field := strings.Fields(line)
	if len(field) < 7 {
		return true
	}
	mode, err := strconv.ParseUint(field[4], 16, 32)
	return err != nil || mode&bit == 0
}

// keepPrivate marks facts as private.
func keepPrivate(facts resource.Facts, private bool) resource.Facts {
	for name, fact := range facts {
		fact.Private = private && fact.Value != nil
		facts[name] = fact
	}
	return facts
}

// private reports whether a target keeps a file from other users: by its mode, or by that of a folder that leads to it.
func (f seenFile) private() bool {
	if f.info.Mode()&0o004 == 0 {
		return true
	}
	name, err := lookup.RealName(f.target.FS, f.name)
	if err != nil {
		return true
	}
	for at := path.Dir(name); ; at = path.Dir(at) {
		info, err := fs.Stat(f.target.FS, at)
		// Other users cannot get past a folder without this bit, whatever the mode of the file.
		if err != nil || info.Mode()&0o001 == 0 {
			return true
		}
		if at == "." {
			return false
		}
	}
}

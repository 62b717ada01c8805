package resource

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// guardScript defines `guard PATH`, which sets $guard to " closed" where a folder on the way to a file keeps other users
// out, or where nobody can tell, and to "" elsewhere. What it learns of a folder it keeps in $ajar and $shut.
const guardScript = `
nl='
' ajar= shut=
guard() {
	guard=' closed' folder=${1%/*}
	if [ -h "$1" ]; then
		folder=$(readlink -f "$1" && echo x) || return 0
		folder=${folder%?x} folder=${folder%/*}
	fi
	case $folder in
	*"$nl"*) ;;
	*)
		case $nl$shut in *"$nl$folder$nl"*) return ;; esac
		case $nl$ajar in *"$nl$folder$nl"*) guard=; return ;; esac
		;;
	esac
	if open_to_all "$folder"; then guard= ajar=$ajar$folder$nl; else shut=$shut$folder$nl; fi
}
open_to_all() {
	modes=$(
		cd -P "$1/" && d=$(pwd -P && echo x) || exit
		d=${d%?x}
		set -- /
		while [ -n "$d" ]; do
			set -- "$@" "$d"
			d=${d%/*}
		done
		stat -L -c %a "$@"
	) 2>/dev/null || return
	for way in $modes; do
		case $way in *[1357]) ;; *) return 1 ;; esac
	done
}
`

// isPrivate tells from its mode, and from what the script's guard says, whether a target keeps a file from other users.
// Where the mode is not known, it may.
func isPrivate(mode, guard string) bool {
	bits, err := strconv.ParseUint(mode, 16, 32)
	return err != nil || bits&0o004 == 0 || guard != ""
}

// keepPrivate marks facts as private.
func (f Facts) keepPrivate(private bool) Facts {
	for name, fact := range f {
		fact.Private = private && fact.Value != nil
		f[name] = fact
	}
	return f
}

// private tells whether a target keeps a file from other users: by its mode, or by that of a folder that leads to it.
func (f seenFile) private() bool {
	if f.info.Mode()&0o004 == 0 {
		return true
	}
	name, err := realName(f.target.fsys, f.name)
	if err != nil {
		return true
	}
	for at := path.Dir(name); ; at = path.Dir(at) {
		info, err := fs.Stat(f.target.fsys, at)
		if err != nil || info.Mode()&0o001 == 0 {
			return true
		}
		if at == "." {
			return false
		}
	}
}

// realName is a name without symlinks in it.
func realName(fsys fs.FS, name string) (string, error) {
	done, todo := ".", strings.Split(name, "/")
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		next := path.Join(done, part)
		if part == ".." || part == "" || part == "." {
			done = strings.TrimPrefix(path.Join("/", next), "/")
			continue
		}
		info, err := fs.Lstat(fsys, next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		target, err := fs.ReadLink(fsys, next)
		if links++; err != nil || links > maxLinks {
			return "", &fs.PathError{Op: "readlink", Path: next, Err: syscall.ELOOP}
		}
		if strings.HasPrefix(target, "/") {
			done = "."
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return path.Join(".", done), nil
}

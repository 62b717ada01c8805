package lookup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ConfigFile is a configuration file of a target, or a folder of them.
type ConfigFile struct {
	Path    string
	Content string
	Absent  bool
	Unknown string // why it could not be read
	folder  bool
}

// IsFolder reports whether this is a folder, whose files are beside it in the bundle.
func (f ConfigFile) IsFolder() bool { return f.folder }

// Bundle are the configuration files that decide one thing: a file and its drop-in folders, or several places.
type Bundle []ConfigFile

// BundleScript defines `bundle PATH...`, which prints files, and the files in folders, each as
//
//	kind NUL path NUL content, or why it is unknown NUL
//
// The kinds are file, folder, absent, unknown, and masked for a device: a symlink to /dev/null takes the place of a
// file of the same name in another folder.
const BundleScript = ReachScript + `
bundle() {
  for place do
    reach "$place"
    case $? in
      1) printf 'absent\0%s\0\0' "$place"; continue ;;
      2) printf 'unknown\0%s\0%s\0' "$place" "$why"; continue ;;
    esac
    if [ ! -d "$place" ]; then
      bundled "$place"
    elif [ -r "$place" ] && [ -x "$place" ]; then
      printf 'folder\0%s\0\0' "$place"
      for inside in "$place"/*; do bundled "$inside"; done
    else
      printf 'unknown\0%s\0permission denied on %s\0' "$place" "$place"
    fi
  done
}
bundled() {
  if [ -d "$1" ]; then :
  elif [ -c "$1" ]; then printf 'masked\0%s\0\0' "$1"
  elif [ ! -e "$1" ] && [ ! -h "$1" ]; then : # a folder without files: the pattern itself
  elif [ ! -e "$1" ]; then printf 'unknown\0%s\0%s is a dangling symlink\0' "$1" "$1"
  elif [ ! -f "$1" ]; then printf 'unknown\0%s\0%s is not a regular file\0' "$1" "$1"
  elif [ ! -r "$1" ]; then printf 'unknown\0%s\0permission denied on %s\0' "$1" "$1"
  else
    printf 'file\0%s\0' "$1"
    cat "$1" || cannot "$1 could not be read"
    printf '\0'
  fi
}
`

// ParseBundle parses what BundleScript prints. A file with a NUL in it makes no sense as configuration, and none of the
// answer can be trusted then.
func ParseBundle(out []byte) (Bundle, error) {
	fields := strings.Split(string(out), "\x00")
	if len(fields)%3 != 1 || fields[len(fields)-1] != "" {
		return nil, errors.New("the configuration files cannot be distinguished")
	}
	var bundle Bundle
	for f := range slices.Chunk(fields[:len(fields)-1], 3) {
		file := ConfigFile{Path: f[1]}
		switch f[0] {
		case "file":
			file.Content = f[2]
		case "folder":
			file.folder = true
		case "absent":
			file.Absent = true
		case "unknown":
			file.Unknown = f[2]
		case "masked":
		default:
			return nil, fmt.Errorf("%q is not a kind of file", f[0])
		}
		bundle = append(bundle, file)
	}
	return bundle, nil
}

// Bundle reads files, and the files in folders, as BundleScript does.
func (t *Files) Bundle(places ...string) Bundle {
	var bundle Bundle
	for _, place := range places {
		there, unknown := t.Reach(place)
		_, info, err := t.Stat(place, true)
		switch {
		case unknown != "":
			bundle = append(bundle, ConfigFile{Path: place, Unknown: unknown})
		case !there:
			bundle = append(bundle, ConfigFile{Path: place, Absent: true})
		case err == nil && info.IsDir():
			bundle = append(bundle, t.folder(place)...)
		default:
			bundle = append(bundle, t.config(place)...)
		}
	}
	return bundle
}

func (t *Files) folder(place string) Bundle {
	names, err := t.List(place)
	if err != nil {
		return Bundle{{Path: place, Unknown: err.Error()}}
	}
	bundle := Bundle{{Path: place, folder: true}}
	for _, name := range names {
		if !strings.HasPrefix(name, ".") {
			bundle = append(bundle, t.config(place+"/"+name)...)
		}
	}
	return bundle
}

// config returns a file; nothing for a folder.
func (t *Files) config(place string) Bundle {
	_, info, err := t.Stat(place, true)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil && info.Mode()&fs.ModeCharDevice != 0:
		return Bundle{{Path: place}}
	}
	content, err := t.Read(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Bundle{{Path: place, Unknown: place + " is a dangling symlink"}}
	case err != nil:
		return Bundle{{Path: place, Unknown: err.Error()}}
	}
	return Bundle{{Path: place, Content: content}}
}

// File returns a file of the bundle by its path.
func (b Bundle) File(at string) ConfigFile {
	i := slices.IndexFunc(b, func(f ConfigFile) bool { return f.Path == at })
	if i < 0 {
		return ConfigFile{Path: at, Absent: true}
	}
	return b[i]
}

// DropIns returns the files of drop-in folders whose names have the suffix, in the order of their names, wherever they
// are. Of several with one name, the one in the first of the folders counts. A folder that cannot be read is a
// file that is unknown, and comes first.
func (b Bundle) DropIns(suffix string, folders ...string) []ConfigFile {
	var files, unread []ConfigFile
	known := map[string]bool{}
	for _, folder := range folders {
		if at := b.File(folder); at.Unknown != "" {
			unread = append(unread, at)
		}
		for _, f := range b {
			name := path.Base(f.Path)
			if path.Dir(f.Path) != folder || f.folder || !strings.HasSuffix(name, suffix) || known[name] {
				continue
			}
			known[name] = true
			files = append(files, f)
		}
	}
	slices.SortStableFunc(files, func(a, b ConfigFile) int {
		return strings.Compare(path.Base(a.Path), path.Base(b.Path))
	})
	return append(unread, files...)
}

package account

import (
	"strconv"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

var (
	userLocal = &resource.Probe{
		Name: "local", Script: localScript + "locals passwd \"$@\"\n", Words: lookup.ByName,
		Parse: lookup.Users.Parse(localsPrinted), Files: lookup.Users.Files(localInFiles),
	}
	groupLocal = &resource.Probe{
		Name: "local", Script: localScript + "locals group \"$@\"\n", Words: lookup.ByName,
		Parse: lookup.Groups.Parse(localsPrinted), Files: lookup.Groups.Files(localInFiles),
	}
)

// localScript defines `locals DATABASE NAME...`, which prints the entries of the names from all sources, and then those
// in the file.
const localScript = lookup.LookupScript + `
locals() {
  lookup "$@"
  show "$found"
  file=/etc/$1 found=
  shift
  if [ ! -e "$file" ]; then echo "nofile 0 absent"
  elif [ ! -f "$file" ]; then echo "nofile 0 $file is not a regular file"
  elif [ ! -r "$file" ]; then echo "nofile 0 permission denied on $file"
  else
    scan "$@"
    i=0
    for name do
      entry "$name" "$found" && echo "infile $i yes"
      i=$((i + 1))
    done
  fi
  :
}
`

func localsPrinted(out string) lookup.EntryFacts {
	lines := lookup.Indexed(out, "infile")
	why := lookup.Indexed(out, "nofile")["0"]
	return func(i int, _ []string) resource.Facts {
		if why != "" && why != "absent" {
			return resource.Every(resource.Unknown(why))
		}
		return resource.Facts{"local": resource.Seen(lines[strconv.Itoa(i)] == "yes")}
	}
}

// localInFiles is true for each entry: the files are all that there is.
func localInFiles(*lookup.Files, []resource.Params) lookup.EntryFacts {
	return func(int, []string) resource.Facts { return resource.Facts{"local": resource.Seen(true)} }
}

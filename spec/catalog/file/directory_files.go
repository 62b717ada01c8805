package file

import (
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// entriesInFiles are the names in a directory; of what is none nothing is asked.
func entriesInFiles(f seenFile) resource.Facts {
	if f.kind != "directory" {
		return nil
	}
	names, err := f.target.Names(f.name)
	if err != nil {
		return resource.Every(resource.Unknown(lookup.ReasonOn(err, f.path())), "entries", "empty")
	}
	return entryFacts(names)
}

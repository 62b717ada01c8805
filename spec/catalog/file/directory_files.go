package file

import (
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// entriesInFiles returns the names in a directory; for other kinds of files they are missing.
func entriesInFiles(f seenFile) resource.Facts {
	if f.kind != "directory" {
		return nil
	}
	names, err := f.target.Names(f.name)
	if err != nil {
		return resource.Every(resource.Unknown(lookup.ReasonOn(err, f.path())))
	}
	return entryFacts(names)
}

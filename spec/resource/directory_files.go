package resource

import (
	"io/fs"
	"slices"
)

// entriesInFiles are the names in a directory; of what is none nothing is asked.
func entriesInFiles(f seenFile) Facts {
	if f.kind != "directory" {
		return nil
	}
	names, err := f.target.names(f.name)
	if err != nil {
		return Every(Unknown(whyNotOn(err, f.path())), "entries", "empty")
	}
	return entryFacts(names)
}

// names are the names in a directory, sorted.
func (t *targetFiles) names(directory string) ([]string, error) {
	found, err := fs.ReadDir(t.fsys, directory)
	names := []string{}
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	slices.Sort(names)
	return names, err
}

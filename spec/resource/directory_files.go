package resource

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

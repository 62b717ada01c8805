package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// finding is the result for one file, between a run and now.
type finding struct {
	word string // same, different, missing, additional
	path string
	note string
}

func verifyRun(w io.Writer, run record.Saved, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, err := spec.Sums(paths)
	if err != nil {
		return err
	}
	same := true
	var b strings.Builder
	for _, f := range append(compareFiles(run.Start().Files, files), compareReads(run.Start().Reads)...) {
		same = same && f.word == "same"
		fmt.Fprintf(&b, "%-10s %s%s\n", f.word, spec.Printable(f.path), spec.Printable(f.note))
	}
	words := "was made from exactly these specs"
	if !same {
		words = "was not made from exactly these specs"
	}
	// The options decide, too, which promises a run has, and of which targets.
	if set := run.Start().Variables; len(set) > 0 {
		words += "; variables set from outside: " + strings.Join(set, ", ")
	}
	if moved := run.Start().Moved; len(moved) > 0 {
		words += "; addresses changed by -t: " + strings.Join(moved, ", ")
	}
	missing := leftOut(run)
	if missing != "" {
		words += "; it does not cover all that they promise: " + missing
	}
	fmt.Fprintf(&b, "%s, of %s, %s\n", spec.Printable(run.Name), spec.Printable(run.Start().Time), spec.Printable(words))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return withoutBrokenPipe(err)
	}
	if !same || missing != "" {
		return verdict(exitBroken)
	}
	return nil
}

// leftOut returns why a run does not cover all promises of its specs; "" if it does.
func leftOut(run record.Saved) string {
	switch {
	case run.Start().Planned:
		return "nothing was checked"
	case run.Start().Scope != nil:
		return run.Start().Caveat()
	case !run.End().Complete:
		return "it is incomplete"
	case run.End().Stopped:
		return "it stopped at the first broken promise (--fail-fast)"
	}
	return ""
}

// compareReads compares the files that the spec read beside its own. The run has no sum of a secret one.
func compareReads(reads []record.File) []finding {
	var list []finding
	for _, r := range reads {
		if r.SHA256 == "" {
			continue
		}
		f := finding{word: "same", path: r.Path, note: " (read by the spec)"}
		switch sum, err := spec.Sum(r.Path); {
		case err != nil:
			f.word = "missing"
		case sum != r.SHA256:
			f.word = "different"
		}
		list = append(list, f)
	}
	return list
}

// compareFiles matches files by their contents, and the rest by their names.
func compareFiles(ran []record.File, here []*spec.File) []finding {
	sameContent := func(r record.File, f *spec.File) bool { return r.SHA256 == f.SHA256 }
	samePath := func(r record.File, f *spec.File) bool { return filepath.Clean(r.Path) == filepath.Clean(f.Path) }
	sameName := func(r record.File, f *spec.File) bool { return filepath.Base(r.Path) == filepath.Base(f.Path) }
	sameFile := func(r record.File, f *spec.File) bool { return sameContent(r, f) && samePath(r, f) }
	left, found := slices.Clone(ran), make([]finding, len(here))
	// The strictest comparison comes first: of two equal files, each keeps its own path.
	for _, fits := range []func(record.File, *spec.File) bool{sameFile, sameContent, samePath, sameName} {
		for i, f := range here {
			at := slices.IndexFunc(left, func(r record.File) bool { return found[i].word == "" && fits(r, f) })
			if at < 0 {
				continue
			}
			found[i] = finding{word: "different", path: f.Path}
			if sameContent(left[at], f) {
				found[i].word = "same"
			}
			if !samePath(left[at], f) {
				found[i].note = fmt.Sprintf(" (moved: the run read it as %s)", left[at].Path)
			}
			left = slices.Delete(left, at, at+1) // each file of the run is used once
		}
	}
	for i, f := range here {
		if found[i].word == "" {
			found[i] = finding{word: "additional", path: f.Path, note: " (not in the run)"}
		}
	}
	for _, f := range left {
		found = append(found, finding{word: "missing", path: f.Path, note: " (the run read it)"})
	}
	return found
}

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

// verifyRun reports whether each file is the one that the run was made from.
func verifyRun(w io.Writer, run record.Saved, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, err := spec.Sums(paths)
	if err != nil {
		return err
	}
	same := true
	for _, f := range append(compareFiles(run.Start().Files, files), comparedReads(run.Start().Reads)...) {
		same = same && f.word == "same"
		if _, err := fmt.Fprintf(w, "%-10s %s%s\n", f.word, spec.Printable(f.path), spec.Printable(f.note)); err != nil {
			return withoutBrokenPipe(err)
		}
	}
	return concluded(w, run, same)
}

func concluded(w io.Writer, run record.Saved, same bool) error {
	words := "was made from exactly these specs"
	if !same {
		words = "was not made from exactly these specs"
	}
	words += chosen(run.Start())
	missing := leftOut(run)
	if missing != "" {
		words += "; it does not cover all that they promise: " + missing
	}
	_, err := fmt.Fprintf(w, "%s, of %s, %s\n",
		spec.Printable(run.Name), spec.Printable(run.Start().Time), spec.Printable(words))
	if err != nil {
		return withoutBrokenPipe(err)
	}
	if !same || missing != "" {
		return verdict(exitBroken)
	}
	return nil
}

// chosen describes the options of a run that decide which promises it has, and of which targets.
func chosen(start *record.Start) string {
	words := ""
	if len(start.Variables) > 0 {
		words += "; variables set from outside: " + strings.Join(start.Variables, ", ")
	}
	if len(start.Moved) > 0 {
		words += "; addresses changed by -t: " + strings.Join(start.Moved, ", ")
	}
	return words
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

// comparedReads compares the files that the spec read beside its own. The run has no sum of a secret one.
func comparedReads(reads []record.File) []finding {
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
	m := &matching{ran: slices.Clone(ran), found: make([]finding, len(here))}
	for _, fits := range []func(record.File, *spec.File) bool{sameFile, sameContent, samePath, sameName} {
		m.pass(here, fits)
	}
	for i, f := range here {
		if m.found[i].word == "" {
			m.found[i] = finding{word: "additional", path: f.Path, note: " (not in the run)"}
		}
	}
	for _, f := range m.ran {
		m.found = append(m.found, finding{word: "missing", path: f.Path, note: " (the run read it)"})
	}
	return m.found
}

func sameFile(r record.File, f *spec.File) bool    { return sameContent(r, f) && samePath(r, f) }
func sameContent(r record.File, f *spec.File) bool { return r.SHA256 == f.SHA256 }
func samePath(r record.File, f *spec.File) bool {
	return filepath.Clean(r.Path) == filepath.Clean(f.Path)
}

func sameName(r record.File, f *spec.File) bool {
	return filepath.Base(r.Path) == filepath.Base(f.Path)
}

// matching are the files of a run without a match, and the findings of those that are here.
type matching struct {
	ran   []record.File
	found []finding
}

// pass matches files that were not matched before; each file of the run is used once.
func (m *matching) pass(here []*spec.File, fits func(record.File, *spec.File) bool) {
	for i, f := range here {
		at := slices.IndexFunc(m.ran, func(r record.File) bool { return m.found[i].word == "" && fits(r, f) })
		if at < 0 {
			continue
		}
		m.found[i] = matched(m.ran[at], f)
		m.ran = slices.Delete(m.ran, at, at+1)
	}
}

func matched(r record.File, f *spec.File) finding {
	found := finding{word: "different", path: f.Path}
	if sameContent(r, f) {
		found.word = "same"
	}
	if !samePath(r, f) {
		found.note = fmt.Sprintf(" (moved: the run read it as %s)", r.Path)
	}
	return found
}

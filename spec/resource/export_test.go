package resource

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)


// Words are the kinds of states.
var Words = []*Kind{unitStates, unitFileWord, packageStates, containerStates, fileType}

// RecordedValues are the values of all recordings, by TYPE.ATTRIBUTE.
func RecordedValues(t testing.TB) map[string][]any {
	t.Helper()
	values := map[string][]any{}
	add := func(typ *Type, all []Facts) {
		for _, facts := range all {
			for name, fact := range facts {
				if fact.Value != nil {
					values[typ.Name+"."+name] = append(values[typ.Name+"."+name], fact.Value)
				}
			}
		}
	}
	for _, typ := range All.Types {
		files, _ := filepath.Glob(filepath.Join("testdata", typ.Name, "*"))
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			add(typ, recordedFacts(typ, file, raw))
		}
	}
	return values
}

func recordedFacts(typ *Type, file string, raw []byte) []Facts {
	var all []Facts
	var recordings []fileRecording
	switch {
	case filepath.Ext(file) == ".txt":
		part := map[string]string{}
		for _, f := range txtar.Parse(raw).Files {
			part[f.Name] = string(f.Data)
		}
		probe := typ.Probes[0]
		if name := strings.TrimSpace(part["probe"]); name != "" {
			probe = typ.Probes[slices.IndexFunc(typ.Probes, func(p Probe) bool { return p.Name == name })]
		}
		all, _ = probe.Parse(recordedAnswer(part), recordedSubjects(part["subjects"]))
	case typ == Image && filepath.Ext(file) == ".json":
		all, _ = Image.Probes[0].Metadata(raw, []Params{{}})
	case filepath.Ext(file) == ".json" && json.Unmarshal(raw, &recordings) == nil:
		for _, r := range recordings {
			_, probe := r.types()
			facts, _ := probe.Parse(Answer{Stdout: []byte(r.Stdout), Stderr: []byte(r.Stderr), Status: r.Status}, r.params())
			all = append(all, facts...)
		}
	}
	return all
}

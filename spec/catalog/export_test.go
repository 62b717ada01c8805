package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/avow-dev/avow/spec/catalog/container"
	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/resource"
)

// Words are the kinds of states.
var Words = []*resource.Kind{resource.UnitStates, resource.UnitFileWord, resource.PackageStates, resource.ContainerStates, file.FileType}

// RecordedValues are the values of all recordings, by TYPE.ATTRIBUTE.
func RecordedValues(t testing.TB) map[string][]any {
	t.Helper()
	values := map[string][]any{}
	add := func(typ *resource.Type, all []resource.Facts) {
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

func recordedFacts(typ *resource.Type, file string, raw []byte) []resource.Facts {
	var all []resource.Facts
	var recordings []fileRecording
	switch {
	case filepath.Ext(file) == ".txt":
		part := map[string]string{}
		for _, f := range txtar.Parse(raw).Files {
			part[f.Name] = string(f.Data)
		}
		probe := probeNamed(typ, strings.TrimSpace(part["probe"]))
		all, _ = probe.Parse(recordedAnswer(part), recordedSubjects(part["subjects"]))
	case typ == container.Image && filepath.Ext(file) == ".json":
		all, _ = container.Image.Probes()[0].Metadata(raw, []resource.Params{{}})
	case filepath.Ext(file) == ".json" && json.Unmarshal(raw, &recordings) == nil:
		for _, r := range recordings {
			_, probe := r.types()
			facts, _ := probe.Parse(resource.Answer{Stdout: []byte(r.Stdout), Stderr: []byte(r.Stderr), Status: r.Status}, r.params())
			all = append(all, facts...)
		}
	}
	return all
}

package catalog

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestRecordings checks the parsers of every type against testdata/TYPE/*.txt: each has the subjects (a line
// each: KEY=VALUE, separated by blanks), the answer's stdout, stderr, aside, status and elapsed, and the facts that
// it means. The part "probe" names another probe than the type's first. AVOW_UPDATE=1 writes the facts anew.
func TestRecordings(t *testing.T) {
	for _, typ := range All.Types {
		files, _ := filepath.Glob(filepath.Join("testdata", typ.Name, "*"))
		if len(files) == 0 && typ.AliasOf == nil && typ.Probes()[0].Parse != nil {
			t.Errorf("no recording of %s", typ.Name)
		}
		for _, file := range files {
			if filepath.Ext(file) == ".txt" {
				t.Run(typ.Name+"/"+filepath.Base(file), func(t *testing.T) { testRecording(t, file, typ) })
			}
		}
	}
}

func testRecording(t *testing.T, file string, typ *resource.Type) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]string{}
	for _, f := range archive.Files {
		part[f.Name] = string(f.Data)
	}
	subjects := recordedSubjects(part["subjects"])
	probe := probeNamed(typ, strings.TrimSpace(part["probe"]))
	facts, err := probe.Parse(recordedAnswer(part), subjects)
	facts = catalogtest.Complete(typ, probe, facts)
	got := catalogtest.DescribeFacts(typ, typ.Label, subjects, facts, err)
	if os.Getenv("AVOW_UPDATE") != "" {
		archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "facts" })
		archive.Files = append(archive.Files, txtar.File{Name: "facts", Data: []byte(got)})
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(part["facts"], got); diff != "" {
		t.Error(diff)
	}
}

// probeNamed returns the probe with a name, or the type's first.
func probeNamed(typ *resource.Type, name string) *resource.Probe {
	all := typ.Probes()
	return all[max(0, slices.IndexFunc(all, func(p *resource.Probe) bool { return p.Name == name }))]
}

func recordedSubjects(text string) []resource.Params {
	var subjects []resource.Params
	for line := range strings.Lines(text) {
		subject := resource.Params{}
		for _, word := range strings.Fields(line) {
			key, value, _ := strings.Cut(word, "=")
			subject[key] = value
			if key == "properties" {
				subject[key] = strings.Split(value, ",")
			}
			if key == "timeout" {
				subject[key], _ = time.ParseDuration(value)
			}
		}
		subjects = append(subjects, subject)
	}
	return subjects
}

func recordedAnswer(part map[string]string) resource.Answer {
	status, _ := strconv.Atoi(strings.TrimSpace(part["status"]))
	elapsed, _ := time.ParseDuration(strings.TrimSpace(part["elapsed"]))
	return resource.Answer{
		Stdout: []byte(part["stdout"]), Stderr: []byte(part["stderr"]), Aside: strings.TrimSpace(part["aside"]),
		Status: status, Elapsed: elapsed,
	}
}

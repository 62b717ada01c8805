package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/resource"
)

// fuzzProbes are the probes of both types, by number.
func fuzzProbes() []*resource.Probe { return append(file.File.Probes(), file.Directory.Probes()...) }

// FuzzFile gives every parser of files and directories any answer. They never panic; without an error
// there is one Facts for each subject; and each fact is exactly one of the three.
func FuzzFile(f *testing.F) {
	seedFile(f)
	f.Fuzz(func(t *testing.T, number int, out, errs []byte, status int, path string, count int) {
		probes := fuzzProbes()
		probe := probes[uint(number)%uint(len(probes))]
		subjects := make([]resource.Params, uint(count)%4)
		for i := range subjects {
			subjects[i] = resource.Params{"path": path, "follow": i%2 == 0, "readable_by": []string{"alice", "others"}}
		}
		facts, err := probe.Parse(resource.Answer{Stdout: out, Stderr: errs, Status: status}, subjects)
		if err != nil {
			return
		}
		if len(facts) != len(subjects) {
			t.Fatalf("%s: %d facts of %d subjects", probe.Name, len(facts), len(subjects))
		}
		for _, found := range facts {
			checkFacts(t, probe, found)
		}
	})
}

func checkFacts(t *testing.T, probe *resource.Probe, found resource.Facts) {
	typ := file.File
	if !slices.Contains(typ.Probes(), probe) {
		typ = file.Directory
	}
	for name, fact := range typ.Complete(probe, found) {
		set := 0
		for _, is := range []bool{fact.Value != nil, fact.Missing != "", fact.Unknown != ""} {
			if is {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("%s: %s is %+v", probe.Name, name, fact)
		}
		if fact.Value != nil {
			_ = typ.Attribute(name).Kind.Quote(fact.Value)
		}
	}
}

// seedFile adds what was recorded.
func seedFile(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.json")
	for _, file := range files {
		var recordings []fileRecording
		raw, _ := os.ReadFile(file)
		if json.Unmarshal(raw, &recordings) != nil {
			continue
		}
		for _, r := range recordings {
			for i, p := range fuzzProbes() {
				if p.Name == r.Probe {
					path, _ := r.Subjects[0]["path"].(string)
					f.Add(i, []byte(r.Stdout), []byte(r.Stderr), r.Status, path, len(r.Subjects))
				}
			}
		}
	}
	f.Add(0, []byte("absent 99999999999\n\x00stat: x: Permission denied\n\x00"), []byte{}, 0, "/a/b", 1)
	f.Add(3, []byte("file\nfile\n\x00\x00together\x00ok\nok\n\x005 8 1 2 81a4 a b c d\n3 8 1 2 81a4 a b c d\n\x00helloabc\x005 8 1 2 81a4 a b c d\n3 8 1 2 81a4 a b c d\n\x00"), []byte{}, 0, "/a", 2)
}

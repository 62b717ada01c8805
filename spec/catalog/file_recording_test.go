package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/resource"
)

// fileRecording is what a probe once printed, and the facts that it means. AVOW_UPDATE=1 writes the facts
// anew; AVOW_RECORD=1 asks this machine again.
type fileRecording struct {
	Type, Probe    string
	Subjects       []map[string]any
	Stdout, Stderr string
	Status         int
	Error          string              `json:",omitempty"`
	Facts          []map[string]string `json:",omitempty"`
}

func TestFileRecordings(t *testing.T) {
	files, _ := filepath.Glob("testdata/file/*.json")
	more, _ := filepath.Glob("testdata/directory/*.json")
	if len(files) < 3 || len(more) < 2 {
		t.Fatal("recordings are missing")
	}
	for _, file := range append(files, more...) {
		t.Run(file, func(t *testing.T) { replayFile(t, file) })
	}
}

func replayFile(t *testing.T, file string) {
	var recordings []fileRecording
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &recordings); err != nil {
		t.Fatal(err)
	}
	for i := range recordings {
		r := &recordings[i]
		want := *r
		r.replay()
		if diff := cmp.Diff(want, *r); diff != "" && os.Getenv("AVOW_UPDATE") == "" {
			t.Errorf("%s %s: %s", r.Type, r.Probe, diff)
		}
	}
	if os.Getenv("AVOW_UPDATE") != "" {
		saveRecordings(t, file, recordings)
	}
}

func saveRecordings(t *testing.T, file string, recordings []fileRecording) {
	t.Helper()
	raw, err := json.MarshalIndent(recordings, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (r *fileRecording) types() (*resource.Type, *resource.Probe) {
	typ := map[string]*resource.Type{"file": file.File, "directory": file.Directory}[r.Type]
	return typ, probeNamed(typ, r.Probe)
}

// params are the subjects in the Go types of their kinds.
func (r *fileRecording) params() []resource.Params {
	var all []resource.Params
	for _, subject := range r.Subjects {
		p := resource.Params{}
		for key, value := range subject {
			switch value := value.(type) {
			case float64:
				p[key] = resource.Int(int64(value))
			case []any:
				users := []string{}
				for _, user := range value {
					users = append(users, user.(string))
				}
				p[key] = users
			default:
				p[key] = value
			}
		}
		all = append(all, p)
	}
	return all
}

func (r *fileRecording) replay() {
	typ, probe := r.types()
	answer := resource.Answer{Stdout: []byte(r.Stdout), Stderr: []byte(r.Stderr), Status: r.Status, Elapsed: time.Second}
	facts, err := probe.Parse(answer, r.params())
	facts = catalogtest.Complete(typ, probe, facts)
	r.Facts, r.Error = nil, ""
	if err != nil {
		r.Error = err.Error()
	}
	for _, found := range facts {
		said := map[string]string{}
		for name, fact := range found {
			said[name] = sayFact(typ.Attribute(name).Kind, fact)
		}
		r.Facts = append(r.Facts, said)
	}
}

func sayFact(kind *resource.Kind, fact resource.Fact) string {
	said := "missing: " + fact.Missing
	switch {
	case fact.Value != nil:
		said = kind.Quote(fact.Value)
	case fact.Unknown != "":
		said = "unknown: " + fact.Unknown
	}
	if fact.Note != "" {
		said += " (" + fact.Note + ")"
	}
	return said
}

// TestFileRecord makes the recordings of this machine, as root, and of its BusyBox.
func TestFileRecord(t *testing.T) {
	if os.Getenv("AVOW_RECORD") == "" {
		t.Skip("AVOW_RECORD is not set")
	}
	dir := "/tmp/avow-recorded"
	catalogtest.Arrange(t, "sh", "-c", `rm -rf "$1"; mkdir -p "$1/sub"; cd "$1"; printf 'hello\n' >file; printf 'a\0b' >'a b'; : >empty; ln -s file link; ln -s nowhere dangling
		mkfifo fifo; chmod 4755 file; chown 12345:54321 empty; touch -d 2024-02-29T12:00:00Z file empty 'a b' sub; chmod 1777 sub; touch sub/.hidden "sub/new
line"`, "sh", dir)
	recordOn(t, "debian", dir, []string{"dash"}, nil)
	recordOn(t, "busybox", dir, []string{"busybox", "ash"}, []string{"PATH=" + catalogtest.BusyboxPath(t)})
}

func recordOn(t *testing.T, system, dir string, shell, env []string) {
	for _, typ := range []*resource.Type{file.File, file.Directory} {
		var all []fileRecording
		for i := range typ.Probes() {
			all = append(all, recordProbe(t, typ, typ.Probes()[i], dir, shell, env)...)
		}
		saveRecordings(t, filepath.Join("testdata", typ.Name, system+".json"), all)
	}
}

func recordProbe(t *testing.T, typ *resource.Type, probe *resource.Probe, dir string, shell, env []string) []fileRecording {
	var subjects []map[string]any
	for _, name := range []string{"file", "a b", "empty", "link", "dangling", "fifo", "sub", "none"} {
		subjects = append(subjects, map[string]any{"path": dir + "/" + name})
	}
	if probe.Name == "access" {
		subjects[0]["readable_by"], subjects[2]["writable_by"] = []any{"nobody", "others"}, []any{"nosuchuser"}
	}
	subjects = append(subjects, map[string]any{"path": dir + "/link", "follow": false})
	groups := [][]map[string]any{subjects}
	if probe.Single {
		groups = slices.Collect(slices.Chunk(subjects, 1))
	}
	var all []fileRecording
	for _, group := range groups {
		r := fileRecording{Type: typ.Name, Probe: probe.Name, Subjects: group}
		answer, reason := catalogtest.RunScript(t, shell, probe, env, r.params()...)
		if reason == "" {
			r.Stdout, r.Stderr, r.Status = string(answer.Stdout), string(answer.Stderr), answer.Status
			r.replay()
			all = append(all, r)
		}
	}
	return all
}

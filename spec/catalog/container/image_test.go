package container

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestImageRecordings holds the facts of images that were recorded from an engine to testdata/image/*.facts;
// AVOW_UPDATE=1 writes them anew.
func TestImageRecordings(t *testing.T) {
	files, _ := filepath.Glob("../testdata/image/*.json")
	if len(files) == 0 {
		t.Fatal("no recording of an image")
	}
	for _, file := range files {
		object, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		subjects := []resource.Params{{"name": "this"}}
		facts, err := Image.Probes()[0].Metadata(object, subjects)
		got := catalogtest.DescribeFacts(Image, "name", subjects, facts, err)
		golden := strings.TrimSuffix(file, ".json") + ".facts"
		if os.Getenv("AVOW_UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got {
			t.Errorf("%s: %v %s", file, err, cmp.Diff(string(want), got))
		}
	}
}

// TestImageThatSaysNothing: what is no image at all is unknown, what an image leaves out is empty, and what every
// image has is unknown where nobody says it.
func TestImageThatSaysNothing(t *testing.T) {
	for _, rubbish := range []string{"", "null", "[]", "{}", `"x"`, `{"Id":"x"}`, `{"Config":{}}`, `{"Id":"x","Config":null}`, `{"Id":"x","Config":{"Env":"A"}}`, `{"Id":"x","Config":{}} {}`, `[{"Id":"x","Config":{}}]`} {
		if facts, err := observeImage([]byte(rubbish), []resource.Params{{}}); err == nil {
			t.Errorf("%s gives %v", rubbish, facts)
		}
	}
	facts, err := observeImage([]byte(`{"Id":"x","Config":{}}`), []resource.Params{{}, {}})
	if err != nil || len(facts) != 2 {
		t.Fatal(facts, err)
	}
	wantFacts(t, Image, "an empty image", facts[0], map[string]string{
		"env": "= {}", "labels": "= {}", "entrypoint": "= []", "cmd": "= []", "ports": "= []", "volumes": "= []", "workdir": `= ""`, "user": `= ""`,
		"healthcheck": "= []", "stop_signal": `= ""`, "size": "unknown: the engine did not report the size",
		"layers": "unknown: the engine did not report the layers", "created": "missing: the image has no time of creation",
	})
	for name, attribute := range facts[0] {
		if attribute == (resource.Fact{}) {
			t.Errorf("no fact of %s", name)
		}
	}
}

func TestCreated(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31T12:00:00.123456789Z": "= \"2026-01-31T12:00:00Z\"", "0001-01-01T00:00:00Z": "missing: the image has no time of creation",
		"yesterday": `unknown: the engine reported "yesterday", which is not a time`,
	} {
		if got := catalogtest.DescribeFact(resource.Time, createdFact(text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

const everyInstruction = `ENV PATH=/app:/usr/bin TZ=UTC EQUALS=a=b EMPTY=
LABEL org.opencontainers.image.source=https://example.com/shop quoted="say \"hi\""
EXPOSE 80 53/udp
VOLUME /data /var/log
WORKDIR /srv
USER 65532:65532
HEALTHCHECK --interval=5s CMD ["true"]
ENTRYPOINT ["/bin/server", "--port", "80"]
CMD exec x`

// build makes an image of one empty layer, by instructions of a Dockerfile, and gives what the engine says of it.
// (The engine takes a second for each of them in a real build, and none this way.)
func (e engine) build(name, instructions string) []byte {
	e.t.Helper()
	e.later("image", "rm", "-f", name)
	args := []string{"import"}
	for line := range strings.SplitSeq(instructions, "\n") {
		args = append(args, "-c", line)
	}
	cmd := exec.Command("docker", append(args, "-", name)...)
	cmd.Stdin = bytes.NewReader(make([]byte, 1024)) // the end of a tar
	if out, err := cmd.CombinedOutput(); err != nil {
		e.t.Fatalf("docker import: %v: %s", err, out)
	}
	return []byte(e.docker("image", "inspect", "--format", "{{json .}}", name))
}

var builtFacts = map[string]string{
	"entrypoint": `= ["/bin/server", "--port", "80"]`, "cmd": `= ["/bin/sh", "-c", "exec x"]`, "ports": `= ["53/udp", "80/tcp"]`,
	"env":     `= { EMPTY = "", EQUALS = "a=b", PATH = "/app:/usr/bin", TZ = "UTC" }`,
	"volumes": `= ["/data", "/var/log"]`, "workdir": `= "/srv"`, "user": `= "65532:65532"`, "stop_signal": `= ""`, "os": `= "linux"`,
	"healthcheck": `= ["CMD", "true"]`, "labels": `= { org.opencontainers.image.source = "https://example.com/shop", quoted = "say \"hi\"" }`,
}

func TestRealImages(t *testing.T) {
	e := realEngine(t)
	object := e.build(e.name, everyInstruction)
	scratch := e.build(e.name+"-scratch:1", "LABEL a=b")
	e.docker("tag", e.name, "r.example.com:5000/"+e.name+":1")
	e.later("image", "rm", "r.example.com:5000/"+e.name+":1")
	var said struct{ ID string }
	if err := json.Unmarshal(object, &said); err != nil {
		t.Fatal(err)
	}
	names := []string{"no-such-" + e.name, e.name, e.name + "-scratch:1", e.name[:len(e.name)-1], e.name + "-scratch", said.ID, "r.example.com:5000/" + e.name + ":1", e.name + ":2", "docker.io/library/" + e.name, strings.TrimPrefix(said.ID, "sha256:")[:12], "x@" + said.ID, "debian:bookworm-slim"}
	facts := dockerFacts(t, DockerImage, names...)
	absent := map[string]string{"exists": "= false  (no such image)", "user": "missing: no such image", "digests": "missing: no such image"}
	for i, want := range []map[string]string{
		absent, builtFacts,
		{"labels": `= { a = "b" }`, "layers": "= 1", "size": "= 0", "env": "= {}", "entrypoint": "= []", "user": `= ""`},
		absent, absent, builtFacts, builtFacts, absent, builtFacts,
		{"exists": "unknown: \"" + strings.TrimPrefix(said.ID, "sha256:")[:12] + "\" is only the beginning of an ID; write a name, or the whole ID"},
		absent,
	} {
		wantFacts(t, DockerImage, names[i], facts[i], want)
	}
	for text, want := range map[string]map[string]string{string(object): builtFacts, string(scratch): {"cmd": "= []", "layers": "= 1"}} {
		facts, err := observeImage([]byte(text), []resource.Params{{}})
		if err != nil {
			t.Fatal(err)
		}
		wantFacts(t, Image, "its metadata", facts[0], want)
	}
	if created, _ := facts[1]["created"].Value.(time.Time); time.Since(created).Abs() > time.Hour {
		t.Errorf("created %v", created)
	}
}

// FuzzImage: any bytes give a fact of every promise, or an error.
func FuzzImage(f *testing.F) {
	f.Add([]byte(`{"Id":"x","Config":{"Env":["A"],"Cmd":null},"RootFS":{},"Size":1e3}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		facts, err := observeImage(object, []resource.Params{{}})
		if err == nil && (len(facts) != 1 || len(facts[0]) != len(imageAttributes)) {
			t.Error(facts)
		}
	})
}

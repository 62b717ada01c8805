package container

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

var dockerThings = map[*dockerThing]*resource.Type{
	dockerContainers: DockerContainer, dockerImages: DockerImage, dockerNetworks: DockerNetwork, dockerVolumes: DockerVolume,
}

// fakeDocker is a docker with that body, and the environment that finds it.
func fakeDocker(t *testing.T, body string) []string {
	t.Helper()
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/docker", "#!/bin/sh\n"+body+"\n")
	if err := os.Chmod(dir+"/docker", 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

// TestDockerCannotLook: whatever keeps docker from answering is unknown, and never "not there".
func TestDockerCannotLook(t *testing.T) {
	const denied = `permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied`
	for body, want := range map[string]string{
		`echo "` + denied + `" >&2; echo; exit 1`: "docker: " + denied,
		`echo "Got ` + denied + `" >&2; exit 1`:   "docker: Got " + denied,
		`echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2; exit 1`:  "docker: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
		`echo "failed to connect to the docker API at unix:///x; check if the daemon is running" >&2; exit 1`: "docker: failed to connect to the docker API at unix:///x; check if the daemon is running",
		`echo "unknown flag: --format" >&2; echo "Usage: docker ..." >&2; exit 125`:                           "docker: unknown flag: --format",
		`echo "docker: '$1' is not a docker command." >&2; exit 1`:                                            "is not a docker command.",
		`echo "rubbish"`:                   `docker's answer is malformed: "rubbish"`,
		`echo "[]"`:                        `docker's answer is malformed: "[]"`,
		`echo "{}"`:                        `docker's answer is malformed: "{}"`,
		`echo "null"`:                      `docker's answer is malformed: "null"`,
		`printf '{"Id":"x","Name":"/x"'`:   `docker's answer is malformed: "{\"Id\":\"x\",\"Name\":\"/x\""`,
		`echo '{"Id":"x","Name":"y"}'`:     "docker reported nothing about the ",
		`exit 0`:                           "docker reported nothing about the ",
		`kill -9 $$`:                       "docker",
		`echo "No such container"; exit 1`: "docker's answer is malformed",
		`echo "Error: No such object: other" >&2`:                                                              "docker: No such object: other",
		`echo "Error: No such $1: other" >&2`:                                                                  ": other",
		`echo "Error: No such $1: webx" >&2`:                                                                   ": webx",
		`echo "Error: No such $1: x: No such x" >&2`:                                                           "No such x",
		`echo "no such image: web: invalid reference format" >&2; exit 1`:                                      "docker: no such image: web: invalid reference format",
		`echo "get web: error while checking if volume \"web\" exists in driver \"nfs\": timeout" >&2; exit 1`: "docker: get web: error while checking",
		`echo "network web is ambiguous (2 matches found on name)" >&2; exit 1`:                                "docker: network web is ambiguous",
	} {
		env := fakeDocker(t, body)
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			for _, typ := range dockerThings {
				wantDockerUnknown(t, typ, shell, env, want)
			}
		})
	}
}

// wantDockerUnknown asks for one name, and wants every fact unknown for a reason that contains some words.
func wantDockerUnknown(t *testing.T, typ *resource.Type, shell, env []string, want string) {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, typ, typ.Probes()[0], env, resource.Params{"name": "web"})
	if err != nil {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", typ.Name, err, want)
		}
		return
	}
	for _, name := range catalogtest.Observed(typ, "exists") {
		if f := facts[0][name]; !strings.Contains(f.Unknown, want) || f.Value != nil || f.Missing != "" {
			t.Errorf("%s.%s: %+v, want %s", typ.Name, name, f, want)
		}
	}
}

func TestNoDocker(t *testing.T) {
	for _, typ := range dockerThings {
		probe := *typ.Probes()[0]
		probe.Script = strings.ReplaceAll(probe.Script, "docker ", "no-such-docker ")
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			_, err := catalogtest.RunProbe(t, shell, typ, &probe, nil, resource.Params{"name": "web"})
			if err == nil || err.Error() != "no no-such-docker on the target" {
				t.Error(err)
			}
		})
	}
}

// TestDockerAsksOnce: one process for all names, none of which can be an option.
func TestDockerAsksOnce(t *testing.T) {
	env := fakeDocker(t, `for a; do printf '[%s]' "$a" >&2; done; exit 1`)
	for thing, typ := range dockerThings {
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			answer, reason := catalogtest.RunScript(t, shell, typ.Probes()[0], env, resource.Params{"name": "a"}, resource.Params{"name": "--help"}, resource.Params{"name": "$x"})
			want := "[" + thing.noun + "][inspect][--format][{{json .}}][--][a][--help][$x]"
			if got := string(answer.Stderr); got != want || reason != "" {
				t.Errorf("docker was called with %s %s", got, reason)
			}
		})
	}
}

// TestDockerGroup: what docker cannot tell of one name does not become an answer about another.
func TestDockerGroup(t *testing.T) {
	answer := resource.Answer{
		Stdout: []byte(`{"Name":"web","Driver":"local","Scope":"local"}` + "\n"),
		Stderr: []byte("WARNING: Error loading config file\nError response from daemon: get old: no such volume\nError: No such volume: older\nCannot connect to the Docker daemon at x. Is the docker daemon running?\n"),
		Status: 1,
	}
	facts, err := dockerVolumes.parse(answer, []resource.Params{{"name": "lost"}, {"name": "old"}, {"name": "web"}, {"name": "older"}})
	if err != nil {
		t.Fatal(err)
	}
	facts = catalogtest.Complete(DockerVolume, DockerVolume.Probe, facts)
	if f := facts[0]["exists"]; !strings.HasPrefix(f.Unknown, "docker: Cannot connect") {
		t.Errorf("lost: %+v", f)
	}
	for i, want := range map[int]bool{1: false, 2: true, 3: false} {
		if facts[i]["exists"].Value != want {
			t.Errorf("%d: %+v", i, facts[i]["exists"])
		}
	}
	if f := facts[1]["driver"]; f.Missing != "no such volume" {
		t.Errorf("the driver of what is not there: %+v", f)
	}
}

func TestDockerPrepare(t *testing.T) {
	hostile := []string{"", " ", "a\nb", "/web"}
	for typ, bad := range map[*resource.Type][]string{
		DockerContainer: append(hostile, "-x", "--help", "a b", "web*", "$x", "a/b", "é"),
		DockerVolume:    append(hostile, "-x", "a b", "a/b", "."),
		DockerNetwork:   append(hostile, "a/b"),
		DockerImage:     append(hostile, "-x", "a b", "nginx*", ":latest", "@sha256:0"),
	} {
		for _, name := range bad {
			if typ.Prepare(resource.Params{"name": name}) == nil {
				t.Errorf("%s: %q was accepted", typ.Name, name)
			}
		}
	}
	for typ, good := range map[*resource.Type][]string{
		DockerContainer: {"web", "web-1", "Web_1.x", "0"}, DockerVolume: {"a"}, DockerNetwork: {"a b", "-x"},
		DockerImage: {"nginx", "r.example.com:5000/a/b:1.2-x_y@sha256:00ff", "sha256:00ff"},
	} {
		for _, name := range good {
			if err := typ.Prepare(resource.Params{"name": name}); err != nil {
				t.Errorf("%s: %q: %v", typ.Name, name, err)
			}
		}
	}
}

func TestSameImage(t *testing.T) {
	id := strings.Repeat("0f", 32)
	o := dockerObject{ID: "sha256:" + id, RepoTags: []string{"nginx:latest", "r.example.com:5000/shop:1.4"}, RepoDigests: []string{"nginx@sha256:aa"}}
	for name, want := range map[string]bool{
		"nginx": true, "nginx:latest": true, "docker.io/nginx": true, "docker.io/library/nginx:latest": true, "library/nginx": true,
		"index.docker.io/library/nginx": true, "nginx@sha256:aa": true, "nginx:1.25@sha256:aa": true, "docker.io/library/nginx@sha256:aa": true,
		"r.example.com:5000/shop:1.4": true, id: true, "sha256:" + id: true,
		"r.example.com:5000/shop": false, "shop:1.4": false, "nginx:1.25": false, "nginx@sha256:bb": false, "ngin": false, "Nginx": false,
		id[:12]: false, "sha256:" + id[:12]: false, "r.example.com/nginx": false, "r.example.com/library/nginx": false,
	} {
		if sameImage(o, name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// FuzzDocker: any answer of docker gives facts or an error, and nothing but its words makes a thing absent.
func FuzzDocker(f *testing.F) {
	for _, typ := range dockerThings {
		files, _ := filepath.Glob("../testdata/" + typ.Name + "/*.txt")
		for _, file := range files {
			text, _ := os.ReadFile(file)
			_, stdout, _ := strings.Cut(string(text), "-- stdout --\n")
			stdout, stderr, _ := strings.Cut(stdout, "-- stderr --\n")
			f.Add(stdout, stderr, "avow-web")
		}
	}
	f.Add(`{"Id":"x","Name":"/x","Config":{},"State":{"Status":"x"},"HostConfig":{},"NetworkSettings":{"Ports":{"1":null}}}`, "", "x")
	f.Fuzz(func(t *testing.T, stdout, stderr, name string) {
		for thing, typ := range dockerThings {
			facts, err := thing.parse(resource.Answer{Stdout: []byte(stdout), Stderr: []byte(stderr)}, []resource.Params{{"name": name}})
			if err != nil {
				continue
			}
			if len(facts) != 1 {
				t.Fatal(facts)
			}
			whole := typ.Complete(typ.Probe, facts[0])
			if len(whole) != len(typ.Observed(typ.Probe)) {
				t.Fatal(facts)
			}
			if exists := whole["exists"]; exists.Value == false && !strings.Contains(stderr, name) {
				t.Errorf("%s %q is absent after %q", thing.noun, name, stderr)
			}
		}
	})
}

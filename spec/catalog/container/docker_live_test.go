package container

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/examples/testbed"
	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// engine is what a test makes in the real Docker engine, under a name of its own, and removes again.
type engine struct {
	t    *testing.T
	name string
}

// realEngine gives the engine of this machine, or skips; with AVOW_TEST_DOCKER=require that is a failure.
func realEngine(t *testing.T) engine {
	t.Helper()
	testbed.Base(t)
	return engine{t, fmt.Sprintf("avow-test-%d-%d", os.Getpid(), time.Now().UnixNano()%1e6)}
}

// docker runs docker, and gives what it prints.
func (e engine) docker(args ...string) string {
	e.t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		e.t.Fatalf("docker %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// later removes something at the end of the test. What is made later is removed sooner.
func (e engine) later(args ...string) {
	e.t.Cleanup(func() { _ = exec.Command("docker", args...).Run() })
}

// start starts a container that sleeps, and gives its ID.
func (e engine) start(name string, options ...string) string {
	e.t.Helper()
	e.later("rm", "-f", "-v", name)
	args := append([]string{"run", "-d", "--init", "--name", name}, options...)
	return e.docker(append(args, "debian:bookworm-slim", "sleep", "600")...)
}

// dockerFacts are the facts of some names, asked for together in each shell of this machine. All shells have to say the
// same, but for the inspection, in which Docker tells of every health check.
func dockerFacts(t *testing.T, typ *resource.Type, names ...string) (facts []resource.Facts) {
	t.Helper()
	said := ""
	subjects := catalogtest.PackagesNamed("", names...)
	for _, shell := range catalogtest.Installed(t) {
		var err error
		if facts, err = catalogtest.RunProbe(t, shell, typ, typ.Probes()[0], nil, subjects...); err != nil {
			t.Fatalf("%v: %v", shell, err)
		}
		var without []resource.Facts
		for _, f := range facts {
			f = maps.Clone(f)
			delete(f, "inspect")
			without = append(without, f)
		}
		text := catalogtest.DescribeFacts(typ, "name", subjects, without, nil)
		if said != "" && said != text {
			t.Errorf("%v: %s", shell, cmp.Diff(said, text))
		}
		said = text
	}
	return facts
}

// wantFacts compares facts with what catalogtest.DescribeFact prints of them.
func wantFacts(t *testing.T, typ *resource.Type, what string, facts resource.Facts, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got := catalogtest.DescribeFact(typ.Attribute(name).Kind, facts[name]); got != text {
			t.Errorf("%s: %s %s, want %s", what, name, got, text)
		}
	}
}

// someContainers makes one with everything, and others that do not run, with names of which one begins the other. It
// gives the ID of the first.
func (e engine) someContainers() string {
	web := e.name
	e.later("volume", "rm", "-f", web)
	e.later("network", "rm", web)
	e.docker("network", "create", web)
	id := e.start(web, "--network", web, "-p", "127.0.0.1::80", "-p", "127.0.0.1::53/udp", "--expose", "99", "-v", web+":/data", "-v", "/etc:/host:ro",
		"--tmpfs", "/run", "--mount", "type=tmpfs,destination=/scratch", "-e", "A=b=c", "-e", "EMPTY=", "-l", "role=web", "--restart", "on-failure:3",
		"--user", "1:1", "--read-only", "--health-cmd", "true", "--health-interval", "1s")
	e.later("rm", "-f", web+"-1")
	e.docker("create", "--name", web+"-1", "--privileged", "--network", "none", "-p", "127.0.0.1::80", "debian:bookworm-slim", "sleep", "600")
	e.start(web + "-paused")
	e.docker("pause", web+"-paused")
	e.start(web+"-stopped", "-p", "127.0.0.1::80")
	e.docker("kill", web+"-stopped")
	e.healthy(web)
	return id
}

func TestRealContainers(t *testing.T) {
	e := realEngine(t)
	id, web := e.someContainers(), e.name
	absent := map[string]string{"exists": "= false  (no such container)", "running": "= false  (no such container)", "image": "missing: no such container"}
	created := map[string]string{
		"running": "= false  (created)", "privileged": "= true", "health": `= "none"`, "networks": `= ["none"]`, "ports": "= []", "mounts": "= []",
		"restart_policy": `= "no"`, "read_only": "= false", "user": `= ""`,
	}
	names := []string{"no-such-" + web, web, web + "-1", web[:len(web)-1], web + "-paused", id, web + "-stopped", strings.ToUpper(web), id[:12], web + "-"}
	facts := dockerFacts(t, DockerContainer, names...)
	for i, want := range []map[string]string{
		absent, e.wholeContainer(), created, absent,
		{"exists": "= true", "running": "= false  (paused)", "status": `= "paused"  (paused)`},
		e.wholeContainer(),
		{"exists": "= true", "running": "= false  (exited, exit status 137)", "ports": "= []"},
		absent,
		{"exists": fmt.Sprintf("unknown: %q is only the beginning of an ID; write a name, or the whole ID", id[:12])},
		absent,
	} {
		wantFacts(t, DockerContainer, names[i], facts[i], want)
	}
	env, _ := facts[1]["env"].Value.(map[string]any)
	if labels, _ := facts[1]["labels"].Value.(map[string]any); env["A"] != "b=c" || env["EMPTY"] != "" || labels["role"] != "web" {
		t.Errorf("env %v, labels %v", env, labels)
	}
	if text, _ := facts[1]["inspect"].Value.(string); !strings.Contains(text, "\n    \"Name\": \"/"+web+"\",\n") {
		t.Errorf("inspect: %.200s", text)
	}
}

// wholeContainer are the facts of the first of someContainers.
func (e engine) wholeContainer() map[string]string {
	ports := []string{e.docker("port", e.name, "80/tcp") + "->80/tcp", e.docker("port", e.name, "53/udp") + "->53/udp"}
	slices.Sort(ports)
	return map[string]string{
		"exists": "= true", "running": "= true", "status": `= "running"`, "image": `= "debian:bookworm-slim"`, "health": `= "healthy"`,
		"ports": "= " + resource.SetOf(resource.String).Quote(resource.Strings(ports)), "restart_policy": `= "on-failure:3"`, "restarts": "= 0", "user": `= "1:1"`,
		"mounts":   `= ["/etc:/host:ro", "` + e.name + `:/data", "tmpfs:/run", "tmpfs:/scratch"]`,
		"networks": `= ["` + e.name + `"]`, "privileged": "= false", "read_only": "= true",
	}
}

// healthy waits for a container's health check.
func (e engine) healthy(name string) {
	e.t.Helper()
	for range 100 {
		if e.docker("inspect", "-f", "{{.State.Health.Status}}", name) == "healthy" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	e.t.Fatal("the container does not become healthy")
}

func TestRealNetworks(t *testing.T) {
	e := realEngine(t)
	for _, name := range []string{e.name, e.name + "-1"} {
		e.later("network", "rm", name)
	}
	pid := os.Getpid() // of two runs at once each has a subnet of its own
	v4, v6 := fmt.Sprintf("10.%d.%d.0/24", 200+pid%50, pid%250), fmt.Sprintf("fd12:3456:%x::/64", 0x1000+pid%0x1000)
	id := e.docker("network", "create", "--internal", "--subnet", v4, "--ipv6", "--subnet", v6, "--label", "a=b", e.name)
	e.docker("network", "create", e.name+"-1")
	e.start(e.name+"-b", "--network", e.name)
	e.start(e.name+"-a", "--network", e.name)
	names := []string{"no-such-" + e.name, e.name, e.name + "-1", e.name[:len(e.name)-1], id, id[:12], "host", "-x", "a b"}
	facts := dockerFacts(t, DockerNetwork, names...)
	absent := map[string]string{"exists": "= false  (no such network)", "driver": "missing: no such network"}
	whole := map[string]string{
		"exists": "= true", "driver": `= "bridge"`, "scope": `= "local"`, "internal": "= true", "labels": `= { a = "b" }`,
		"subnets": `= ["` + v4 + `", "` + v6 + `"]`, "containers": `= ["` + e.name + `-a", "` + e.name + `-b"]`,
	}
	for i, want := range []map[string]string{
		absent, whole,
		{"internal": "= false", "containers": "= []", "labels": "= {}"},
		absent, whole,
		{"exists": fmt.Sprintf("unknown: %q is only the beginning of an ID; write a name, or the whole ID", id[:12])},
		{"driver": `= "host"`, "subnets": "= []"},
		absent, absent,
	} {
		wantFacts(t, DockerNetwork, names[i], facts[i], want)
	}
}

func TestRealVolumes(t *testing.T) {
	e := realEngine(t)
	for _, name := range []string{e.name, e.name + "-1"} {
		e.later("volume", "rm", name)
	}
	e.docker("volume", "create", "--label", "a=b", "--opt", "type=tmpfs", "--opt", "device=tmpfs", e.name)
	e.docker("volume", "create", e.name+"-1")
	names := []string{"no-such-" + e.name, e.name, e.name + "-1", e.name[:len(e.name)-1]}
	facts := dockerFacts(t, DockerVolume, names...)
	absent := map[string]string{"exists": "= false  (no such volume)", "driver": "missing: no such volume", "inspect": "missing: no such volume"}
	for i, want := range []map[string]string{
		absent,
		{"exists": "= true", "driver": `= "local"`, "scope": `= "local"`, "labels": `= { a = "b" }`, "options": `= { device = "tmpfs", type = "tmpfs" }`},
		{"exists": "= true", "labels": "= {}", "options": "= {}"},
		absent,
	} {
		wantFacts(t, DockerVolume, names[i], facts[i], want)
	}
	if mountpoint, _ := facts[1]["mountpoint"].Value.(string); !strings.Contains(mountpoint, e.name) {
		t.Errorf("mountpoint %q", mountpoint)
	}
}

// TestUnreachableEngine: the real docker, and no engine behind it.
func TestUnreachableEngine(t *testing.T) {
	realEngine(t)
	for _, host := range []string{"unix:///no-such-socket", "tcp://127.0.0.1:1", "rubbish"} {
		env := []string{"DOCKER_HOST=" + host}
		for _, typ := range dockerThings {
			wantDockerUnknown(t, typ, []string{"sh"}, env, "docker: ")
		}
	}
}

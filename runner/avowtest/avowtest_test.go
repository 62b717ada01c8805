package avowtest_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/examples/testbed"
	"github.com/avow-dev/avow/runner/avowtest"
)

const (
	spec     = "testdata/host.spec.hcl"
	password = "correct horse battery"
)

// TestKept has only promises that are kept or skipped.
func TestKept(t *testing.T) {
	ctr := testbed.Start(t, "busybox")
	avowtest.Check(t, spec, avowtest.Container(ctr), avowtest.VarFile("testdata/vars.hcl"), avowtest.Var("port", "8080"),
		avowtest.Only("*/the server's port/*"), avowtest.Only("*/service cron/*"), avowtest.Timeout(time.Minute))
}

// TestTargets checks the spec's own target, and another one instead of it.
func TestTargets(t *testing.T) {
	avowtest.Check(t, "testdata/image.spec.hcl", avowtest.Tag("there"))
	avowtest.Check(t, "testdata/image.spec.hcl", avowtest.Tag("there"), avowtest.Target("image://"+testbed.Image(t, "busybox")))
}

// children are what runs in a child process: the test that fails on purpose, by the value of AVOWTEST_CHILD.
var children = map[string]func(*testing.T){
	"check": func(t *testing.T) {
		ctr, secret := avowtest.Container(container(t)), avowtest.Var("password", password)
		avowtest.Check(t, spec, ctr, secret, avowtest.Var("port", "8080"))
		avowtest.Check(t, spec, ctr, secret, avowtest.Var("port", "23"), avowtest.Only("*/the server's port/*"))
	},
	"mistakes": func(t *testing.T) { avowtest.Check(t, "testdata/mistakes.spec.hcl") },
	"nil": func(t *testing.T) {
		var ctr *testcontainers.DockerContainer
		avowtest.Check(t, spec, avowtest.Container(ctr))
	},
	"gone": func(t *testing.T) {
		gone := testbed.Start(t, "busybox")
		if err := gone.Terminate(t.Context(), testcontainers.StopTimeout(0)); err != nil {
			t.Fatal(err)
		}
		avowtest.Check(t, spec, avowtest.Container(gone), avowtest.Container(container(t)),
			avowtest.Var("port", "8080"), avowtest.Var("password", password))
	},
	"killed": func(t *testing.T) {
		ctr := testbed.Start(t, "busybox")
		_, _ = os.Stdout.WriteString("container " + ctr.GetContainerID() + "\n")
		avowtest.Check(t, "testdata/sleeps.spec.hcl", avowtest.Container(ctr))
	},
}

func TestChild(t *testing.T) {
	run := children[os.Getenv("AVOWTEST_CHILD")]
	if run == nil {
		t.Skip("only in a child process")
	}
	run(t)
}

// container is the one that the parent has started.
func container(t *testing.T) testcontainers.Container {
	t.Helper()
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		t.Fatal(err)
	}
	list, err := provider.Client().ContainerList(t.Context(), client.ContainerListOptions{
		Filters: make(client.Filters).Add("id", os.Getenv("AVOWTEST_CONTAINER")),
	})
	if err != nil || len(list.Items) != 1 {
		t.Fatal(list.Items, err)
	}
	ctr, err := provider.ContainerFromType(t.Context(), list.Items[0])
	if err != nil {
		t.Fatal(err)
	}
	return ctr
}

// child runs a test of the map in a process of its own, which has to fail, and returns what it prints.
func child(t *testing.T, name string, ctr testcontainers.Container, more ...string) string {
	t.Helper()
	cmd := childCommand(t.Context(), name)
	for _, m := range more {
		if strings.HasPrefix(m, "-") {
			cmd.Args = append(cmd.Args, m)
		} else {
			cmd.Env = append(cmd.Env, m)
		}
	}
	if ctr != nil {
		cmd.Env = append(cmd.Env, "AVOWTEST_CONTAINER="+ctr.GetContainerID())
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("the test %s passes:\n%s", name, out)
	}
	if strings.Contains(string(out), password) {
		t.Errorf("the password is shown:\n%s", out)
	}
	return string(out)
}

func childCommand(ctx context.Context, name string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "AVOWTEST_CHILD="+name)
	return cmd
}

var verdictLine = regexp.MustCompile(`^ *--- (?:FAIL|SKIP): (\S+) \(`)

// logs are what failing tests print, by their names, without the indentation.
func logs(out string) map[string]string {
	all, name := map[string]string{}, ""
	for line := range strings.Lines(out) {
		if m := verdictLine.FindStringSubmatch(line); m != nil {
			name = m[1]
		} else if name != "" {
			all[name] += line
		}
	}
	for name, text := range all {
		_, text, _ = strings.Cut(text, "\n") // the place in the test
		all[name] = strings.TrimRight(dedented(strings.TrimSuffix(text, "FAIL\n")), "\n")
	}
	return all
}

// dedented takes the indentation of the first line from all lines.
func dedented(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, indent))
	}
	return b.String()
}

// TestAsTheCommand compares with what the command prints.
func TestAsTheCommand(t *testing.T) {
	command := build(t)
	t.Run("check", func(t *testing.T) { showsWhatDocShows(t, command) })
	t.Run("validate", func(t *testing.T) { showsMistakes(t, command) })
	t.Run("report", func(t *testing.T) { savesRuns(t, command) })
}

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "avow")
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/avow").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func name(t *testing.T, ctr testcontainers.Container) string {
	t.Helper()
	it, err := ctr.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(it.Name, "/")
}

// showsWhatDocShows compares each failing subtest with what `avow check` prints for that resource of the container.
func showsWhatDocShows(t *testing.T, command string) {
	t.Helper()
	ctr := testbed.Start(t, "busybox")
	shown := logs(child(t, "check", ctr))
	failing := map[string]string{
		"web_server/file_/etc/passwd":       "web server/file /etc/passwd/*",
		"web_server/accounts/user_web":      "web server/accounts/user web/*",
		"web_server/accounts/package_nginx": "web server/accounts/package nginx/*",
		"secrets/says_its_password":         "secrets/command says its password/*",
		"web_server#01/the_server's_port":   "web server/the server's port/*",
	}
	if len(shown) != len(failing) {
		t.Errorf("%d tests fail: %v", len(shown), shown)
	}
	for test, only := range failing {
		port := "8080"
		if strings.Contains(test, "#01") {
			port = "23"
		}
		out, _ := exec.Command(command, "check", "-q", "-t", "docker://"+name(t, ctr), "--var", "port="+port, "--var", "password="+password,
			"--only", only, spec).Output()
		if diff := cmp.Diff(below(string(out), name(t, ctr)), shown["TestChild/"+test]); diff != "" {
			t.Errorf("%s (-check +test):\n%s", test, diff)
		}
	}
}

// below is what a doc report has from the line of a host on, without its indentation and the totals.
func below(doc, host string) string {
	lines := strings.SplitAfter(strings.TrimSpace(doc), "\n")
	from := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, host+" · ") })
	return dedented(strings.TrimRight(strings.Join(lines[max(from, 0):len(lines)-1], ""), "\n"))
}

// TestOrder lists the subtests in the order of the suite, with what `go test -v` shows of those that pass.
func TestOrder(t *testing.T) {
	out := child(t, "check", testbed.Start(t, "busybox"), "-test.v")
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^=== RUN +TestChild/(.*)$`).FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	want := []string{
		"web_server", "web_server/the_server's_port", "web_server/file_/etc/passwd", "web_server/accounts", "web_server/accounts/user_web",
		"web_server/accounts/package_nginx", "web_server/service_cron", "secrets", "secrets/says_its_password",
		"web_server#01", "web_server#01/the_server's_port",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"✓ is listening", "✓ owner is root", `go:\d+: BusyBox has no services\n`, "--- SKIP: TestChild/web_server/service_cron"} {
		if !regexp.MustCompile(text).MatchString(out) {
			t.Errorf("%s is not shown:\n%s", text, out)
		}
	}
	one := child(t, "check", testbed.Start(t, "busybox"), "-test.v", "-test.run=TestChild/web_server/file_/etc/passwd")
	if !strings.Contains(one, "mode is 0600") || strings.Contains(one, "login shell") {
		t.Errorf("-run of one resource:\n%s", one)
	}
}

func showsMistakes(t *testing.T, command string) {
	t.Helper()
	out := logs(child(t, "mistakes", nil))["TestChild"]
	cmd := exec.Command(command, "validate", "testdata/mistakes.spec.hcl")
	want, err := cmd.CombinedOutput()
	if diff := cmp.Diff(strings.TrimSpace(string(want)), strings.TrimSpace(out)); diff != "" || err == nil {
		t.Errorf("(-validate +test):\n%s", diff)
	}
}

// TestNoContainer: the error of testcontainers.Run was not looked at.
func TestNoContainer(t *testing.T) {
	if out := child(t, "nil", nil); !strings.Contains(out, "check the error of testcontainers.Run first") || strings.Contains(out, "panic") {
		t.Error(out)
	}
}

// TestUnreached has one container that is gone, and one that is there, whose results count.
func TestUnreached(t *testing.T) {
	out := child(t, "gone", testbed.Start(t, "busybox"))
	for _, want := range []string{
		`\? [0-9a-f]{12} could not be reached: container "[0-9a-f]{12}": there is no such container — 6 promises unknown `,
		`--- FAIL: TestChild/web_server/file_/etc/passwd .* mode is 0600`,
	} {
		if !regexp.MustCompile(want).MatchString(strings.Join(strings.Fields(out), " ")) {
			t.Errorf("%s is not shown:\n%s", want, out)
		}
	}
}

// TestWrongDockerHost: testcontainers-go passes over the engine that DOCKER_HOST names; the same one is checked, and
// said.
func TestWrongDockerHost(t *testing.T) {
	out := child(t, "check", testbed.Start(t, "busybox"), "DOCKER_HOST=tcp://127.0.0.1:1")
	for _, want := range []string{`DOCKER_HOST is "tcp://127.0.0.1:1"; testcontainers-go uses unix://`, "mode is 0600"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not shown:\n%s", want, out)
		}
	}
}

// savesRuns renders what AVOW_REPORT_DIR has.
func savesRuns(t *testing.T, command string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "reports")
	child(t, "check", testbed.Start(t, "busybox"), "AVOW_REPORT_DIR="+dir)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	const first = "github.com_avow-dev_avow_runner_avowtest.TestChild"
	if want := []string{filepath.Join(dir, first+".2.jsonl"), filepath.Join(dir, first+".jsonl")}; !slices.Equal(files, want) {
		t.Fatalf("%v", files)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(content), password) {
			t.Errorf("%s: %v: the password is in it", path, err)
		}
		if it, err := os.Stat(path); err != nil || it.Mode() != 0o600 {
			t.Errorf("%s: %v %v", path, it.Mode(), err)
		}
	}
	out, err := exec.Command(command, append([]string{"report", "-f", "doc", "-f", "html=" + filepath.Join(dir, "site")}, files...)...).CombinedOutput()
	if _, statErr := os.Stat(filepath.Join(dir, "site", "index.html")); err != nil || statErr != nil {
		t.Errorf("%v, %v:\n%s", err, statErr, out)
	}
}

// TestKilled kills a test in the middle of a check. Its container is removed when the next test starts one.
func TestKilled(t *testing.T) {
	cmd := childCommand(t.Context(), "killed")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	id := strings.TrimSpace(strings.TrimPrefix(line, "container "))
	if err != nil || len(id) != 64 {
		t.Fatalf("%q: %v", line, err)
	}
	waitFor(t, "the check runs", func() bool {
		out, _ := exec.Command("docker", "top", id).Output()
		return strings.Contains(string(out), "sleep 600")
	})
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err := exec.Command("docker", "inspect", id).Run(); err != nil {
		t.Fatalf("the container is gone already, so nothing is tested: %v", err)
	}
	child(t, "gone", testbed.Start(t, "busybox"))
	if err := exec.Command("docker", "inspect", id).Run(); err == nil {
		t.Errorf("the container %s is left", id)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not after 30 s: " + what)
		}
	}
}

package docker_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/docker"
)

// built is a start of what is built from a folder.
func built(dir string, args map[string]string) docker.Start {
	return docker.Start{Build: &docker.Build{Context: dir, Dockerfile: "Dockerfile", Args: args}, Cmd: []string{"sleep", "600"}}
}

// TestBuildAndLook: arguments and .dockerignore count, and the image is gone after the run.
func TestBuildAndLook(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := s.newMark()
	write(t, dir, "Dockerfile", `FROM `+base+` AS first
LABEL mark=`+mark+`
RUN echo stage >/stage
FROM `+base+`
LABEL mark=`+mark+`
ARG WORD
ARG HOME
RUN echo "$WORD" >/word; echo "$HOME" >>/word
COPY --from=first /stage /stage
COPY . /all
`)
	write(t, dir, ".dockerignore", "secret\nfolder/*.log\n!folder/keep.log\n")
	write(t, dir, "page", "")
	write(t, dir, "secret", "")
	write(t, dir, "folder/a.log", "")
	write(t, dir, "folder/keep.log", "")
	args := map[string]string{"WORD": "a $b", "HOME": "/nowhere"}
	got, err := s.ask(built(dir, args), "cat /word /stage; cd /all; find . -type f | sort | grep -v ocker")
	if want := "a $b\n/nowhere\nstage\n./folder/keep.log\n./page\n"; err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	s.closed()
}

// TestBuildFails: the reason is the build's own, with what it printed last.
func TestBuildFails(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := s.newMark()
	write(t, dir, "Dockerfile", "FROM "+base+"\nLABEL mark="+mark+"\nRUN echo one\nRUN echo two; printf 'no \\033[1mluck\\033[0m\\n' >&2; exit 7\n")
	_, err := s.ask(built(dir, nil), "true")
	if err == nil || !strings.Contains(err.Error(), "returned a non-zero code: 7") || !strings.Contains(err.Error(), " two") || !strings.Contains(err.Error(), " no luck") {
		t.Errorf("got %v", err)
	}
	isFinal(t, err)
	if left := s.stepsOf(mark); len(left) > 0 {
		t.Errorf("containers are left: %v", left)
	}
	write(t, dir, "Dockerfile", "FROM avow-test.invalid/none:1\n")
	if _, err = s.ask(built(dir, nil), "true"); err == nil || !strings.Contains(err.Error(), "avow-test.invalid") {
		t.Errorf("got %v", err)
	}
	write(t, dir, "Dockerfile", "FRUM x\n")
	if _, err = s.ask(built(dir, nil), "true"); err == nil || !strings.Contains(err.Error(), "FRUM") || strings.Contains(err.Error(), "buildx") {
		t.Errorf("got %v", err)
	}
	s.closed()
}

// TestBuildInterrupted: the step that runs ends, and its container goes.
func TestBuildInterrupted(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := s.newMark()
	write(t, dir, "Dockerfile", "FROM "+base+"\nLABEL mark="+mark+"\nRUN echo one\nRUN sleep 300 # "+mark+"\n")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	interrupted := make(chan time.Time, 1)
	go func() {
		for ctx.Err() == nil && !s.runs(mark) {
			time.Sleep(50 * time.Millisecond)
		}
		interrupted <- time.Now()
		cancel()
	}()
	_, err := askIn(ctx, s.Start(built(dir, nil)), "true")
	if took := time.Since(<-interrupted); err == nil || took > time.Second {
		t.Errorf("%v, %v after the interrupt", err, took)
	}
	s.closed()
	for end := time.Now().Add(10 * time.Second); len(s.stepsOf(mark)) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("left: %v", s.stepsOf(mark))
		}
	}
}

// standIn puts a script in the place of the docker command. It has $log to write to.
func standIn(t *testing.T, script string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	write(t, dir, "docker", "#!/bin/sh\nlog="+log+"\n"+script)
	if err := os.Chmod(filepath.Join(dir, "docker"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return log
}

// TestBuildArguments: what the docker command is called with. Values are in its environment, where nobody else sees them,
// but for those that the command itself would follow.
func TestBuildArguments(t *testing.T) {
	log := standIn(t, `printf '%s\n' "$@" >$log; env | grep -E '^(WORD|TOKEN|DOCKER_HOST|BUILDX_BUILDER|AVOW_VAR_X)=' | sort >>$log; echo sha256:1`)
	t.Setenv("BUILDX_BUILDER", "elsewhere")
	t.Setenv("AVOW_VAR_X", "secret")
	dir := t.TempDir()
	write(t, dir, "sub/Dockerfile", "FROM scratch\n")
	start := built(dir, map[string]string{"WORD": "a $b\nc", "TOKEN": "hunter2", "DOCKER_HOST": "tcp://elsewhere"})
	start.Build.Dockerfile = "sub/Dockerfile"
	engine := fake(t, nil)
	_, err := askIn(t.Context(), engine.Start(start), "true")
	if err == nil || !strings.Contains(err.Error(), `docker build -q printed "sha256:1", which is not the ID of an image`) {
		t.Error(err)
	}
	text, _ := os.ReadFile(log)
	got := regexp.MustCompile(`avow\.(run|pid)=[0-9a-f]+`).ReplaceAllString(string(text), "avow.$1=N")
	want := strings.Join([]string{
		"build", "-q", "--force-rm", "-f", dir + "/sub/Dockerfile",
		"--build-arg=DOCKER_HOST=tcp://elsewhere", "--build-arg=TOKEN", "--build-arg=WORD", "--label=avow.pid=N", "--label=avow.run=N", dir,
		"DOCKER_HOST=" + os.Getenv("DOCKER_HOST"), "TOKEN=hunter2", "WORD=a $b", "",
	}, "\n")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestBuildKitFails: BuildKit's reason is in the last line that it prints, as docker 28 with buildx 0.24 does.
func TestBuildKitFails(t *testing.T) {
	standIn(t, `cat >&2 <<'END'
#0 building with "default" instance using docker driver
------
 > [2/2] RUN echo no luck; exit 7:
0.412 no luck
------
Dockerfile:2
--------------------
   2 | >>> RUN echo no luck; exit 7
--------------------
ERROR: failed to solve: process "/bin/sh -c echo no luck; exit 7" did not complete successfully: exit code: 7
END
exit 1`)
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM scratch\n")
	_, err := askIn(t.Context(), fake(t, nil).Start(built(dir, nil)), "true")
	want := `it cannot be built: failed to solve: process "/bin/sh -c echo no luck; exit 7" did not complete successfully: exit code: 7; the last of its output: `
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ">>> RUN echo no luck") {
		t.Error(err)
	}
	isFinal(t, err)
}

// TestBuildWithoutCommand says so before anything is contacted.
func TestBuildWithoutCommand(t *testing.T) {
	engine := fakeOf(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the engine was contacted") }))
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM scratch\n")
	_, err := askIn(t.Context(), engine.Start(built(dir, nil)), "true")
	if err == nil || !strings.Contains(err.Error(), "build needs the docker command, which is not installed here") {
		t.Error(err)
	}
	isFinal(t, err)
}

// runs says whether the step of a build runs that has the mark in its command.
func (s *starter) runs(mark string) bool {
	containers, err := s.engine.ContainerList(context.Background(), client.ContainerListOptions{})
	return err == nil && slices.ContainsFunc(containers.Items, func(c container.Summary) bool { return strings.Contains(c.Command, mark) })
}

// newMark is a label for the images of a build. The classic builder keeps those of the steps, as a cache; they are removed
// after the test.
func (s *starter) newMark() string {
	mark := fmt.Sprintf("avow-test-%d", time.Now().UnixNano())
	s.t.Cleanup(func() {
		filters := make(client.Filters).Add("label", "mark="+mark)
		images, _ := s.engine.ImageList(context.Background(), client.ImageListOptions{All: true, Filters: filters})
		for range images.Items { // an image goes when those that are built on it are gone
			for _, i := range images.Items {
				_, _ = s.engine.ImageRemove(context.Background(), i.ID, client.ImageRemoveOptions{})
			}
		}
	})
	return mark
}

// stepsOf are the containers of a build.
func (s *starter) stepsOf(mark string) []string {
	s.t.Helper()
	var out []string
	containers, err := s.engine.ContainerList(context.Background(), client.ContainerListOptions{All: true})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range containers.Items {
		if strings.Contains(c.Command, mark) || c.Labels["mark"] == mark {
			out = append(out, "container "+c.ID)
		}
	}
	return out
}

package docker_test

import (
	"context"
	"fmt"
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

// TestBuildAndLook: arguments and .dockerignore are heeded, and the image is gone after the run, with its other stages.
func TestBuildAndLook(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := newMark()
	write(t, dir, "Dockerfile", `FROM `+startedImage+` AS first
LABEL mark=`+mark+`
RUN echo stage >/stage
FROM `+startedImage+`
LABEL mark=`+mark+`
ARG WORD
RUN echo "$WORD" >/word
COPY --from=first /stage /stage
COPY . /all
`)
	write(t, dir, ".dockerignore", "secret\nfolder/*.log\n!folder/keep.log\n")
	write(t, dir, "page", "")
	write(t, dir, "secret", "")
	write(t, dir, "folder/a.log", "")
	write(t, dir, "folder/keep.log", "")
	got, err := s.ask(built(dir, map[string]string{"WORD": "a $b"}), "cat /word /stage; cd /all; find . -type f | sort | grep -v ocker")
	if want := "a $b\nstage\n./folder/keep.log\n./page\n"; err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	s.closed()
	if left := s.marked(mark); len(left) > 0 {
		t.Errorf("images are left: %v", left)
	}
}

// TestBuildFails: the reason holds what the build said last, and what its steps made is removed.
func TestBuildFails(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := newMark()
	write(t, dir, "Dockerfile", "FROM "+startedImage+"\nLABEL mark="+mark+"\nRUN echo one\nRUN echo two; printf 'no \\033[1mluck\\033[0m\\n' >&2; exit 7\n")
	_, err := s.ask(built(dir, nil), "true")
	if err == nil || !strings.Contains(err.Error(), "returned a non-zero code: 7") || !strings.Contains(err.Error(), " two") || !strings.Contains(err.Error(), " no luck") {
		t.Errorf("got %v", err)
	}
	isFinal(t, err)
	if left := s.marked(mark); len(left) > 0 {
		t.Errorf("images are left: %v", left)
	}
	write(t, dir, "Dockerfile", "FROM avow-test.invalid/none:1\n")
	if _, err = s.ask(built(dir, nil), "true"); err == nil || !strings.Contains(err.Error(), "avow-test.invalid") {
		t.Errorf("got %v", err)
	}
	write(t, dir, "Dockerfile", "FRUM x\n")
	if _, err = s.ask(built(dir, nil), "true"); err == nil || !strings.Contains(err.Error(), "FRUM") {
		t.Errorf("got %v", err)
	}
	s.closed()
}

// TestBuildInterrupted: neither the step that runs nor what was built before it is left.
func TestBuildInterrupted(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	mark := newMark()
	write(t, dir, "Dockerfile", "FROM "+startedImage+"\nLABEL mark="+mark+"\nRUN echo one\nRUN sleep 300 # "+mark+"\n")
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
	if left := s.marked(mark); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// runs says whether the step of a build runs that has the mark in its command.
func (s *starter) runs(mark string) bool {
	containers, err := s.engine.ContainerList(context.Background(), client.ContainerListOptions{})
	return err == nil && slices.ContainsFunc(containers.Items, func(c container.Summary) bool { return strings.Contains(c.Command, mark) })
}

func newMark() string { return fmt.Sprintf("avow-test-%d", time.Now().UnixNano()) }

// marked are the images and the containers of a build.
func (s *starter) marked(mark string) []string {
	s.t.Helper()
	var out []string
	filters := make(client.Filters).Add("label", "mark="+mark)
	images, err := s.engine.ImageList(context.Background(), client.ImageListOptions{All: true, Filters: filters})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range images.Items {
		out = append(out, "image "+i.ID)
	}
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

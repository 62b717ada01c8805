package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/examples/testbed"
	"github.com/avow-dev/avow/runner/record"
)

// docker is what the command line of Docker prints.
func docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// testContainer starts a container of the testbed, and removes it when the test ends. It returns its ID.
func testContainer(t testing.TB, host string, options ...testcontainers.ContainerCustomizer) string {
	t.Helper()
	return testbed.Start(t, host, options...).GetContainerID()
}

// webHost is the testbed's web host, up, with the arguments of -t for the way over SSH.
func webHost(t testing.TB) (id string, ssh []string) {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, "id")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	id = testContainer(t, "host", testbed.Systemd, testbed.Booted, testbed.Publish("22/tcp", port))
	docker(t, "cp", filepath.Join(dir, "id.pub"), id+":/home/deploy/.ssh/authorized_keys")
	docker(t, "exec", id, "chown", "deploy:deploy", "/home/deploy/.ssh/authorized_keys")
	known := write(t, dir, "known", fmt.Sprintf("[127.0.0.1]:%d %s", port, docker(t, "exec", id, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")))
	return id, []string{
		"-t", fmt.Sprintf("ssh://deploy@127.0.0.1:%d", port), "--become", "--ssh-config", "/dev/null",
		"--identity", filepath.Join(dir, "id"), "--known-hosts", known,
	}
}

// verdicts are the promises of a run, without what differs between the ways to the same host.
func verdicts(t testing.TB, args ...string) (promises []record.Promise, targets []record.Target) {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), append([]string{"check", "-f", "json"}, args...), nil, &out, &errs)
	if errs.Len() > 0 {
		t.Log(errs.String())
	}
	for line := range strings.Lines(out.String()) {
		var e record.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Target != nil {
			targets = append(targets, *e.Target)
		}
		if e.Promise != nil {
			e.Promise.Target, e.Promise.Elapsed, e.Promise.Took = "", 0, 0
			promises = append(promises, *e.Promise)
		}
	}
	return promises, targets
}

// TestSameOverSSHAndDocker checks all nine core types on a real Debian host with systemd, over SSH and through Docker.
func TestSameOverSSHAndDocker(t *testing.T) {
	container, ssh := webHost(t)
	const suite = "testdata/testbed/core.spec.hcl"
	overSSH, _ := verdicts(t, append(ssh, suite)...)
	inDocker, _ := verdicts(t, "-t", "docker://"+container, suite)
	if diff := cmp.Diff(overSSH, inDocker); diff != "" {
		t.Errorf("(-ssh +docker):\n%s", diff)
	}
	broken := []string{
		"file /srv/site.key owner", "directory /srv/site empty", "directory /etc/shadow exists", "package bash installed", "service cron running",
		"port 22 listening", "user ops password", "group no-such exists", "command exit 3 exit_status",
	}
	holds(t, overSSH, broken, []string{"file /etc/nginx content"})
}

// holds says which promises are not kept; all others are.
func holds(t *testing.T, promises []record.Promise, broken, unknown []string) {
	t.Helper()
	var gotBroken, gotUnknown []string
	for _, p := range promises {
		name := p.Type + " " + p.Name + " " + p.Attribute
		switch p.Status {
		case record.Broken:
			gotBroken = append(gotBroken, name)
		case record.Unknown:
			gotUnknown = append(gotUnknown, name)
			t.Log(name, ":", p.Reason)
		}
	}
	if diff := cmp.Diff(broken, gotBroken); diff != "" || len(promises) == 0 {
		t.Errorf("%d promises; broken (-want +got):\n%s", len(promises), diff)
	}
	if diff := cmp.Diff(unknown, gotUnknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}

// TestBusyBoxHost checks the core types where there is BusyBox and nothing else.
func TestBusyBoxHost(t *testing.T) {
	promises, _ := verdicts(t, "-t", "docker://"+testContainer(t, "busybox"), "testdata/testbed/busybox.spec.hcl")
	holds(t, promises, nil, []string{"package nginx installed", "service nginx running"})
}

// TestWithoutAShell looks at the same image in three states: not started, running and stopped.
func TestWithoutAShell(t *testing.T) {
	running, stopped := testContainer(t, "scratch"), testContainer(t, "scratch")
	docker(t, "stop", "-t", "0", stopped)
	needShell := []string{
		"service nginx running", "port 8080 listening", "port 23 listening", "process httpd running", "process nginx running",
		"command true exit_status", "file /app/httpd readable_by",
	}
	for _, uri := range []string{"image://avow-testbed-scratch", "docker://" + running, "docker://" + stopped} {
		t.Run(uri, func(t *testing.T) {
			promises, targets := verdicts(t, "-t", uri, "testdata/testbed/shellless.spec.hcl")
			holds(t, promises, nil, needShell)
			if len(targets) != 1 || targets[0].Error != "" || targets[0].Host["os.id"] != "debian" || !strings.HasPrefix(targets[0].Identity["image"], "sha256:") {
				t.Errorf("%+v", targets)
			}
		})
	}
}

// TestTestbedKeepsItsPromises runs the example as people run it, with all its targets at once.
func TestTestbedKeepsItsPromises(t *testing.T) {
	container, ssh := webHost(t)
	moved := []string{
		"-t", "over_ssh=" + ssh[1], "-t", "in_docker=docker://" + container,
		"-t", "busybox=docker://" + testContainer(t, "busybox"), "-t", "shellless=docker://" + testContainer(t, "scratch"),
	}
	promises, targets := verdicts(t, append(append(moved, ssh[2:]...), "../../examples/testbed/testbed.spec.hcl")...)
	holds(t, promises, nil, nil)
	if len(targets) != 6 {
		t.Errorf("%d targets", len(targets))
	}
}

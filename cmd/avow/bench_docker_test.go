package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// BenchmarkDocker times whole processes: 132 promises in a container of the testbed. Beside them, through
// `docker exec -i CONTAINER sh -s`: a script by hand that asks the same, without limits, guards, or the facts of the host;
// and the very script that Avow sends. Read the ratios: they are of one run.
func BenchmarkDocker(b *testing.B) {
	container, _ := webHost(b)
	dir := b.TempDir()
	avow := builtAvow(b, dir)
	packages := strings.Fields(docker(b, "exec", container, "sh", "-c", "dpkg-query -W -f '${Package}\\n' | head -40"))
	files := strings.Fields(docker(b, "exec", container, "sh", "-c", "find /etc -maxdepth 1 -type f -size +0 -size -20k | sort | head -20"))
	if len(packages) != 40 || len(files) != 20 {
		b.Fatalf("%d packages, %d files", len(packages), len(files))
	}
	suite := write(b, dir, "a.spec.hcl", benchSuite(packages, files))
	plan, err := exec.Command(avow, "plan", "--script", container, "-t", "docker://"+container, suite).Output()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("avow", func(b *testing.B) { timed(b, 132, avow, "check", "-f", "json", "-t", "docker://"+container, suite) })
	b.Run("script", func(b *testing.B) { throughDocker(b, container, write(b, dir, "hand.sh", byHand(packages, files))) })
	b.Run("probes", func(b *testing.B) { throughDocker(b, container, write(b, dir, "probes.sh", string(plan))) })
}

// throughDocker gives a script to a shell in the container. How it ends is not looked at: some services are not there.
func throughDocker(b *testing.B, container, path string) {
	for b.Loop() {
		script, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command("docker", "exec", "-i", container, "/bin/sh", "-s")
		cmd.Stdin = script
		if out, err := cmd.CombinedOutput(); len(out) < 1000 {
			b.Fatalf("%v\n%s", err, out)
		}
		script.Close()
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkDocker times whole processes: 132 promises in a container of the testbed, and beside them the same probes
// written by hand and given to `docker exec -i CONTAINER sh -s`. Read the ratio: it is of one run.
func BenchmarkDocker(b *testing.B) {
	container, _ := webHost(b)
	dir := b.TempDir()
	avow := filepath.Join(dir, "avow")
	if out, err := exec.Command("go", "build", "-o", avow, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	packages := strings.Fields(docker(b, "exec", container, "sh", "-c", "dpkg-query -W -f '${Package}\\n' | head -40"))
	files := strings.Fields(docker(b, "exec", container, "sh", "-c", "find /etc -maxdepth 1 -type f -size +0 -size -20k | sort | head -20"))
	if len(packages) != 40 || len(files) != 20 {
		b.Fatalf("%d packages, %d files", len(packages), len(files))
	}
	suite := write(b, dir, "a.spec.hcl", benchSuite(packages, files))
	hand := write(b, dir, "hand.sh", byHand(packages, files))
	b.Run("avow", func(b *testing.B) { timed(b, 132, avow, "check", "-f", "json", "-t", "docker://"+container, suite) })
	b.Run("script", func(b *testing.B) {
		for b.Loop() {
			script, err := os.Open(hand)
			if err != nil {
				b.Fatal(err)
			}
			cmd := exec.Command("docker", "exec", "-i", container, "/bin/sh", "-s")
			cmd.Stdin = script
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			script.Close()
		}
	})
}

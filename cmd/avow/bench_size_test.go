package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkSize times whole processes over SSH at 50 ms: 34 files, which are 102 promises, and 700 files, which are 2,100. Each
// file is read whole. Read the ratio: it is of one run.
func BenchmarkSize(b *testing.B) {
	server := startSSHD(b, "")
	dir := b.TempDir()
	avow := builtAvow(b, dir)
	port := proxied(b, server.port, 25*time.Millisecond, &traffic{})
	known := write(b, dir, "known", fmt.Sprintf("[127.0.0.1]:%d %s", port, server.hostKey))
	for _, files := range []int{34, 700} {
		suite := write(b, dir, fmt.Sprintf("%d.spec.hcl", files), readWhole(b, b.TempDir(), files))
		b.Run(fmt.Sprintf("promises=%d", 3*files), func(b *testing.B) {
			timed(b, 3*files, avow, "check", "-f", "json", "-t", fmt.Sprintf("ssh://root@127.0.0.1:%d", port),
				"--ssh-config", "/dev/null", "--identity", server.identity, "--known-hosts", known, suite)
		})
	}
}

// readWhole is three promises for each of some files of 1 kB.
func readWhole(b *testing.B, dir string, files int) string {
	b.Helper()
	var s strings.Builder
	s.WriteString("describe \"files\" {\n")
	for i := range files {
		path := write(b, dir, fmt.Sprint(i), strings.Repeat(fmt.Sprintf("line of file %d\n", i), 60))
		fmt.Fprintf(&s, "file %q {\ntype = \"file\"\nmode = \"0600\"\ncontent = not(contains(\"no such text\"))\n}\n", path)
	}
	s.WriteString("}\n")
	return s.String()
}

// BenchmarkTypes times whole processes on this machine: 10 promises of every type but image, which is only of images, and the
// 132 promises of BenchmarkCheck.
func BenchmarkTypes(b *testing.B) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		b.Skip("asks dpkg")
	}
	dir := b.TempDir()
	avow := builtAvow(b, dir)
	core := write(b, dir, "core.spec.hcl", benchSuite(installedPackages(b), smallFiles(b)))
	every := write(b, dir, "every.spec.hcl", everyType)
	b.Run("core", func(b *testing.B) { timed(b, 132, avow, "check", "-f", "json", core) })
	b.Run("every", func(b *testing.B) { timed(b, 140, avow, "check", "-f", "json", every) })
	if _, err := os.Stat("/var/run/docker.sock"); err != nil {
		b.Log("without a Docker engine, the promises of its types are unknown")
	}
}

const everyType = `
locals { names = [for i in range(10) : "no-such-${i}"] }
describe "every type" {
  file "f" {
    for_each = local.names
    path     = "/etc/${each.value}"
    exists   = false
  }
  directory "d" {
    for_each = local.names
    path     = "/etc/${each.value}"
    exists   = false
  }
  package "p" {
    for_each  = local.names
    name      = each.value
    installed = false
  }
  service "s" {
    for_each = local.names
    name     = each.value
    running  = false
  }
  port "l" {
    for_each  = range(1, 11)
    number    = each.value
    listening = false
  }
  reachable "r" {
    for_each  = range(1, 11)
    address   = "127.0.0.1:${each.value}"
    reachable = false
  }
  process "p" {
    for_each = local.names
    name     = each.value
    running  = false
  }
  user "u" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
  group "g" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
  command "c" {
    for_each    = local.names
    line        = "echo ${each.value}"
    exit_status = 0
  }
  docker_container "c" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
  docker_image "i" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
  docker_network "n" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
  docker_volume "v" {
    for_each = local.names
    name     = each.value
    exists   = false
  }
}
`

// builtAvow is the program, built into a folder.
func builtAvow(b *testing.B, dir string) string {
	b.Helper()
	avow := filepath.Join(dir, "avow")
	if out, err := exec.Command("go", "build", "-o", avow, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return avow
}

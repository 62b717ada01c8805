package main

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gliderssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"
)

const (
	fleetHosts = 1000
	fleetDead  = 100 // of them accept connections and never speak
)

// BenchmarkFleet checks 1,000 hosts x 100 promises, each host a server in this process with a real shell, all
// alive at first, and then with 100 that never speak. It reports the peak memory of avow's process, and fails
// above 256 MiB.
func BenchmarkFleet(b *testing.B) {
	dir := b.TempDir()
	avow := filepath.Join(dir, "avow")
	if out, err := exec.Command("go", "build", "-o", avow, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, dead := range []int{0, fleetDead} {
		b.Run(fmt.Sprintf("dead=%d", dead), func(b *testing.B) {
			suite := fleet(b, dead)
			for b.Loop() {
				checkFleet(b, avow, suite, dead)
			}
		})
	}
}

func checkFleet(b *testing.B, avow, suite string, dead int) {
	b.Helper()
	cmd := exec.Command(avow, "check", suite)
	out, _ := cmd.CombinedOutput()
	want := fmt.Sprintf("%d kept", (fleetHosts-dead)*100)
	if !strings.Contains(strings.ReplaceAll(string(out), ",", ""), want) {
		b.Fatalf("not %s:\n%s", want, out[max(0, len(out)-2000):])
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
	b.ReportMetric(float64(peak), "peak-MiB")
	if peak > 256 {
		b.Fatalf("%d MiB", peak)
	}
}

// fleet starts the hosts, each on an address of its own in 127.0.0.0/8, and writes a suite for them.
func fleet(b *testing.B, dead int) string {
	b.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		b.Fatal(err)
	}
	server := &gliderssh.Server{
		Handler:         shellOf,
		PasswordHandler: func(_ gliderssh.Context, password string) bool { return password == "fleet-password" },
	}
	server.AddHostKey(signer)
	b.Cleanup(func() { server.Close() })
	var hosts []string
	for i := range fleetHosts {
		l, err := net.Listen("tcp", fmt.Sprintf("127.1.%d.%d:0", i/250, 1+i%250))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.Close() })
		if i >= dead {
			go func() { _ = server.Serve(l) }()
		}
		hosts = append(hosts, fmt.Sprintf("%q", l.Addr()))
	}
	return write(b, b.TempDir(), "fleet.spec.hcl", fmt.Sprintf(`
target "ssh" "fleet" {
  hosts           = [%s]
  user            = "anybody"
  password        = "fleet-password"
  host_key        = %q
  ssh_config      = ""
  known_hosts     = []
  connect_timeout = "3s"
}
describe "hundred promises" {
  file "f" {
    for_each = range(50)
    path     = "/no/such/${each.value}"
    exists   = false
  }
  user "u" {
    for_each = range(50)
    name     = "no-such-user-${each.value}"
    exists   = false
  }
}
`, strings.Join(hosts, ", "), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))))
}

// shellOf is what every host of the fleet does.
func shellOf(s gliderssh.Session) {
	cmd := exec.Command("/bin/sh", "-s")
	cmd.Stdout, cmd.Stderr = s, s.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	if err := cmd.Start(); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(in, s)
		in.Close()
	}()
	_ = cmd.Wait()
	_ = s.Exit(cmd.ProcessState.ExitCode())
}

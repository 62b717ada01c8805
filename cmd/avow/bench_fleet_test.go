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
// above 256 MiB. Beside it, `ssh HOST true` on all that are alive, 64 at a time: read the ratio, it is of one run.
func BenchmarkFleet(b *testing.B) {
	avow := builtAvow(b, b.TempDir())
	for _, dead := range []int{0, fleetDead} {
		b.Run(fmt.Sprintf("dead=%d", dead), func(b *testing.B) {
			suite, _ := fleet(b, dead)
			for b.Loop() {
				checkFleet(b, avow, suite, dead)
			}
		})
	}
	b.Run("ssh-true", func(b *testing.B) {
		_, hosts := fleet(b, 0)
		for b.Loop() {
			greetFleet(b, hosts)
		}
	})
}

// greetFleet runs `ssh HOST true`, 64 at a time.
func greetFleet(b *testing.B, hosts []net.Addr) {
	b.Helper()
	dir, names := b.TempDir(), ""
	key := filepath.Join(dir, "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		b.Skipf("ssh-keygen: %v\n%s", err, out)
	}
	for _, host := range hosts {
		names += host.(*net.TCPAddr).IP.String() + "\n"
	}
	port := fmt.Sprint(hosts[0].(*net.TCPAddr).Port)
	cmd := exec.Command("xargs", "-P64", "-I{}", "ssh", "-F", "/dev/null", "-i", key, "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-p", port, "anybody@{}", "true")
	cmd.Stdin = strings.NewReader(names)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out[max(0, len(out)-2000):])
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

// fleet starts the hosts, each on an address of its own in 127.0.0.0/8, with one port, and writes a suite for them.
func fleet(b *testing.B, dead int) (suite string, all []net.Addr) {
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
		Handler:          shellOf,
		PasswordHandler:  func(_ gliderssh.Context, password string) bool { return password == "fleet-password" },
		PublicKeyHandler: func(gliderssh.Context, gliderssh.PublicKey) bool { return true },
	}
	server.AddHostKey(signer)
	b.Cleanup(func() { server.Close() })
	var hosts []string
	for i := range fleetHosts {
		port := 0
		if i > 0 {
			port = all[0].(*net.TCPAddr).Port
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.1.%d.%d:%d", i/250, 1+i%250, port))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.Close() })
		if i >= dead {
			go func() { _ = server.Serve(l) }()
		}
		all, hosts = append(all, l.Addr()), append(hosts, fmt.Sprintf("%q", l.Addr()))
	}
	suite = write(b, b.TempDir(), "fleet.spec.hcl", fmt.Sprintf(`
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
	return suite, all
}

// shellOf is what every host of the fleet does.
func shellOf(s gliderssh.Session) {
	args := []string{"-s"}
	if s.RawCommand() == "true" {
		args = []string{"-c", "true"}
	}
	cmd := exec.Command("/bin/sh", args...)
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

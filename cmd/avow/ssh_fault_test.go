package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// negative are promises that a tool would call kept if it took silence for absence.
const negative = `
describe "nothing of it was looked at" {
  file "/no/such/file" { exists = false }
  user "no-such-user" { exists = false }
  package "no-such-package" { installed = false }
  process "no-such-process" { running = false }
  port "1" { listening = false }
  command "false" { exit_status = not(0) }
}`

// TestFaultsOverSSH: whatever stands on the way, what was not answered is unknown, and nothing is broken.
func TestFaultsOverSSH(t *testing.T) {
	real := startSSHD(t, "")
	for name, fault := range map[string]func(net.Conn){
		"closes at once":          func(c net.Conn) {},
		"garbage":                 func(c net.Conn) { _, _ = c.Write([]byte(strings.Repeat("\x00\xff\n", 5000))) },
		"HTTP":                    func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") },
		"wrong greeting":          func(c net.Conn) { _, _ = io.WriteString(c, "SSH-1.5-old\r\n") },
		"silent":                  func(c net.Conn) { time.Sleep(4 * time.Second) },
		"cut in the key exchange": func(c net.Conn) { cutAfter(c, real.port, 500) },
		"cut in the login":        func(c net.Conn) { cutAfter(c, real.port, 2000) },
		"cut in the session":      func(c net.Conn) { cutAfter(c, real.port, 3000) },
		"cut in the answers":      func(c net.Conn) { cutAfter(c, real.port, 3600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := real
			server.port = listening(t, fault)
			stdout, took := overSSH(t, server, negative, "--wait=0s")
			unknown := strings.Count(stdout, `"status":"unknown"`)
			if strings.Contains(stdout, `"status":"broken"`) || kept(stdout)+unknown != 6 || unknown == 0 || took > 20*time.Second {
				t.Errorf("after %s\n%s", took, stdout)
			}
			if !strings.HasPrefix(name, "cut in the answers") && kept(stdout) > 0 {
				t.Errorf("kept before anything was answered\n%s", stdout)
			}
		})
	}
}

// listening is a port on which every connection gets the fault, and is closed then.
func listening(t *testing.T, fault func(net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				fault(conn)
				conn.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// cutAfter leads to a real server, and ends when that has said so many bytes.
func cutAfter(client net.Conn, port int, bytes int64) {
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.CopyN(client, server, bytes)
}

// silentAfter leads to a real server, and brings nothing more when that has said so many bytes; the connection stands.
func silentAfter(client net.Conn, port int, bytes int64) {
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.CopyN(client, server, bytes)
		_, _ = io.Copy(io.Discard, server)
	}()
	_, _ = io.Copy(server, client)
}

// TestALinkThatFallsSilent in the midst of each connection, again and again: the target is given up as a whole, whatever
// it is asked. What was answered counts, and the rest names the link.
func TestALinkThatFallsSilent(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	real := startSSHD(t, "")
	for name, promise := range map[string]string{
		"files":    `file "/no/such/${each.value}" { exists = false }`,
		"commands": `command "echo ${each.value}; seq 100" { exit_status = not(1) }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := real
			server.port = listening(t, func(c net.Conn) { silentAfter(c, real.port, 6000) })
			resource, rest, _ := strings.Cut(promise, " ")
			parameter, body, _ := strings.Cut(rest, " { ")
			label := map[string]string{"file": "path", "command": "line"}[resource]
			stdout, took := overSSH(t, server, fmt.Sprintf("describe \"d\" {\n %s \"x\" {\n  for_each = range(400)\n  %s = %s\n  %s\n }\n}\n",
				resource, label, parameter, strings.TrimSuffix(body, " }")))
			unknown := strings.Count(stdout, `"status":"unknown"`)
			t.Logf("%d kept, %d unknown after %s", kept(stdout), unknown, took)
			if kept(stdout)+unknown != 400 || unknown == 0 || took > 40*time.Second {
				t.Errorf("after %s\n%s", took, stdout[max(0, len(stdout)-3000):])
			}
			if !strings.Contains(stdout, "fell silent") && !strings.Contains(stdout, "no data was received for") {
				t.Errorf("it is not told that it was the link\n%s", stdout[max(0, len(stdout)-3000):])
			}
		})
	}
}

package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

func reachableParams(address string) resource.Params {
	return resource.Params{"address": address, "timeout": 500 * time.Millisecond}
}

func TestReachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	dial := (&net.Dialer{}).DialContext
	if f := reach(t.Context(), dial, reachableParams(address))["reachable"]; f != resource.Seen(true) {
		t.Errorf("a listener: %v", f)
	}
	listener.Close()
	if f := reach(t.Context(), dial, reachableParams(address))["reachable"]; f != resource.Seen(false).With("connection refused") {
		t.Errorf("nobody listens: %v", f)
	}
	if f := reach(t.Context(), dial, reachableParams("no-such-host.invalid:80"))["reachable"]; f.Unknown == "" {
		t.Errorf("a name that does not resolve: %v", f)
	}
}

// wayError is what a backend says of the way to its target.
type wayError struct{ error }

func (wayError) Final() bool     { return true }
func (e wayError) Unwrap() error { return e.error }

func TestReachableErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		seen bool
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)}, true},
		{fmt.Errorf("dial: %w", os.ErrDeadlineExceeded), true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, true},
		{syscall.EHOSTUNREACH, true}, // as it comes through SSH
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}, false},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EPERM)}, false},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EACCES)}, false},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, false},
		{errors.New("administratively prohibited"), false},
		{context.Canceled, false},
		// The target itself cannot be reached, so nobody has tried.
		{wayError{syscall.ECONNREFUSED}, false},
		{fmt.Errorf("dial: %w", wayError{context.DeadlineExceeded}), false},
	} {
		f := reachableFact(c.err, time.Second)
		if (f.Value == false) != c.seen || (f.Unknown != "") == c.seen {
			t.Errorf("%v: %v", c.err, f)
		}
	}
}

// TestReachableRefusals has a firewall refuse in all its ways, in a network of its own.
func TestReachableRefusals(t *testing.T) {
	if _, err := exec.LookPath("iptables"); err != nil {
		t.Skip("no iptables here")
	}
	// The thread is not unlocked, so that it ends with this test.
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Skip(err)
	}
	setup := "ip link set lo up\nip route add unreachable 192.0.2.1\nip route add prohibit 192.0.2.2\n"
	kinds := []string{"icmp-port-unreachable", "tcp-reset", "icmp-host-prohibited", "icmp-admin-prohibited"}
	for i, kind := range kinds {
		setup += fmt.Sprintf("iptables -A INPUT -p tcp --dport %d -j REJECT --reject-with %s\n", 8001+i, kind)
	}
	if out, err := exec.Command("/bin/sh", "-ec", setup+"iptables -A INPUT -p tcp --dport 8010 -j DROP").CombinedOutput(); err != nil {
		t.Skipf("%v %s", err, out)
	}
	for address, want := range map[string]resource.Fact{
		"127.0.0.1:8001": resource.Seen(false).With("connection refused"),
		"127.0.0.1:8002": resource.Seen(false).With("connection refused"),
		"127.0.0.1:8003": resource.Seen(false).With("no route to host"),
		"127.0.0.1:8004": resource.Seen(false).With("no route to host"),
		"127.0.0.1:8010": resource.Seen(false).With("no answer within 500ms"),
		"192.0.2.1:1":    resource.Seen(false).With("no route to host"),
		"192.0.2.2:1":    resource.Unknown("dial tcp 192.0.2.2:1: connect: permission denied"),
		"192.0.2.3:1":    resource.Unknown("dial tcp 192.0.2.3:1: connect: network is unreachable"),
	} {
		if got := reach(t.Context(), (&net.Dialer{}).DialContext, reachableParams(address))["reachable"]; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestReachableTimesOut(t *testing.T) {
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	begun := time.Now()
	f := reach(t.Context(), silent, reachableParams("127.0.0.1:1"))["reachable"]
	if f.Value != false || !strings.Contains(f.Note, "500ms") || time.Since(begun) > 3*time.Second {
		t.Errorf("%v after %s", f, time.Since(begun))
	}
}

func TestReachablePrepare(t *testing.T) {
	for address, ok := range map[string]bool{
		"db:5432": true, "[::1]:22": true, "10.0.0.1:1": true,
		"db": false, ":80": false, "db:0": false, "db:65536": false, "::1:22": false, "db:http": false,
	} {
		if err := prepareReachable(reachableParams(address)); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

package resource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func reachableParams(address string) Params {
	return Params{"address": address, "timeout": 500 * time.Millisecond}
}

func TestReachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	dial := (&net.Dialer{}).DialContext
	if f := reach(t.Context(), dial, reachableParams(address))["reachable"]; f != Seen(true) {
		t.Errorf("a listener: %v", f)
	}
	listener.Close()
	if f := reach(t.Context(), dial, reachableParams(address))["reachable"]; f != Seen(false).With("connection refused") {
		t.Errorf("nobody listens: %v", f)
	}
	if f := reach(t.Context(), dial, reachableParams("no-such-host.invalid:80"))["reachable"]; f.Unknown == "" {
		t.Errorf("a name that does not resolve: %v", f)
	}
}

func TestReachableErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		seen bool
	}{
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)}, true},
		{fmt.Errorf("dial: %w", os.ErrDeadlineExceeded), true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}, false},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, false},
		{errors.New("administratively prohibited"), false},
		{context.Canceled, false},
	} {
		f := reachableFact(c.err, time.Second)
		if (f.Value == false) != c.seen || (f.Unknown != "") == c.seen {
			t.Errorf("%v: %v", c.err, f)
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

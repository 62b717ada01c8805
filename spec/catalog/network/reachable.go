package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// Reachable is the type of addresses to which a TCP connection can be made: what a firewall between two machines lets
// through.
var Reachable = &resource.Type{
	Name:        "reachable",
	Label:       "address",
	DisplayName: "Address",
	Summary:     "A TCP address that connections can be made to, as the target sees the network",
	Detail: `Avow opens a connection and closes it again; it sends nothing. It connects from the target: over SSH, through
the connection that is open (the server has to allow forwarding), so the target needs no program for it. With from =
"runner", it connects from the machine that runs Avow.

An address is not reachable if the host, or a firewall in its place, refuses the connection; if there is no answer
within the timeout; and if a router or a firewall reports it as unreachable ("no route to host", as firewalld and
` + "`icmp-admin-prohibited`" + ` refuse). A host that is down is not reachable either. Where the connecting side has
no route at all ("network is unreachable"), where its own firewall forbids the attempt, where the name does not
resolve, or where the SSH server does not forward, the promise is unknown.

From a container (` + "`docker://`" + `) or an image, Avow cannot connect, so there the promise is unknown; use
` + "`from = \"runner\"`" + `, or a ` + "`command`" + ` with a program of the container.`,
	Example: `describe "the firewall between web and database" {
  reachable "db1.example.com:5432" { reachable = true }

  reachable "db1.example.com:22" {
    why       = "The web servers have no way to a shell of the database."
    timeout   = "3s"
    reachable = false
  }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "address", Kind: resource.String, Parameter: true,
			Doc: "`host:port`; an IPv6 address is written in brackets.",
		},
		{
			Name: "from", Kind: resource.OneOf("target", "runner"), Parameter: true, Default: "target",
			Doc: "Where the connection starts: `target`, or `runner`, the machine that runs Avow.",
		},
		{
			Name: "timeout", Kind: resource.Duration, Parameter: true, Default: 5 * time.Second,
			Doc: "The limit for a connection.",
		},
		{Name: "reachable", Kind: resource.Bool, Presence: true, Doc: "Whether a connection could be made."},
	},
	Probe: &resource.Probe{
		Name: "connect", Single: true,
		Limit: func(p resource.Params) time.Duration { return p.Duration("timeout") },
		Dial:  reach,
	},
	Prepare: prepareReachable,
}

func prepareReachable(p resource.Params) error {
	if scheme, rest, found := strings.Cut(p.Text("address"), "://"); found {
		return fmt.Errorf(`%q is a URL; write the address and the port alone, without %q`, scheme+"://"+rest, scheme+"://")
	}
	host, port, err := net.SplitHostPort(p.Text("address"))
	if err != nil || host == "" {
		return fmt.Errorf(`%q is not an address; write "db1.example.com:5432", or "[2001:db8::1]:5432"`, p.Text("address"))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q is not a port; a port is a number from 1 to 65535", port)
	}
	// Without a limit, a firewall that drops packets would hold up the run.
	if p.Duration("timeout") <= 0 {
		return errors.New(`timeout must be positive, such as "5s"`)
	}
	return nil
}

func reach(ctx context.Context, dial resource.Dialer, p resource.Params) resource.Facts {
	ctx, cancel := context.WithTimeout(ctx, p.Duration("timeout"))
	defer cancel()
	conn, err := dial(ctx, "tcp", p.Text("address"))
	if err == nil {
		conn.Close()
	}
	return resource.Facts{"reachable": reachableFact(err, p.Duration("timeout"))}
}

func reachableFact(err error, timeout time.Duration) resource.Fact {
	var dns *net.DNSError
	var way interface{ Final() bool }
	switch {
	case err == nil:
		return resource.Seen(true)
	// Whatever its cause, an error of the connection to the target means that the address was never tried.
	case errors.As(err, &way), errors.As(err, &dns), errors.Is(err, context.Canceled):
		return resource.Unknown(err.Error())
	case errors.Is(err, syscall.ECONNREFUSED):
		return resource.Seen(false).With("connection refused")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return resource.Seen(false).With("no route to host")
	case errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, context.DeadlineExceeded):
		return resource.Seen(false).With(fmt.Sprintf("no answer within %s", timeout))
	}
	return resource.Unknown(err.Error())
}

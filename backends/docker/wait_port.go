package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
)

// listeners searches the tables of the kernel for a socket: the port in hexadecimal and the state are the words, the
// tables follow. It needs nothing but the shell. Status 1 is "not yet", 3 is "no table to search".
const listeners = `port=$1 state=$2 found=3
shift 2
for table; do
	[ -r "$table" ] || continue
	found=1
	while read -r _ local _ now _; do
		case $local/$now in *:"$port/$state") exit 0 ;; esac
	done <"$table"
done
exit "$found"`

const (
	dialLimit   = 2 * time.Second
	hangUpLimit = 300 * time.Millisecond // within which a forwarder closes a connection that has no listener behind it
)

var errNoShellInside = errors.New("there is no shell inside")

// listening waits until a process listens on a port. A shell inside reads the kernel's tables; without one, connections
// are tried.
func (r readiness) listening(ctx context.Context, port network.Port) error {
	look := r.listeningInside
	return r.poll(ctx, func(c container.InspectResponse) (bool, error) {
		is, err := look(ctx, c, port)
		if errors.Is(err, errNoShellInside) {
			look = r.connects
			return look(ctx, c, port)
		}
		return is, err
	})
}

func (r readiness) listeningInside(ctx context.Context, _ container.InspectResponse, port network.Port) (bool, error) {
	state := "0A" // LISTEN
	if port.Proto() == network.UDP {
		state = "07" // bound
	}
	proto := string(port.Proto())
	status, err := r.run(ctx, shellPath, "-c", listeners, "sh",
		fmt.Sprintf("%04X", port.Num()), state, "/proc/net/"+proto, "/proc/net/"+proto+"6")
	switch {
	case err != nil:
		return false, r.unlessExited(ctx, err)
	case status == 126 || status == 127:
		return false, errNoShellInside
	case status == 3:
		return false, fmt.Errorf("/proc/net/%s cannot be read in the container", proto)
	}
	return status == 0, nil
}

// run returns the exit status of a program in the container; 126 or 127 if it cannot be run.
func (r readiness) run(ctx context.Context, argv ...string) (int, error) {
	e := &execution{engine: r.engine, argv: argv}
	if err := e.open(ctx, r.id, ""); err != nil {
		if strings.Contains(err.Error(), "unable to upgrade") || strings.Contains(err.Error(), ociPrefix) {
			return 127, nil
		}
		return 0, err
	}
	err := e.run(ctx, strings.NewReader(""), io.Discard, io.Discard)
	var exit *ExitError
	if errors.As(err, &exit) {
		return exit.Status, nil
	}
	return 0, err
}

// unlessExited returns nil for a container that exits in the middle of a check, which the next check reports.
func (r readiness) unlessExited(ctx context.Context, err error) error {
	if _, ended := r.inspect(ctx); errors.Is(ended, errExited) {
		return nil
	}
	return err
}

// connects tries the container's own addresses, if they are reachable, and the published ones.
func (r readiness) connects(ctx context.Context, c container.InspectResponse, port network.Port) (bool, error) {
	if port.Proto() != network.TCP {
		return false, fmt.Errorf("only a shell inside could see a %s port, and there is none", port.Proto())
	}
	addresses := r.addresses(c, port)
	if len(addresses) == 0 {
		return false, fmt.Errorf("there is no shell inside that could see it, and the port is not published; "+
			"add ports = [%q]", port.Port())
	}
	return slices.ContainsFunc(addresses, func(a address) bool { return a.answers(ctx) }), nil
}

// address is an address of a container's port from here.
type address struct {
	text      string
	forwarded bool
}

// addresses returns the container's own addresses, and then the published ones. Its own mean the same container only if
// the engine runs on this machine.
func (r readiness) addresses(c container.InspectResponse, port network.Port) (out []address) {
	if c.NetworkSettings == nil {
		return nil
	}
	host, local := engineHost(r.engine.DaemonHost())
	for _, n := range c.NetworkSettings.Networks {
		if local && n.IPAddress.IsValid() {
			out = append(out, address{text: net.JoinHostPort(n.IPAddress.String(), port.Port())})
		}
	}
	for _, b := range c.NetworkSettings.Ports[port] {
		at := host
		if b.HostIP.IsValid() && !b.HostIP.IsUnspecified() && !b.HostIP.IsLoopback() {
			at = b.HostIP.String()
		}
		out = append(out, address{net.JoinHostPort(at, b.HostPort), true})
	}
	return out
}

// engineHost returns the name of the engine's machine, and whether its containers' addresses are this machine's own.
func engineHost(daemon string) (host string, local bool) {
	u, err := url.Parse(daemon)
	if err != nil || u.Hostname() == "" || u.Scheme == "unix" {
		return "127.0.0.1", runtime.GOOS == "linux"
	}
	return u.Hostname(), false
}

func (a address) answers(ctx context.Context) bool {
	conn, err := (&net.Dialer{Timeout: dialLimit}).DialContext(ctx, "tcp", a.text)
	if err != nil {
		return false
	}
	defer conn.Close()
	// Docker's forwarder (docker-proxy) accepts any connection, and closes it when nothing listens behind it.
	if !a.forwarded {
		return true
	}
	_ = conn.SetReadDeadline(time.Now().Add(hangUpLimit))
	n, err := conn.Read(make([]byte, 1))
	return n > 0 || errors.Is(err, os.ErrDeadlineExceeded)
}

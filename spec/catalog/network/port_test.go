package network

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestPortPrepare(t *testing.T) {
	good := []struct{ number, protocol, wantNumber, wantProtocol string }{
		{"443", "", "443", "tcp"},
		{"tcp/443", "", "443", "tcp"},
		{"udp/53", "", "53", "udp"},
		{"53", "udp", "53", "udp"},
		{"udp/53", "udp", "53", "udp"},
		{"1", "", "1", "tcp"},
		{"65535", "", "65535", "tcp"},
	}
	for _, c := range good {
		p := resource.Params{"number": c.number}
		if c.protocol != "" {
			p["protocol"] = c.protocol
		}
		for range 2 { // a second time changes nothing
			if err := Port.Prepare(p); err != nil || p.Text("number") != c.wantNumber || p.Text("protocol") != c.wantProtocol {
				t.Errorf("%s %s: %v, %v", c.number, c.protocol, p, err)
			}
		}
	}
	for _, bad := range []resource.Params{
		{},
		{"number": ""},
		{"number": "0"},
		{"number": "65536"},
		{"number": "-1"},
		{"number": "080"},
		{"number": "http"},
		{"number": "443 "},
		{"number": "4.5"},
		{"number": "sctp/1"},
		{"number": "tcp/"},
		{"number": "TCP/1"},
		{"number": "1", "protocol": "icmp"},
		{"number": "tcp/53", "protocol": "udp"},
		{"number": "tcp/tcp/1"},
	} {
		if Port.Prepare(bad) == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ host, machine, want string }{
		{"0100007F", "x86_64", "127.0.0.1"},
		{"7F000001", "s390x", "127.0.0.1"},
		{"7F000001", "mips", "127.0.0.1"},
		{"0100007F", "mipsel", "127.0.0.1"},
		{"0100007F", "ppc64le", "127.0.0.1"},
		{"7F000001", "armv7b", "127.0.0.1"},
		{"00000000000000000000000001000000", "aarch64", "::1"},
		{"00000000000000000000000000000001", "ppc64", "::1"},
		{"0000000000000000FFFF00000100007F", "x86_64", "127.0.0.1"},
		{"00000000000000000000FFFF7F000001", "s390x", "127.0.0.1"},
		{"B80D0120000000000000000001000000", "x86_64", "2001:db8::1"},
	} {
		if got, err := parseAddress(c.host, bigEndian(c.machine)); err != nil || got.String() != c.want {
			t.Errorf("%s on %s: %v, %v", c.host, c.machine, got, err)
		}
	}
	for _, bad := range []string{"", "0", "XX00007F", "0100007F01"} {
		if got, err := parseAddress(bad, false); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestParseSocketsRefusesNonsense(t *testing.T) {
	for _, answer := range []resource.Answer{
		{},
		{Stdout: []byte("machine x86_64\n"), Status: 1},
		{Stdout: []byte("/proc/net/tcp:   0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n")},
		{Stdout: []byte("machine x86_64\n/proc/net/tcp:   0: 00000000:0016 00000000:0000 0A\n")},
		{Stdout: []byte("machine x86_64\n/proc/net/tcp:   0: 00000000:XX16 00000000:0000 0A 0:0 0:0 0 0 0 1\n")},
		{Stdout: []byte("machine x86_64\n/proc/net/tcp:   0: 000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n")},
	} {
		if sockets, err := parseSockets(answer); err == nil {
			t.Errorf("%q: %v", answer.Stdout, sockets)
		}
	}
}

func FuzzPort(f *testing.F) {
	line := "/proc/net/tcp:   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 17 1\n"
	f.Add("machine x86_64\n" + line + "root\nowner 17 sshd\nid 0 root\n")
	f.Add("machine s390x\n" + strings.Replace(line, "tcp:", "tcp6:", 1))
	f.Add("machine x86_64\n" + line + "owner 17 a-name-of-fifte\nargs /a-name-of-fifteen\x01\nexe /x\ntcp LISTEN ino:17 v6only:0\n")
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, Port, out, resource.Params{"number": "22", "protocol": "tcp"})
	})
}

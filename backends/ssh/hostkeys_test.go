package ssh

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestCheckHostIP: with it, a known key is refused from an address that has another one. OpenSSH leaves this machine
// out, so no test beside it can be made.
func TestCheckHostIP(t *testing.T) {
	good, other := publicKey(t, 'a'), publicKey(t, 'b')
	line := func(name string, key ssh.PublicKey) string { return name + " " + string(ssh.MarshalAuthorizedKey(key)) }
	for name, c := range map[string]struct {
		known, address string
		off            bool
		port           int
		says           string
	}{
		"address not known":          {line("box", good), "192.0.2.1", false, 22, ""},
		"address with the key":       {line("box,192.0.2.1", good), "192.0.2.1", false, 22, ""},
		"address with another":       {line("box", good) + line("192.0.2.1", other), "192.0.2.1", false, 22, "CheckHostIP: the key is that of box, but for 192.0.2.1 the host key has changed"},
		"switched off":               {line("box", good) + line("192.0.2.1", other), "192.0.2.1", true, 22, ""},
		"this machine":               {line("box", good) + line("127.0.0.1", other), "127.0.0.1", false, 22, ""},
		"address with another port":  {line("[box]:2222", good) + line("192.0.2.1", other), "192.0.2.1", false, 2222, ""},
		"address with the same port": {line("[box]:2222", good) + line("[192.0.2.1]:2222", other), "192.0.2.1", false, 2222, "CheckHostIP"},
		"revoked for the address":    {line("box", good) + "@revoked " + line("192.0.2.1", good), "192.0.2.1", false, 22, "is revoked by"},
	} {
		s := New(Options{})
		k := &knownHosts{names: map[string][]int{}}
		for i, text := range strings.Split(c.known, "\n") {
			s.addKnown(k, "file", i+1, text)
		}
		rules, err := newAlgorithmRules(words{"checkhostip": {map[bool]string{false: "yes", true: "no"}[c.off]}})
		if err != nil {
			t.Fatal(err)
		}
		check := &hostKeyCheck{known: k, host: "box", port: c.port, rules: rules}
		err = check.verify(good, &net.TCPAddr{IP: net.ParseIP(c.address), Port: c.port})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyKnownHosts: a long file is no burden for each of many hosts.
func TestManyKnownHosts(t *testing.T) {
	s := New(Options{})
	k := &knownHosts{names: map[string][]int{}}
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(publicKey(t, 'a'))))
	for i := range 20_000 {
		s.addKnown(k, "file", i+1, fmt.Sprintf("host%d,192.0.2.%d %s", i, i, key))
	}
	begun := time.Now()
	for i := range 20_000 {
		if n := len(k.of(fmt.Sprint("HOST", i))); n != 1 {
			t.Fatalf("host%d has %d lines", i, n)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

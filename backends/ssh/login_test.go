package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	sshd "github.com/gliderlabs/ssh"
	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/avow-dev/avow/backends/ssh"
)

const secret = "s3cr3t pass'$word"

func loginFaults() []fault {
	return []fault{
		{name: "seven wrong agent keys and an explicit one", arrange: wrongAgent},
		{name: "seven wrong agent keys", arrange: func(r *rig) { wrongAgent(r); r.target.IdentityFiles = nil }, step: "authenticate", words: "refuses user \"me\"; offered: ssh-agent's key 0 SHA256: ... ssh-agent's key 4"},
		{name: "the agent has the key", arrange: func(r *rig) { r.agent(r.login); r.target.IdentityFiles = nil }},
		{name: "no agent there", arrange: func(r *rig) { r.t.Setenv("SSH_AUTH_SOCK", r.dir+"/none"); r.target.IdentityFiles = nil }, step: "authenticate", words: "nothing was offered ... ssh-agent:"},
		{name: "IdentitiesOnly", arrange: identitiesOnly},
		{name: "only the public half, and the agent", arrange: publicHalf},
		{name: "wrong key", arrange: otherKey, step: "authenticate", words: "refuses user \"me\"; offered: ... id SHA256: ... (ssh-ed25519); it accepts publickey"},
		{name: "wrong key, asked twice", run: refusedOnce, step: "authenticate", words: "refuses"},
		{name: "no such identity", arrange: func(r *rig) { r.target.IdentityFiles[0] += "x" }, run: warns("idx: no such file"), step: "authenticate", words: "idx: no such file"},
		{name: "nonsense identity", arrange: nonsenseKey, step: "authenticate", words: "cannot be read as a key"},
		{name: "encrypted key without a terminal", arrange: encrypted, step: "authenticate", words: "nothing was offered ... is encrypted; add it to ssh-agent"},
		{name: "encrypted key with a terminal", arrange: encrypted, run: asksOnce},
		{name: "encrypted key with a terminal, and BatchMode", arrange: func(r *rig) { encrypted(r); r.ask = answers(secret); r.config("BatchMode yes\n") }, step: "authenticate", words: "is encrypted; add it to ssh-agent"},
		{name: "wrong passphrase", arrange: func(r *rig) { encrypted(r); r.ask = answers("no") }, step: "authenticate", words: "it was not unlocked"},
		{name: "encrypted key, and the agent has it", arrange: func(r *rig) { encrypted(r); r.agent(r.login) }},
		{name: "user certificate", arrange: userCertified("me")},
		{name: "user certificate for another", arrange: userCertified("you"), step: "authenticate", words: "refuses user"},
		{name: "password", server: takesPassword, arrange: password(secret)},
		{name: "wrong password", server: takesPassword, run: wrongPassword, step: "authenticate", words: "offered: ... the password ... it accepts"},
		{name: "password, which ssh_config does not allow", server: takesPassword, arrange: notAllowed, step: "authenticate", words: "nothing was offered ... ssh_config does not allow"},
		{name: "password, and keys in the agent", server: takesPassword, arrange: func(r *rig) { wrongAgent(r); password(secret)(r) }},
		{name: "keyboard-interactive", server: takesAnswer, arrange: password(secret)},
		{name: "another question", server: asksOther, arrange: password(secret), step: "authenticate", words: "refuses"},
		{name: "password not given", server: takesPassword, arrange: func(r *rig) { r.target.IdentityFiles = nil }, step: "authenticate", words: "nothing was offered; it accepts"},
		{name: "the configuration says all", run: configured},
		{name: "no OpenSSH here", run: withoutOpenSSH},
		{name: "Match and no OpenSSH", run: matchWithoutOpenSSH, step: "resolve", words: "config:1: \"Match final\" needs the ssh client of OpenSSH"},
		{name: "no such configuration", arrange: func(r *rig) { none := r.dir + "/none"; r.target.ConfigFile = &none }, step: "resolve", words: "ssh_config: ... no such file"},
	}
}

// agent starts one that holds these keys.
func (r *rig) agent(keys ...key) {
	ring := agent.NewKeyring()
	for i, k := range keys {
		must(r.t, ring.Add(agent.AddedKey{PrivateKey: k.private, Comment: fmt.Sprintf("key %d", i)}))
	}
	path := filepath.Join(r.dir, "agent")
	listener, err := net.Listen("unix", path)
	must(r.t, err)
	r.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn); conn.Close() }()
		}
	}()
	r.t.Setenv("SSH_AUTH_SOCK", path)
}

func wrongAgent(r *rig) {
	var keys []key
	for range 7 {
		keys = append(keys, newKey(r.t, "ed25519"))
	}
	r.agent(keys...)
}

func nonsenseKey(r *rig) {
	must(r.t, os.WriteFile(r.target.IdentityFiles[0], []byte("nonsense"), 0o600))
}

func identitiesOnly(r *rig) {
	wrongAgent(r)
	r.config("IdentitiesOnly yes\nIdentityFile " + r.target.IdentityFiles[0] + "\n")
	r.target.IdentityFiles = nil
}

func publicHalf(r *rig) {
	keys := []key{r.login}
	for range 7 {
		keys = append(keys, newKey(r.t, "ed25519"))
	}
	slices.Reverse(keys)
	r.agent(keys...)
	must(r.t, os.Remove(r.target.IdentityFiles[0]))
	must(r.t, os.WriteFile(r.target.IdentityFiles[0]+".pub", []byte(r.login.line()), 0o600))
	r.config("IdentitiesOnly yes\nIdentityFile none\n")
}

func otherKey(r *rig) { newKey(r.t, "ed25519").file(r.t, r.target.IdentityFiles[0], "") }

func refusedOnce(r *rig) error {
	otherKey(r)
	r.target.Wait = r.target.ConnectTimeout // a refusal is not waited for
	host := r.host()
	_ = shellOf(host, "true")
	err := shellOf(host, "true")
	if n := r.server.dials.Load(); n != 1 {
		r.t.Errorf("%d logins", n)
	}
	return err
}

// lockedKey is made once, as encrypting is slow on purpose.
var lockedKey struct {
	once sync.Once
	key  key
	text []byte
}

func encrypted(r *rig) {
	lockedKey.once.Do(func() {
		lockedKey.key = newKey(r.t, "ed25519")
		path := lockedKey.key.file(r.t, r.target.IdentityFiles[0], secret)
		var err error
		lockedKey.text, err = os.ReadFile(path)
		must(r.t, err)
	})
	must(r.t, os.WriteFile(r.target.IdentityFiles[0], lockedKey.text, 0o600))
	r.login = lockedKey.key
	r.server.PublicKeyHandler = func(_ sshd.Context, k sshd.PublicKey) bool { return sshd.KeysEqual(k, r.login.public()) }
}

func answers(text string) func(string) ([]byte, error) {
	return func(string) ([]byte, error) { return []byte(text), nil }
}

func asksOnce(r *rig) error {
	var asked atomic.Int32
	r.ask = func(path string) ([]byte, error) {
		if asked.Add(1); path != r.target.IdentityFiles[0] {
			r.t.Errorf("asked for %s", path)
		}
		return []byte(secret), nil
	}
	err := errors.Join(shellOf(r.host(), "true"), shellOf(r.host(), "true"))
	if asked.Load() != 1 {
		r.t.Errorf("asked %d times", asked.Load())
	}
	return err
}

func userCertified(principal string) func(*rig) {
	return func(r *rig) {
		authority := newKey(r.t, "rsa")
		checker := xssh.CertChecker{IsUserAuthority: func(k xssh.PublicKey) bool { return sshd.KeysEqual(k, authority.public()) }}
		r.server.PublicKeyHandler = func(ctx sshd.Context, k sshd.PublicKey) bool {
			cert, ok := k.(*xssh.Certificate)
			return ok && checker.IsUserAuthority(cert.SignatureKey) && checker.CheckCert(ctx.User(), cert) == nil
		}
		cert := r.login.certify(r.t, authority, xssh.UserCert, principal)
		must(r.t, os.WriteFile(r.target.IdentityFiles[0]+"-cert.pub", xssh.MarshalAuthorizedKey(cert), 0o600))
	}
}

func takesPassword(s *server) {
	s.PublicKeyHandler = func(sshd.Context, sshd.PublicKey) bool { return false }
	s.PasswordHandler = func(_ sshd.Context, p string) bool { return p == secret }
}

func takesAnswer(s *server) { asks(s, "Password: ", false) }
func asksOther(s *server)   { asks(s, "One-time code: ", true) }

func asks(s *server, question string, echo bool) {
	s.PublicKeyHandler = nil
	s.KeyboardInteractiveHandler = func(_ sshd.Context, challenge xssh.KeyboardInteractiveChallenge) bool {
		answers, err := challenge("", "", []string{question}, []bool{echo})
		return err == nil && len(answers) == 1 && answers[0] == secret
	}
}

func password(text string) func(*rig) {
	return func(r *rig) { r.target.Password, r.target.IdentityFiles = text, nil }
}

// notAllowed gives a password to a target whose configuration forbids them.
func notAllowed(r *rig) {
	password(secret)(r)
	r.config("PasswordAuthentication no\nKbdInteractiveAuthentication no\nIdentityFile none\n")
}

// wrongPassword is offered once, even where the server would take it in two ways, and never again.
func wrongPassword(r *rig) error {
	var offered atomic.Int32
	wrong := secret + "!"
	r.server.PasswordHandler = func(sshd.Context, string) bool { offered.Add(1); return false }
	r.server.KeyboardInteractiveHandler = func(_ sshd.Context, ask xssh.KeyboardInteractiveChallenge) bool {
		if _, err := ask("", "", []string{"Password: "}, []bool{false}); err == nil {
			offered.Add(1)
		}
		return false
	}
	password(wrong)(r)
	host := r.host()
	_ = shellOf(host, "true")
	err := shellOf(host, "true")
	if offered.Load() != 1 {
		r.t.Errorf("offered %d times", offered.Load())
	}
	return err
}

// settings are a whole configuration for the alias "box".
func (r *rig) settings() string {
	return fmt.Sprintf("Host box\n HostName 127.0.0.1\n Port %d\n User me\n IdentityFile %s\n UserKnownHostsFile %s\n GlobalKnownHostsFile /dev/null\n",
		r.target.Port, r.target.IdentityFiles[0], r.target.KnownHosts[0])
}

func configured(r *rig) error {
	if _, err := exec.LookPath("ssh"); err != nil {
		r.t.Skip("needs OpenSSH's client, for Match exec")
	}
	r.config("Match host box exec true\n HostKeyAlias thebox\n" + r.settings())
	r.known("thebox " + r.server.host.line())
	r.target = ssh.Target{Host: "box", ConfigFile: r.target.ConfigFile}
	return shellOf(r.host(), "true")
}

func withoutOpenSSH(r *rig) error {
	r.t.(*testing.T).Setenv("PATH", r.dir)
	r.config("HostKeyAlias thebox\n" + r.settings())
	r.known("thebox " + r.server.host.line())
	r.target = ssh.Target{Host: "box", ConfigFile: r.target.ConfigFile}
	return shellOf(r.host(), "true")
}

// matchWithoutOpenSSH does not go on without a part of the configuration: it may be the one that forbids the host.
func matchWithoutOpenSSH(r *rig) error {
	r.t.(*testing.T).Setenv("PATH", r.dir)
	r.config("Match final all\n User you\n")
	return shellOf(r.host(), "true")
}

func jumpFaults() []fault {
	return []fault{
		{name: "two hops", arrange: func(r *rig) { r.hops(2) }},
		{name: "ProxyJump", arrange: proxyJump},
		{name: "two hops, the second unknown", arrange: func(r *rig) { r.hops(2); r.forget(1) }, step: "handshake", words: "jump host 127.0.0.1: ... : handshake: unknown host key"},
		{name: "behind a hop, unknown", arrange: func(r *rig) { r.hops(1); r.forget(0) }, step: "handshake", words: ": handshake: unknown host key"},
		{name: "hop refuses the login", arrange: hopRefuses, step: "authenticate", words: "jump host 127.0.0.1: ... : authenticate: the server refuses"},
		{name: "hop forbids forwarding", arrange: hopForbids, step: "connect", words: "the server forbids forwarding"},
		{name: "nobody behind the hop", arrange: nobodyBehind, step: "connect", words: "refused"},
		{name: "silent behind the hop", arrange: silentBehind, step: "handshake", words: "no answer within 400ms: the server sent nothing"},
		{name: "hop that is no hop", arrange: func(r *rig) { r.target.Jump = []string{"a b"} }, step: "resolve", words: "is not [user@]host"},
		{name: "hops in a circle", arrange: func(r *rig) { r.config("Host a\n ProxyJump b\nHost b\n ProxyJump a\n"); r.target.Jump = []string{"a"} }, step: "resolve", words: "circle"},
		{name: "ProxyJump of all", arrange: jumpOfAll},
		{name: "one connection to a bastion", run: oneBastion},
		{name: "bastion goes dark in mid-run", run: darkBastion, step: "ask", words: "connection lost: no data was received for"},
		{name: "bastion goes away in mid-run", run: closedBastion, step: "ask", words: ": jump host 127.0.0.1: ... : ask: connection lost: the server closed the connection"},
		{name: "ProxyCommand", arrange: proxyCommand("bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & exec cat >&3'")},
		{name: "ProxyCommand that ends", arrange: proxyCommand("bash -c 'echo oh no >&2'"), step: "handshake", words: "closed the connection before its SSH greeting; the ProxyCommand says: oh no"},
		{name: "ProxyCommand that is silent", arrange: proxyCommand("sleep 100"), step: "handshake", words: "no answer within 400ms"},
		{name: "ProxyCommand and a strange user", arrange: strangeUser, step: "connect", words: "cannot be put into a ProxyCommand"},
		{name: "dialing", run: dialing},
	}
}

// hops puts this many servers before the rig's. All take the same login.
func (r *rig) hops(n int) {
	lines := []string{r.line(r.server.host)}
	for range n {
		hop := newServer(r.t, r.login)
		lines = append(lines, knownhosts.Line([]string{hop.address}, hop.host.public()))
		r.target.Jump = append(r.target.Jump, "me@"+hop.address)
		r.bastions = append(r.bastions, hop)
	}
	r.known(lines...)
}

// forget drops a server from what is known: 0 is the target, then come the hops, the last one first.
func (r *rig) forget(i int) {
	text, err := os.ReadFile(r.target.KnownHosts[0])
	must(r.t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if i > 0 {
		i = len(lines) - i
	}
	r.known(slices.Delete(lines, i, i+1)...)
}

func proxyJump(r *rig) {
	r.hops(2)
	r.config("Host 127.0.0.1\n ProxyJump " + strings.Join(r.target.Jump, ",") + "\nMatch host none\n")
	text, err := os.ReadFile(*r.target.ConfigFile)
	must(r.t, err)
	// The hops have the target's address; only its name may lead to them.
	r.config("Host box\n HostName 127.0.0.1\n" + strings.Replace(string(text), "Host 127.0.0.1", "", 1))
	r.target.Host, r.target.Jump = "box", nil
}

func hopRefuses(r *rig) {
	r.hops(1)
	r.bastions[0].PublicKeyHandler = func(sshd.Context, sshd.PublicKey) bool { return false }
}

func hopForbids(r *rig) {
	r.hops(1)
	r.bastions[0].LocalPortForwardingCallback = nil
}

func nobodyBehind(r *rig) {
	r.hops(1)
	refusedPort(r)
}

func silentBehind(r *rig) {
	r.hops(1)
	meets(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })(r)
}

// jumpOfAll is what many write; it holds for the bastion too.
func jumpOfAll(r *rig) {
	r.hops(1)
	host, port := split(r.t, r.bastions[0].address)
	r.config("Host bastion\n HostName " + host + "\n Port " + strconv.Itoa(port) + "\n User me\nHost *\n ProxyJump bastion\n")
	r.target.Jump = nil
}

// oneBastion: many targets, one login to what is before them.
func oneBastion(r *rig) error {
	r.hops(2)
	errs := make(chan error, 20)
	var all sync.WaitGroup
	for range 20 {
		host := r.host()
		all.Go(func() { errs <- shellOf(host, "true") })
	}
	all.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	for _, b := range r.bastions {
		if n := b.dials.Load(); n != 1 {
			r.t.Errorf("%d connections to a bastion", n)
		}
	}
	return err
}

func closedBastion(r *rig) error {
	r.hops(1)
	ended, feed := begin(context.Background(), r, r.host())
	defer feed.Close()
	r.bastions[0].Close()
	return <-ended
}

// darkBastion loses all that stands behind it, and nothing is left of that.
func darkBastion(r *rig) error {
	r.hops(1)
	var dark atomic.Bool
	target, server := r.target, r.server
	r.server = r.bastions[0]
	r.between(func(_ bool, _, n int) (int, bool) {
		if dark.Load() {
			return 0, true
		}
		return n, true
	})
	relay := fmt.Sprintf("%s:%d", r.target.Host, r.target.Port)
	r.target, r.server = target, server
	r.target.Jump = []string{"me@" + relay}
	r.known(r.line(server.host), knownhosts.Line([]string{relay}, r.bastions[0].host.public()))
	r.config("Host *\n ServerAliveInterval 1\n ServerAliveCountMax 1\n")
	ended, feed := begin(context.Background(), r, r.host())
	defer feed.Close()
	dark.Store(true)
	return <-ended
}

func proxyCommand(line string) func(*rig) {
	return func(r *rig) {
		quick(r)
		r.config("ProxyCommand " + line + "\n")
	}
}

// strangeUser is without OpenSSH, which would refuse the name before.
func strangeUser(r *rig) {
	r.t.(*testing.T).Setenv("PATH", r.dir)
	proxyCommand("echo %r")(r)
	r.target.User = "$(reboot)"
}

// dialing tells who is not there from who could not be asked.
func dialing(r *rig) error {
	var forbidden atomic.Bool
	r.server.LocalPortForwardingCallback = func(sshd.Context, string, uint32) bool { return !forbidden.Load() }
	host := r.host()
	echo, port := opponent(r.t, func(c net.Conn) { _, _ = io.Copy(c, c) })
	conn, err := host.DialContext(context.Background(), "tcp", net.JoinHostPort(echo, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	_, _ = io.WriteString(conn, "hello")
	buf := make([]byte, 5)
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "hello" {
		return fmt.Errorf("%q, %w", buf, err)
	}
	if err := conn.Close(); err != nil {
		return err
	}
	if _, err := host.DialContext(context.Background(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("not refused: %w", err)
	}
	forbidden.Store(true)
	if _, err := host.DialContext(context.Background(), "tcp", "127.0.0.1:1"); err == nil || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("not forbidden: %w", err)
	}
	return nil
}

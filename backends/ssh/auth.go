package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/transport"
)

// login is one handshake and one login.
type login struct {
	*dialling
	check *hostKeyCheck

	mu       sync.Mutex
	shown    ssh.PublicKey // of the host
	key      ssh.PublicKey // the same, after verification
	distrust error
	offered  []string
	accepts  []string // the methods that the server accepts
	notes    []string // why keys were not offered
	banner   string
	sent     bool // the password was sent
	agent    net.Conn
}

// The methods of login, by the names of the protocol.
const (
	loginByKey      = "publickey"
	loginByAnswer   = "keyboard-interactive"
	loginByPassword = "password"
)

func newLogin(d *dialling) *login {
	c := &hostKeyCheck{
		known: d.known, revoked: d.revoked, rules: d.config.rules, host: lower(d.config.host), port: d.config.port,
		pin: strings.TrimSpace(d.host.target.HostKey), skip: d.otherKeys,
	}
	// OpenSSH searches for an address in its shortest form.
	if ip, err := netip.ParseAddr(d.config.host); err == nil {
		c.host = ip.String()
	}
	// An alias stands in known_hosts without a port.
	if d.config.alias != "" {
		c.host, c.port = d.config.alias, 0
	}
	if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.pin)); err == nil {
		c.pinned = bare(key)
	}
	return &login{dialling: d, check: c}
}

func (l *login) settings() (*ssh.ClientConfig, error) {
	algorithms := l.check.algorithms()
	if len(algorithms) == 0 { // the library would use its defaults
		return nil, errOtherPin
	}
	rules := l.config.rules
	return &ssh.ClientConfig{
		Config: ssh.Config{KeyExchanges: rules.exchanges, Ciphers: rules.ciphers, MACs: rules.macs},
		User:   l.config.user, ClientVersion: "SSH-2.0-Avow", Auth: l.methods(),
		HostKeyAlgorithms: algorithms, HostKeyCallback: l.verify,
		BannerCallback: l.listen, AuthCallback: l.note,
	}, nil
}

func (l *login) verify(_ string, remote net.Addr, key ssh.PublicKey) error {
	err := l.check.verify(key, remote)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown, l.distrust = key, err
	if err == nil {
		l.key = key
	}
	return err
}

// listen records the server's messages before the login; they may have the reason for a refusal.
func (l *login) listen(text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.banner = transport.OneLine(text[:min(len(text), 200)])
	return nil
}

func (l *login) note(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepts = ctx.AllowedMethods
	l.distrust = kindMatches(ctx.Algorithms.HostKey, l.shown)
	return nil, l.distrust
}

// kindMatches rejects a server that agreed on one kind of key and presented another. The library checks the signature
// alone.
func kindMatches(algorithm string, key ssh.PublicKey) error {
	if _, isCert := key.(*ssh.Certificate); isCert != isCertificate(algorithm) || keyKind(algorithm) != bare(key).Type() {
		return fmt.Errorf("the server agreed on %s, but presented a key of type %s", algorithm, key.Type())
	}
	return nil
}

// methods returns the methods in the order in which they are tried. Those of the target's own arguments come first: a
// server counts failed attempts, and other keys should not exhaust them.
func (l *login) methods() []ssh.AuthMethod {
	order := []string{loginByPassword, loginByAnswer, loginByKey}
	if l.host.target.Password == "" || len(l.config.explicit) > 0 {
		order = []string{loginByKey, loginByPassword, loginByAnswer}
	}
	if len(l.config.preferred) > 0 {
		order = l.config.preferred
	}
	usable := map[string]ssh.AuthMethod{loginByKey: ssh.PublicKeysCallback(l.signers)}
	if l.host.target.Password != "" {
		usable[loginByPassword] = ssh.PasswordCallback(l.password)
		usable[loginByAnswer] = ssh.KeyboardInteractive(l.answer)
	}
	var methods []ssh.AuthMethod
	for _, name := range order {
		if method := usable[name]; method != nil && !slices.Contains(l.config.switchedOff, name) {
			methods = append(methods, method)
			delete(usable, name)
		}
	}
	for name := range usable {
		l.remark("ssh_config does not allow " + name)
	}
	return methods
}

// password returns the password once: a server counts wrong ones.
func (l *login) password() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent {
		return "", errors.New("the password was already offered")
	}
	l.sent = true
	l.offered = append(l.offered, "the password")
	return l.host.target.Password, nil
}

// answer returns the password for a single question without echo.
func (l *login) answer(_, _ string, questions []string, echos []bool) ([]string, error) {
	switch {
	case len(questions) == 0: // sshd with PAM sends requests with a text only; RFC 4256, 3.4 wants an empty answer
		return nil, nil
	case len(questions) > 1 || echos[0]:
		return nil, fmt.Errorf("the server asks %q, which does not ask for a password", questions[0])
	}
	password, err := l.password()
	return []string{password}, err
}

func (l *login) close() {
	if l.agent != nil {
		l.agent.Close()
	}
}

// failed returns the error with its step, its reason and all that was offered, but never a secret.
func (l *login) failed(err error, conn *heardConn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &Error{Host: l.host.Address(), Step: StepHandshake}
	if l.key != nil {
		e.Step = StepAuthenticate
	}
	banner := ""
	if l.banner != "" {
		banner = "; the server says: " + l.banner
	}
	line, isSSH := conn.greeting()
	cause := context.Cause(l.limit)
	switch _, slow := errors.AsType[transport.TimeoutError](cause); {
	case slow && l.key == nil && !isSSH && line == "":
		e.Err, e.Temporary = fmt.Errorf("%w: the server sent nothing", cause), true
	case slow && l.key == nil && !isSSH:
		e.Err, e.Temporary = fmt.Errorf("%w: %w: it sent %q", cause, errNoGreeting, line), true
	case cause != nil:
		e.Err, e.Temporary = cause, slow && !l.sent
	case l.distrust != nil:
		e.Step, e.Err = StepHandshake, l.distrust
	case l.key == nil:
		e.Err = broken(err, conn)
		e.Temporary = errors.Is(e.Err, errMidway)
	case transport.CutOff(err):
		// A password that was sent may have been wrong, and servers count wrong ones.
		e.Err, e.Temporary = fmt.Errorf("%w during the login%s%s", errMidway, l.tried(), banner), !l.sent
	default:
		text := fmt.Sprintf("the server refuses user %q%s", l.config.user, l.tried())
		// The library has no type for a disconnect. The reason is "Too many authentication failures", for example.
		if _, reason, ok := strings.Cut(err.Error(), "ssh: disconnect, reason "); ok {
			text += "; it says: " + transport.OneLine(reason)
		}
		e.Err = errors.New(text + banner)
	}
	return e
}

func broken(err error, conn *heardConn) error {
	line, isSSH := conn.greeting()
	switch {
	// sshd sends these instead of its greeting: beyond MaxStartups, and to an address with a penalty (OpenSSH 9.8).
	case strings.HasPrefix(line, "Exceeded MaxStartups"), strings.HasPrefix(line, "Not allowed at this time"):
		return fmt.Errorf("%w: %s", errMidway, line)
	case !isSSH && line != "":
		return fmt.Errorf("%w: it sent %q", errNoGreeting, line)
	case !isSSH && transport.CutOff(err):
		return fmt.Errorf("%w before its SSH greeting%s", errMidway, proxySays(conn))
	case transport.CutOff(err):
		return fmt.Errorf("%w in the handshake", errMidway)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "))
}

// proxySays returns the error output of a ProxyCommand.
func proxySays(conn *heardConn) string {
	p, ok := conn.Conn.(*proxyConn)
	if !ok {
		return ""
	}
	select {
	case <-p.ended:
	case <-time.After(2 * transport.Grace):
	}
	return "; the ProxyCommand says: " + p.complaint.String()
}

func (l *login) tried() string {
	text := "; nothing was offered"
	if len(l.offered) > 0 {
		text = "; offered: " + strings.Join(l.offered, ", ")
	}
	if len(l.accepts) > 0 {
		text += "; it accepts " + strings.Join(l.accepts, ", ")
	}
	for _, n := range l.notes {
		text += "; " + n
	}
	return text
}

func (l *login) remark(text string) { l.record(&l.notes, text) }

func (l *login) record(list *[]string, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

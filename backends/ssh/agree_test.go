package ssh_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/avow-dev/avow/backends/ssh"
)

// agreement is one host as the real ssh and Avow see it. In its texts, $PORT is the server's port, $ED, $RSA and $EC are
// its keys, $OTHER is another one, $CA, $RSACA and $OTHERCA are authorities, $DIR is where files are, and $HOP is the
// port of another server with the same keys.
type agreement struct {
	name    string
	server  realSSHD
	host    string // default: 127.0.0.1
	login   string // id (the default) or idrsa
	config  string
	known   string // default: the ed25519 key
	files   map[string]string
	krl     string // a KRL's text, written to $DIR/krl
	krlOf   string // the authority whose certificates it is about
	ruin    bool   // cut the end of the KRL
	refused string // what Avow says; "" where both connect
	// why Avow alone refuses
	stricter string
}

// realSSHD is a server: its keys, how its certificate is made, and more lines of sshd_config.
type realSSHD struct {
	keys string // of ed, rsa and ec; default: all
	cert string // arguments of ssh-keygen, for a certificate of the first key
	ca   string // default: ca
	more string
}

// agreements are the table, put together of parts.
func agreements() []agreement {
	var all []agreement
	for _, part := range [][]agreement{
		knownHostsAgreements(), certificateAgreements(), revocationAgreements(), algorithmAgreements(), loginAgreements(), jumpAgreements(),
	} {
		all = append(all, part...)
	}
	return all
}

// TestAgreesWithOpenSSH asks the real client and Avow for each row: both connect, or neither does.
func TestAgreesWithOpenSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, program := range []string{"/usr/sbin/sshd", "ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil || os.Getuid() != 0 {
			t.Skipf("needs root and %s", program)
		}
	}
	lab := newLab(t)
	for _, a := range agreements() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			lab.try(t, a)
		})
	}
}

// lab has the keys, and the servers that were started.
type lab struct {
	t    *testing.T
	dir  string
	keys map[string]key

	mu      sync.Mutex
	servers map[realSSHD]int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), keys: map[string]key{}, servers: map[realSSHD]int{}}
	must(t, os.Chmod(l.dir, 0o755))
	must(t, os.MkdirAll("/run/sshd", 0o755))
	for name, kind := range map[string]string{
		"ed": "ed25519", "rsa": "rsa", "ec": "ecdsa", "other": "ed25519", "ca": "ed25519", "rsaca": "rsa", "otherca": "ecdsa", "id": "ed25519", "idrsa": "rsa",
	} {
		k := newKey(t, kind)
		k.file(t, filepath.Join(l.dir, name), "")
		must(t, os.WriteFile(filepath.Join(l.dir, name+".pub"), []byte(k.line()+"\n"), 0o600))
		l.keys[name] = k
	}
	must(t, os.WriteFile(filepath.Join(l.dir, "authorized"), []byte(l.keys["id"].line()+"\n"+l.keys["idrsa"].line()+"\n"), 0o600))
	return l
}

func (l *lab) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

// port starts the server where that was not done before.
func (l *lab) port(t *testing.T, s realSSHD) int {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if port := l.servers[s]; port != 0 {
		return port
	}
	port := freePort(l.t)
	dir := l.t.TempDir()
	lines := []string{
		fmt.Sprintf("ListenAddress 127.0.0.1:%d", port), "AuthorizedKeysFile " + filepath.Join(l.dir, "authorized"),
		"PidFile none", "UsePAM no", "StrictModes no", "PermitRootLogin yes", "MaxStartups 100", s.more,
	}
	names := strings.Fields(s.keys)
	if s.keys == "" {
		names = []string{"ed", "rsa", "ec"}
	}
	for i, name := range names {
		file := l.keys[name].file(t, filepath.Join(dir, name), "")
		lines = append(lines, "HostKey "+file)
		if i == 0 && s.cert != "" {
			lines = append(lines, "HostCertificate "+l.certify(t, s, name, file))
		}
	}
	config := filepath.Join(dir, "sshd_config")
	must(t, os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	cmd := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	must(t, cmd.Start())
	l.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	await(t, port)
	l.servers[s] = port
	return port
}

func (l *lab) certify(t *testing.T, s realSSHD, name, file string) string {
	t.Helper()
	must(t, os.WriteFile(file+".pub", []byte(l.keys[name].line()+"\n"), 0o600))
	args := append([]string{"-q", "-s", filepath.Join(l.dir, cmp.Or(s.ca, "ca")), "-I", "the host"}, strings.Fields(s.cert)...)
	l.run(t, "ssh-keygen", append(args, file+".pub")...)
	return file + "-cert.pub"
}

func await(t *testing.T, port int) {
	t.Helper()
	for range 500 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nobody listens on port %d", port)
}

// usual comes after a row's own configuration; the first value counts.
const usual = `
Host *
  Port $PORT
  User root
  IdentityFile $DIR/$LOGIN
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $DIR/known
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  BatchMode yes
  ConnectTimeout 10
`

func (l *lab) try(t *testing.T, a agreement) {
	dir := t.TempDir()
	values := map[string]string{
		"PORT": strconv.Itoa(l.port(t, a.server)), "DIR": dir, "HOP": "", "LOGIN": cmp.Or(a.login, "id"), "ED": l.keys["ed"].line(), "RSA": l.keys["rsa"].line(),
		"EC": l.keys["ec"].line(), "OTHER": l.keys["other"].line(), "CA": l.keys["ca"].line(), "RSACA": l.keys["rsaca"].line(),
		"OTHERCA": l.keys["otherca"].line(), "CABLOB": strings.Fields(l.keys["ca"].line())[1], "RSABLOB": strings.Fields(l.keys["rsa"].line())[1], "EDBLOB": strings.Fields(l.keys["ed"].line())[1],
	}
	if strings.Contains(a.config+a.known, "$HOP") {
		values["HOP"] = strconv.Itoa(l.port(t, realSSHD{keys: "rsa"}))
	}
	for name, host := range map[string]string{"HASHED": "[127.0.0.1]:" + values["PORT"], "HASHEDHOST": "127.0.0.1", "HASHEDNAME": "[localhost]:" + values["PORT"]} {
		values[name] = knownhosts.HashHostname(host)
	}
	expand := func(text string) string {
		return os.Expand(text, func(name string) string { return values[name] })
	}
	if a.known == "" {
		a.known = "[127.0.0.1]:$PORT $ED"
	}
	for _, name := range []string{"id", "idrsa"} {
		l.keys[name].file(t, filepath.Join(dir, name), "")
	}
	files := map[string]string{"config": a.config + usual, "known": a.known + "\n", "spec": a.krl}
	for name, text := range a.files {
		files[name] = text
	}
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(expand(text)), 0o600))
	}
	if a.krl != "" {
		l.writeKRL(t, a, dir)
	}
	a.host = cmp.Or(a.host, "127.0.0.1")
	l.compare(t, a, filepath.Join(dir, "config"))
}

func (l *lab) writeKRL(t *testing.T, a agreement, dir string) {
	t.Helper()
	krl := filepath.Join(dir, "krl")
	args := []string{"-q", "-k", "-f", krl}
	switch a.krlOf {
	case "":
	case "all":
		args = append(args, "-s", "none")
	default:
		args = append(args, "-s", filepath.Join(l.dir, a.krlOf+".pub"))
	}
	l.run(t, "ssh-keygen", append(args, filepath.Join(dir, "spec"))...)
	if a.ruin {
		text, err := os.ReadFile(krl)
		must(t, err)
		must(t, os.WriteFile(krl, text[:len(text)-3], 0o600))
	}
}

func (l *lab) compare(t *testing.T, a agreement, config string) {
	t.Helper()
	s := ssh.New(ssh.Options{Warn: func(text string) { t.Log("warning: " + text) }})
	defer s.Close()
	ours := shellOf(s.Host(ssh.Target{Host: a.host, ConfigFile: &config}), "true") // first, since ssh may add lines

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ssh", "-F", config, "--", a.host, "true")
	var says bytes.Buffer
	cmd.Stderr = &says
	theirs := cmd.Run()
	if a.stricter == "" && (theirs == nil) != (ours == nil) {
		t.Errorf("ssh: %v %s\nAvow: %v", theirs, &says, ours)
	}
	if a.stricter != "" && (theirs != nil || ours == nil) {
		t.Errorf("Avow is not the only one that refuses\nssh: %v %s\nAvow: %v", theirs, &says, ours)
	}
	if (ours == nil) != (a.refused == "") || ours != nil && !strings.Contains(ours.Error(), a.refused) {
		t.Errorf("not %q: %v (ssh: %v %s)", a.refused, ours, theirs, &says)
	}
}

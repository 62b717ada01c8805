package ssh

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/ssh"
)

// readableConfigs are files that the reader and `ssh -G` have to understand alike. $DIR has a file "more" to include.
var readableConfigs = []string{
	"",
	"Port 2222\nPort 3333\nUser me\n",
	"# comment\n\n\tHostName=real.example\n  User = \"me\" # and more\n",
	"Host box\n Port 1\nHost *\n Port 2\n",
	"Host other\n Port 1\nHost !box *\n Port 2\nHost b?x\n Port 3\n",
	"Host BOX\n Port 1\n",
	"Host other box\n HostName %h.example\nHost *\n Port 5\n",
	"Match all\n Port 4\n",
	"Match host box\n Port 4\n",
	"HostName real\nMatch host real\n Port 4\nMatch originalhost box\n User you\n",
	"Match host \"*,!box\"\n Port 4\n",
	"Include more\nPort 9\n", "Host other\n Include $DIR/more\nHost *\n Port 9\n", "Include $DIR/mo*\nPort 9\nUser me\n", "Include $DIR/none\n",
	"IdentityFile /a\nIdentityFile \"/b c\"\nIdentityFile none\n", "IdentityFile none\n",
	"UserKnownHostsFile $DIR/more \"$DIR/a b\"\nGlobalKnownHostsFile none\n",
	"RevokedHostKeys \"$DIR/a b\"\n",
	"HostKeyAlias Box\nCheckHostIP yes\nRequiredRSASize 3072\nBatchMode yes\nServerAliveInterval 15\nBindAddress 127.0.0.1\n",
	"Ciphers aes128-ctr,aes256-ctr\n", "Ciphers +aes128-cbc\n", "Ciphers -aes128*\n", "Ciphers ^aes256-ctr\n", "Ciphers -*cbc,aes192-ctr\n",
	"KexAlgorithms ecdh-sha2-nistp256,curve25519-sha256\n", "KexAlgorithms +diffie-hellman-group14-sha1\n", "MACs hmac-sha2-256\n", "MACs ^hmac-sha1\n",
	"HostKeyAlgorithms +ssh-rsa\n", "HostKeyAlgorithms -rsa*\n", "HostKeyAlgorithms rsa-sha2-512,ssh-ed25519\n", "HostbasedKeyTypes ssh-ed25519\n",
	"CASignatureAlgorithms +ssh-rsa\n", "CASignatureAlgorithms ecdsa*\n", "PubkeyAcceptedKeyTypes +ssh-rsa\n", "PubkeyAcceptedAlgorithms -*rsa*\n",
	"ProxyCommand nc \"%h\" %p # no comment\n", "ProxyJump a,b@c:5\n", "ProxyJump none\nProxyCommand none\n",
	"PubkeyAuthentication no\nPasswordAuthentication no\nChallengeResponseAuthentication no\nPreferredAuthentications password,publickey\n",
	"ConnectTimeout 90\nServerAliveInterval 1m\nServerAliveCountMax 7\nAddressFamily inet6\nIdentitiesOnly yes\n",
	"IdentityFile /a#b\n", "Host b?ox\n Port 3\n", "ProxyCommand nc a#b %h\n", "Host bo?\n Port 3\n", "UserKnownHostsFile \"/a b\" \"/c d\"\n", "User a\\\"b\n",
	"IgnoreUnknown no*,other\nNoSuch yes\nPort 3\n", "UseRoaming no\n", "CertificateFile /a\nCertificateFile /b\n",
}

// TestReaderAgreesWithOpenSSH holds the reader to `ssh -G`.
func TestReaderAgreesWithOpenSSH(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("needs the ssh client")
	}
	home := t.TempDir()
	folder := filepath.Join(home, ".ssh")
	writeTo(t, filepath.Join(folder, "more"), "Port 77\nHost other\n User none\n")
	writeTo(t, filepath.Join(folder, "a b"), "")
	t.Setenv("HOME", home)
	t.Setenv("SSH_AUTH_SOCK", "")
	s := New(Options{})
	for i, text := range readableConfigs {
		file := filepath.Join(home, fmt.Sprint("config", i))
		writeTo(t, file, strings.ReplaceAll(text, "$DIR", folder))
		target := Target{Host: "box", ConfigFile: &file}
		theirs, err := printed(t.Context(), client, target, "-F", file)
		if strings.HasPrefix(text, "Include more") { // OpenSSH takes the home from the passwd file
			theirs["port"], err = []string{"77"}, nil
		}
		if err != nil {
			t.Fatalf("%s%v", text, err)
		}
		ours, err := readConfig(target)
		if err != nil {
			t.Errorf("%s%v", text, err)
			continue
		}
		want, err1 := s.merge(target, theirs)
		got, err2 := s.merge(target, ours)
		if err1 != nil || err2 != nil {
			t.Errorf("%s%v, %v", text, err1, err2)
		}
		if diff := cmp.Diff(comparable(want, theirs), comparable(got, ours), cmp.AllowUnexported(hostConfig{}, algorithmRules{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s(-ssh -G +read)\n%s", text, diff)
		}
	}
}

// comparable leaves out what differs by the version of OpenSSH, and what it fills in.
func comparable(c hostConfig, w words) hostConfig {
	c.rules.exchanges = slices.DeleteFunc(c.rules.exchanges, func(a string) bool { return a == ssh.KeyExchangeMLKEM768X25519 })
	if slices.Contains(w["identityfile"], "~/.ssh/id_xmss") || w["identityfile"] == nil {
		c.identities = nil
	}
	c.known = slices.DeleteFunc(c.known, func(path string) bool {
		return strings.HasSuffix(filepath.Dir(path), "/.ssh") && strings.Contains(path, "known_hosts")
	})
	for _, list := range [][]string{c.switchedOff, c.rules.authorities, c.rules.logins} {
		slices.Sort(list)
	}
	return c
}

func writeTo(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReaderRefuses what it cannot do, and what OpenSSH refuses.
func TestReaderRefuses(t *testing.T) {
	dir := t.TempDir()
	writeTo(t, filepath.Join(dir, "bad"), "NoSuch yes\n")
	writeTo(t, filepath.Join(dir, "ignoring"), "IgnoreUnknown NoSuch\nNoSuch yes\n")
	for text, says := range map[string]string{
		"Match exec true\n":                       `"Match exec" needs the ssh client`,
		"Match final all\n":                       `"Match final" needs the ssh client`,
		"Match user me\n":                         `"Match user" needs the ssh client`,
		"Match host box user me\n":                `"Match user" needs the ssh client`,
		"Match host\n":                            `"Match host" needs the ssh client`,
		"Host other\n NoSuch yes\n":               `config:2: unknown keyword "nosuch"`,
		"Port\n":                                  "has no value",
		"User \"me\n":                             "has an invalid value",
		"Include " + dir + "/bad\n":               `bad:1: unknown keyword "nosuch"`,
		"Host x\n Include " + dir + "/bad\n":      `bad:1: unknown keyword "nosuch"`,
		"Host x\n Include " + dir + "/ignoring\n": `ignoring:2: unknown keyword "nosuch"`, // as for ssh
		"Include " + dir + "/config\n":            "more than 16 files include each other",
		"Include " + dir + "\n":                   "is a directory",
		"CanonicalizeHostname yes\n":              "CanonicalizeHostname yes needs the ssh client",
		"KnownHostsCommand /bin/true\n":           "KnownHostsCommand /bin/true is not supported",
		"RefuseConnection no more\n":              "the configuration forbids the connection",
		"Ciphers nonsense\n":                      `Ciphers allows "nonsense", none of which Avow implements`,
		"KexAlgorithms -*\n":                      "KexAlgorithms allows",
		"MACs umac-64@openssh.com\n":              "MACs allows",
		"HostKeyAlgorithms ssh-xmss@openssh.com":  "HostKeyAlgorithms allows",
	} {
		file := filepath.Join(dir, "config")
		writeTo(t, file, text)
		t.Setenv("PATH", dir)
		_, err := New(Options{}).config(t.Context(), Target{Host: "box", ConfigFile: &file})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s%v", text, err)
		}
	}
}

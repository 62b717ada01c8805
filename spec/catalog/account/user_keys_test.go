package account

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestKeysThatAreNone: a literal that is no whole key would be equal to none. What is told never holds a private key.
func TestKeysThatAreNone(t *testing.T) {
	const key = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	for text, hint := range map[string]string{
		"":                                      "missing",
		"# nothing":                             "missing",
		"ssh-ed25519":                           "cut short",
		"ssh-ed25519 AAAA... alice@laptop":      "cut short",
		"ssh-ed25519 " + key[:40]:               "cut short",
		"ssh-rsa " + key:                        "another type",
		key:                                     "a type and base64",
		"SHA256:abc":                            "fingerprint",
		"256 SHA256:abc alice@laptop (ED25519)": "fingerprint",
		"/root/.ssh/id_ed25519.pub":             `file("/root/.ssh/id_ed25519.pub")`,
		"alice@laptop":                          "a type and base64",
		"ssh-ed25519 " + key + "\nssh-ed25519 " + key:                                      "2 lines",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n": "private key",
	} {
		if value, err := resource.ReadKey(text); err == nil || !strings.Contains(err.Error(), hint) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, %v", text, value, err)
		}
	}
}

// TestKeysOfSSHKeygen takes the .pub files of the real program, as a spec's file("alice.pub") does.
func TestKeysOfSSHKeygen(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("no ssh-keygen here")
	}
	for _, args := range [][]string{{"ed25519"}, {"rsa", "-b", "2048"}, {"ecdsa", "-b", "256"}, {"ecdsa", "-b", "521"}} {
		path := filepath.Join(t.TempDir(), "key")
		if out, err := exec.Command("ssh-keygen", append([]string{"-q", "-N", "", "-C", "alice at home", "-f", path, "-t"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
		public, err := os.ReadFile(path + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		found, _ := parseKey(`command="/bin/x \"y\"",no-pty ` + string(public))
		value, err := resource.ReadKey(string(public))
		if err != nil || found == "" || !resource.SSHKey.Same(found, value) {
			t.Errorf("%v: %q was found, and %q is written: %v", args, found, value, err)
		}
		private, err := os.ReadFile(path)
		if value, err2 := resource.ReadKey(string(private)); err != nil || err2 == nil {
			t.Errorf("%v: a private key is %q", args, value)
		}
	}
}

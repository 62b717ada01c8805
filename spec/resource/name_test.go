package resource

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNamesThatNoSystemHas are mistakes that say what to write instead: a promise that they are not there would be kept.
func TestNamesThatNoSystemHas(t *testing.T) {
	for _, c := range []struct {
		typ        *Type
		name, hint string
	}{
		{Package, "nginx*", "for_each"},
		{Package, "nginx ", `write "nginx"`},
		{Package, " nginx", `write "nginx"`},
		{Package, "nginx=1.22", `version("= 1.22")`},
		{Package, "nginx>=1.22", `write "nginx"`},
		{Package, "/usr/sbin/nginx", "a path"},
		{Package, "nginx/stable", "not the name of a package"},
		{Package, "nginx apache2", "not the name of a package"},
		{Package, "perl(Foo)", "not the name of a package"},
		{Package, "ngin[x]", "for_each"},
		{Process, "/usr/sbin/nginx", `write "nginx"`},
		{Process, "./app", `write "app"`},
		{Process, "nginx: worker", `args = "^nginx: worker"`},
		{Process, "nginx ", `write "nginx"`},
		{Process, "ngin*", "args"},
		{User, "deploy ", `write "deploy"`},
		{User, "1000", "uid = 1000"},
		{User, "dep*", "for_each"},
		{User, "a:b", "not the name of a user"},
		{User, "a,b", "not the name of a user"},
		{User, "/home/a", "not the name of a user"},
		{User, "a\nb", "not the name of a user"},
		{Group, "ops ", `write "ops"`},
		{Group, "0", "gid = 0"},
		{DockerNetwork, "back*", "not a pattern"},
		{DockerNetwork, "backend ", "an exact name"},
		{DockerContainer, "web*", "not a name"},
		{DockerVolume, "data ", "not a name"},
		{DockerImage, "nginx:*", "not the name"},
		{Service, "nginx*", "pattern"},
		{Service, "nginx ", "not the name"},
	} {
		if err := c.typ.Prepare(Params{"name": c.name}); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s %q: %v, without %q", c.typ.Name, c.name, err, c.hint)
		}
	}
	for typ, names := range map[*Type][]string{
		Package: {"g++", "libstdc++6", "libc6:i386", "python3.11", "kernel-core.x86_64", ".build-deps", "Xorg", "0ad", "a_b"},
		Process: {"nginx", "(sd-pam)", "kworker/0:1", "tmux: server", "Web Content", "ruby3.1", "a.out"},
		User:    {"root", "_apt", "DOMAIN\\a user", "a@example.com", "host$", "jörg"},
		Group:   {"domain users", "docker"},
	} {
		for _, name := range names {
			if err := typ.Prepare(Params{"name": name}); err != nil {
				t.Errorf("%s %q: %v", typ.Name, name, err)
			}
		}
	}
	for _, name := range []string{"nginx: worker", "/x", "a*", " a"} {
		if err := Process.Prepare(Params{"name": name, "literal": true}); err != nil {
			t.Errorf("%q, which is meant: %v", name, err)
		}
	}
}

// TestPatternsOfPathsAreNotAbsent: no file is called "*.conf", so that it is not there says nothing.
func TestPatternsOfPathsAreNotAbsent(t *testing.T) {
	for _, typ := range []*Type{File, Directory} {
		for path, bad := range map[string]bool{"/etc/*.conf": true, "/a?": true, "/a[0-9]": true, "/[a]/b": true, "/etc/x": false, "/usr/bin/[": false} {
			if err := typ.Absent(Params{"path": path}); (err != nil) != bad {
				t.Errorf("%s %s: %v", typ.Name, path, err)
			}
			if err := typ.Absent(Params{"path": path, "literal": true}); err != nil {
				t.Errorf("%s %s, which is meant: %v", typ.Name, path, err)
			}
		}
	}
}

// TestCapabilitiesThatAreNotNamed: where no name stands for all, each of them is there.
func TestCapabilitiesThatAreNotNamed(t *testing.T) {
	for text, want := range map[string][]string{
		"cap_net_admin,cap_net_raw=ep":    {"cap_net_admin=ep", "cap_net_raw=ep"},
		"cap_net_raw+ep":                  {"cap_net_raw=ep"},
		"cap_chown=p cap_kill+ei":         {"cap_chown=p", "cap_kill=ei"},
		"cap_chown,cap_kill=p cap_kill+i": {"cap_chown=p", "cap_kill=ip"},
		"cap_chown=ep cap_chown-e":        {"cap_chown=p"},
		"cap_chown=ep cap_chown-ep":       {},
		"nonsense":                        {"nonsense"},
	} {
		if got := capabilityNames(text); !slices.Equal(got, want) {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{"=ep", "all=ep", "=ep cap_sys_admin-ep", "=eip cap_sys_admin=i"} {
		got := capabilityNames(text)
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "cap_net_raw=e") }) || slices.Contains(got, "cap_sys_admin=ep") != (text == "=ep" || text == "all=ep") {
			t.Errorf("%s: %v", text, got)
		}
	}
	if len(capabilities) != 41 || capabilities[13] != "cap_net_raw" || capabilities[40] != "cap_checkpoint_restore" {
		t.Errorf("%d capabilities", len(capabilities))
	}
}

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
		if value, err := readKey(text); err == nil || !strings.Contains(err.Error(), hint) || strings.Contains(err.Error(), "secret") {
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
		value, err := readKey(string(public))
		if err != nil || found == "" || !SSHKey.Same(found, value) {
			t.Errorf("%v: %q was found, and %q is written: %v", args, found, value, err)
		}
		private, err := os.ReadFile(path)
		if value, err2 := readKey(string(private)); err != nil || err2 == nil {
			t.Errorf("%v: a private key is %q", args, value)
		}
	}
}

package account

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestNamesAreNeeded(t *testing.T) {
	for _, typ := range []*resource.Type{User, Group} {
		if typ.Prepare(resource.Params{}) == nil || typ.Prepare(resource.Params{"name": ""}) == nil {
			t.Errorf("a %s without a name was accepted", typ.Name)
		}
		for _, name := range []string{"root", "-x", "a b", `DOMAIN\user`, "user@example.com", "svc$", "+x"} {
			if err := typ.Prepare(resource.Params{"name": name}); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

const ed25519Key = "AAAAC3NzaC1lZDI1NTE5AAAAIBUZLUVORcSKhkpSPLVVHzEkJFCqAMvBOkXwlaKXg8CK"

func TestParseKey(t *testing.T) {
	rsa := base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-rsa\x00\x00"))
	for line, want := range map[string]string{
		"":                                       "",
		" \t\r\n":                                "",
		"# ssh-ed25519 AAAA":                     "",
		"ssh-ed25519 AAAA":                       "ssh-ed25519 AAAA",
		"ssh-ed25519 " + ed25519Key:              "ssh-ed25519 " + ed25519Key,
		"ssh-ed25519\tAAAA\tme@here":             "ssh-ed25519 AAAA",
		"  ssh-rsa AAAA a comment of words\r\n":  "ssh-rsa AAAA",
		"no-pty ssh-rsa AAAA":                    "ssh-rsa AAAA",
		"rsa-sha2-512 " + rsa + " me":            "ssh-rsa " + rsa,
		"no-pty rsa-sha2-256 " + rsa:             "ssh-rsa " + rsa,
		`command="ssh-rsa BBBB" ssh-rsa AAAA me`: "ssh-rsa AAAA",
		`command="a \"b c\" d",no-pty sk-ssh-ed25519@openssh.com AAAA`:               "sk-ssh-ed25519@openssh.com AAAA",
		`from="10.0.0.0/8,!10.1.*" ecdsa-sha2-nistp256 AAAA`:                         "ecdsa-sha2-nistp256 AAAA",
		`command="cert-authority, cert-authority \",cert-authority" ssh-rsa AAAA me`: "ssh-rsa AAAA",
	} {
		if got, why := parseKey(line); got != want || why != "" {
			t.Errorf("%q: %q, %q", line, got, why)
		}
	}
}

// TestLinesThatMayLetSomebodyIn: a line that is neither a comment nor a key is not dropped, for sshd may know more.
func TestLinesThatMayLetSomebodyIn(t *testing.T) {
	neither := "neither a comment nor a key of a known type"
	for line, want := range map[string]string{
		"ssh-ed25519":                                  "a type without a key",
		`command="never closed ssh-rsa AAAA`:           neither,
		"garbage in the file":                          neither,
		"1024 35 1234567 old@host":                     neither,
		"new-type-of-2030 AAAA":                        neither,
		"ED25519 " + ed25519Key:                        neither,
		"no-pty":                                       neither,
		"ssh-rsa AAAA\vBBBB":                           "a key that is not base64",
		"cert-authority ssh-rsa AAAA":                  "every key that a CA has signed may log in (cert-authority)",
		`no-pty,Cert-Authority ssh-rsa AAAA`:           "every key that a CA has signed may log in (cert-authority)",
		`from="a b,c",cert-authority ssh-rsa AAAA`:     "every key that a CA has signed may log in (cert-authority)",
		`from="a \"b,c",cert-authority ssh-rsa AAAA x`: "every key that a CA has signed may log in (cert-authority)",
		"ssh-rsa " + ed25519Key:                        "a key of the type ssh-ed25519, labelled as ssh-rsa",
		"rsa-sha2-512 " + ed25519Key:                   "a key of the type ssh-ed25519, labelled as rsa-sha2-512",
	} {
		if key, why := parseKey(line); key != "" || why != want {
			t.Errorf("%q: %q, %q", line, key, why)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	facts, err := User.Probe.Parse(resource.Answer{Stdout: []byte("x::ten:0:::\n")}, []resource.Params{{"name": "x"}})
	if err != nil || facts[0]["uid"].Unknown == "" || facts[0]["exists"].Value != true {
		t.Errorf("%v, %v", facts, err)
	}
	if _, err := User.Probe.Parse(resource.Answer{Status: 1}, []resource.Params{{"name": "x"}}); err == nil {
		t.Error("a script that failed was believed")
	}
}

func FuzzUser(f *testing.F) {
	f.Add("root::0:0:root:/root:/bin/sh\nUID_MIN 1000\ngids 0 0 4\nid 0 root\nid 4 adm\nshadow 0 set false 1:0:99999:7:::\nsshd 0 Include x\nsshd 0 Match all\nkeys 0\nfile /root/.ssh/authorized_keys\n ssh-rsa AAAA x\nfile /root/.ssh/authorized_keys2\nnone\n")
	f.Add("denied /etc/passwd\nnoshadow permission denied\nnosshd x\nkeys 0\nfile x\nunread y\n")
	f.Add("root::x:y:::\nUID_MIN denied\ngids 0 1\nshadow 0 ? ? -\nshadow 1 none true 1:a:b:c:d:e:f\n")
	f.Add("root::0:0:::0\nshadow 0 0  :0:0:0:: 0")
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, User, out, resource.Params{"name": "root"}) })
}

func FuzzGroup(f *testing.F) {
	f.Add("adm::4:a,b,\nuser:root:4\nGID_MIN 0x3e8\n")
	f.Add("absent /etc/group\nadm::x:\n")
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, Group, out, resource.Params{"name": "adm"}) })
}

func FuzzParseKey(f *testing.F) {
	f.Add(`command="a \"b" ssh-rsa AAAA x`)
	f.Fuzz(func(t *testing.T, line string) {
		key, why := parseKey(line)
		again, _ := parseKey(key)
		if key != "" && (strings.Count(key, " ") != 1 || again != key || why != "") {
			t.Errorf("%q gives %q, which gives %q", line, key, again)
		}
		if text := strings.Trim(line, " \t\r\n"); key == "" && why == "" && text != "" && text[0] != '#' {
			t.Errorf("%q was dropped", line)
		}
	})
}

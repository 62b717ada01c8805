package resource

import (
	"strings"
	"testing"
)

func TestNamesAreNeeded(t *testing.T) {
	for _, typ := range []*Type{User, Group} {
		if typ.Prepare(Params{}) == nil || typ.Prepare(Params{"name": ""}) == nil {
			t.Errorf("a %s without a name was accepted", typ.Name)
		}
		for _, name := range []string{"root", "-x", "a b", `DOMAIN\user`, "user@example.com", "svc$", "+x"} {
			if err := typ.Prepare(Params{"name": name}); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

func TestParseKey(t *testing.T) {
	for line, want := range map[string]string{
		"":                                       "",
		"# ssh-ed25519 AAAA":                     "",
		"ssh-ed25519 AAAA":                       "ssh-ed25519 AAAA",
		"ssh-ed25519\tAAAA\tme@here":             "ssh-ed25519 AAAA",
		"  ssh-rsa AAAA a comment of words\r\n":  "ssh-rsa AAAA",
		"ssh-ed25519":                            "",
		"no-pty ssh-rsa AAAA":                    "ssh-rsa AAAA",
		`command="ssh-rsa BBBB" ssh-rsa AAAA me`: "ssh-rsa AAAA",
		`command="a \"b c\" d",no-pty sk-ssh-ed25519@openssh.com AAAA`: "sk-ssh-ed25519@openssh.com AAAA",
		`from="10.0.0.0/8,!10.1.*" ecdsa-sha2-nistp256 AAAA`:           "ecdsa-sha2-nistp256 AAAA",
		`command="never closed ssh-rsa AAAA`:                           "",
		"cert-authority ssh-rsa AAAA":                                  "ssh-rsa AAAA",
		"garbage in the file":                                          "",
		"1024 35 1234567 old@host":                                     "",
	} {
		if got := parseKey(line); got != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	facts, err := parseUsers(Answer{Stdout: []byte("x::ten:0:::\n")}, []Params{{"name": "x"}})
	if err != nil || facts[0]["uid"].Unknown == "" || facts[0]["exists"].Value != true {
		t.Errorf("%v, %v", facts, err)
	}
	if _, err := parseUsers(Answer{Status: 1}, []Params{{"name": "x"}}); err == nil {
		t.Error("a script that failed was believed")
	}
}

func FuzzUser(f *testing.F) {
	f.Add("root::0:0:root:/root:/bin/sh\nUID_MIN 1000\ngids 0 0 4\nid 0 root\nid 4 adm\nshadow 0 set false 1:0:99999:7:::\nkeys 0\n ssh-rsa AAAA x\n")
	f.Add("denied /etc/passwd\nnoshadow permission denied\nunread 0 x\n")
	f.Add("root::x:y:::\nUID_MIN denied\ngids 0 1\nshadow 0 ? ? -\nshadow 1 none true 1:a:b:c:d:e:f\n")
	f.Add("root::0:0:::0\nshadow 0 0  :0:0:0:: 0")
	f.Fuzz(func(t *testing.T, out string) { parseAll(t, User, out, Params{"name": "root"}) })
}

func FuzzGroup(f *testing.F) {
	f.Add("adm::4:a,b,\nuser:root:4\nGID_MIN 0x3e8\n")
	f.Add("absent /etc/group\nadm::x:\n")
	f.Fuzz(func(t *testing.T, out string) { parseAll(t, Group, out, Params{"name": "adm"}) })
}

func FuzzParseKey(f *testing.F) {
	f.Add(`command="a \"b" ssh-rsa AAAA x`)
	f.Fuzz(func(t *testing.T, line string) {
		if key := parseKey(line); key != "" && (strings.Count(key, " ") != 1 || parseKey(key) != key) {
			t.Errorf("%q gives %q, which gives %q", line, key, parseKey(key))
		}
	})
}

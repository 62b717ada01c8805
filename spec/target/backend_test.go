package target_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec/target"
)

func TestParse(t *testing.T) {
	for uri, want := range map[string]string{
		"local://":                 "localhost map[]",
		"ssh://web1":               "web1 map[host:web1]",
		"ssh://a@b:22/":            "a@b:22 map[host:b port:22 user:a]",
		"ssh://[::1]:2222":         "[::1]:2222 map[host:::1 port:2222]",
		"ssh://":                   "",
		"ssh://a b":                "",
		"ssh://-oProxyCommand=x":   "",
		"ssh://a@-oProxyCommand=x": "",
		"ssh://a:0":                "",
		"ssh://a:99999":            "",
		"local://x":                "",
		"web1":                     "",
	} {
		at, err := backends.All.Parse(uri)
		if (err == nil) != (want != "") {
			t.Errorf("%s: %v", uri, err)
		} else if err == nil && fmt.Sprintf("%s %v", at.Name, map[string]any(at.Args)) != want {
			t.Errorf("%s: %s %v", uri, at.Name, at.Args)
		}
	}
}

// TestParseExplains: what is no URI is answered with the forms that there are.
func TestParseExplains(t *testing.T) {
	for text, want := range map[string]string{
		"web": "a URI: local://, ssh://[user@]host[:port], docker://CONTAINER, image://REFERENCE;", "local": "write local://",
		"root@web": "write ssh://root@web", "exec": "-t exec=URI", "ftp://x": `unknown backend "ftp"; available: local, ssh, docker, image, exec`,
		"root:pw@web": "the address contains a password", "": "a URI: local://",
	} {
		if _, err := backends.All.Parse(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got, err := (target.Backends{}).Parse("web"); err == nil {
		t.Errorf("%+v", got)
	}
}

// TestAccountPrintsNoPassword, whatever the verb.
func TestAccountPrintsNoPassword(t *testing.T) {
	a := target.Account{Method: "su", User: "web", Password: "hunter22"}
	for _, text := range []string{fmt.Sprint(a, &a), fmt.Sprintf("%v %+v %#v %s %q %d %x", a, a, a, a, a, a, a)} {
		if strings.Contains(text, "hunter") || !strings.Contains(text, `su to "web"`) {
			t.Error(text)
		}
	}
}

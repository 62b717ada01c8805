package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
)

const withTargets = `
target "ssh" "web" {
  hosts         = ["deploy@web1", "web2:2222", "[2001:db8::1]:22"]
  user          = "ops"
  identity_file = "/keys/id"
  tags          = ["front"]
  vars          = { role = "web" }
  wait          = "2m"
  become {
    user = "admin"
  }
}
target "ssh" "db" {
  password = "hunter22"
}
describe "web" {
  on = [target.ssh.web]
  file "/a" { exists = true }
  file "/b" {
    exists = true
    become {
      method   = "su"
      password = "s3cret"
    }
  }
}
describe "front" {
  on = [tag("front")]
  become {}
  file "/c" { exists = true }
}
`

func TestTargetsOfSSH(t *testing.T) {
	suite := mustLoad(t, withTargets)
	var got []string
	for _, target := range suite.Targets {
		got = append(got, fmt.Sprintf("%s %s %v@%v:%v %v %s", target.Name, target.Address,
			target.Args["user"], target.Args["host"], target.Args["port"], target.Args["identity_file"], target.Wait))
	}
	check(
		t, got,
		"web[deploy@web1] deploy@web1 deploy@web1:<nil> [/keys/id] 2m0s",
		"web[web2:2222] web2:2222 ops@web2:2222 [/keys/id] 2m0s",
		"web[[2001:db8::1]:22] [2001:db8::1]:22 ops@2001:db8::1:22 [/keys/id] 2m0s",
		"db db <nil>@db:<nil> <nil> 0s",
	)
	for _, target := range suite.Targets {
		if promises := len(suite.Resources(target, nil)); (promises == 3) != strings.HasPrefix(target.Name, "web") {
			t.Errorf("%s has %d promises", target.Name, promises)
		}
	}
	if secrets := strings.Join(suite.Secrets, " "); !strings.Contains(secrets, "hunter22") || !strings.Contains(secrets, "s3cret") {
		t.Errorf("the secrets are %s", secrets)
	}
}

func TestBecome(t *testing.T) {
	suite := mustLoad(t, withTargets)
	if got := suite.Targets[0].Become; got != (Account{Method: "sudo", User: "admin"}) {
		t.Errorf("the target: %v", got)
	}
	var got []Account
	for _, r := range suite.Resources(suite.Targets[0], nil) {
		got = append(got, r.Become)
	}
	want := []Account{{}, {Method: "su", User: "root", Password: "s3cret"}, {Method: "sudo", User: "root"}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestRedirect(t *testing.T) {
	there, err := backends.All.Parse("ssh://new@10.0.0.9:2200")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := load(t, withTargets, Options{Redirects: map[string]Target{"web": there}})
	if err != nil {
		t.Fatal(err)
	}
	web := suite.Targets[0]
	if len(suite.Targets) != 2 || web.Name != "web" || web.Address != "new@10.0.0.9:2200" || web.Args["user"] != "new" ||
		web.Args["host"] != "10.0.0.9" || fmt.Sprint(web.Args["identity_file"]) != "[/keys/id]" || web.Become.User != "admin" {
		t.Errorf("%+v", web)
	}
	if n := len(suite.Resources(web, nil)); n != 3 {
		t.Errorf("%d promises", n)
	}
	if _, err := load(t, withTargets, Options{Redirects: map[string]Target{"webb": there}}); err == nil || !strings.Contains(err.Error(), `Did you mean "web"?`) {
		t.Errorf("a name that is not there: %v", err)
	}
}

func TestWrongTargets(t *testing.T) {
	for text, want := range map[string]string{
		`target "ssh" "w" { hosts = [] }`:              "Hosts is empty",
		`target "ssh" "w" { hosts = ["-x"] }`:          "is not a host",
		`target "ssh" "w" { hosts = ["[::1"] }`:        `"[::1" is not a host`,
		`target "ssh" "w" { hosts = ["::1]"] }`:        `"::1]" is not a host`,
		`target "ssh" "w" { hosts = ["["] }`:           `"[" is not a host`,
		"target \"ssh\" \"w\" {\n become \"x\" { }\n}": "This block begins with: become { ... }.",
		`become {}`:                                                           "not allowed here, only in a target, a describe or",
		`target "ssh" "w" { port = "many" }`:                                  "Wrong value for port",
		`target "ssh" "w" { hsots = ["a"] }`:                                  `Did you mean "hosts"?`,
		`target "shh" "w" {}`:                                                 `Did you mean "ssh"?`,
		"target \"ssh\" \"w\" {\n become { method = \"x\" }\n}":               "Unknown method",
		"target \"ssh\" \"w\" {\n become { user = \"-x\" }\n}":                "begins with a dash",
		"target \"ssh\" \"w\" {\n become {}\n become {}\n}":                   "Two become blocks",
		"target \"ssh\" \"w\" {\n become { password_file = \"/no/such\" }\n}": "Cannot read the password",
		`target "ssh" "w" { wait = 5 }`:                                       "wait",
		`target "local" "w" { hosts = ["a"] }`:                                "hosts",
	} {
		_, err := load(t, text+"\ndescribe \"d\" {\n file \"/x\" { exists = true }\n}\n", Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

func TestLargePasswordFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxFileSize+1); err != nil {
		t.Fatal(err)
	}
	_, err := load(t, fmt.Sprintf("target \"ssh\" \"w\" {\n become { password_file = %q }\n}\n", path), Options{})
	if err == nil || !strings.Contains(err.Error(), "is larger than 16 MiB, which is the limit.\n") {
		t.Error(err)
	}
}

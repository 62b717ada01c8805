package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestSuiteSaysWhatItReadAndWhatWasGiven(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"motd": "hello\n", "become": "pw-of-become\n", "token": "t0ken-of-app\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	suite, err := load(t, fmt.Sprintf(`
variable "c" { default = "" }
variable "b" { default = "" }
variable "a" { default = "" }
variable "token" {
  sensitive = true
  default   = "t0ken-of-app"
}
describe "d" {
  become { password_file = "%[1]s/become" }
  file "/etc/motd" { content = file("%[1]s/motd") }
  file "/etc/again" { content = file("%[1]s/motd") }
  file "/etc/token" { content = file("%[1]s/token") }
}
`, dir), Options{
		Vars:      []string{"b=1"},
		LookupEnv: func(name string) (string, bool) { return "x", name == EnvPrefix+"a" },
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range suite.Reads {
		got = append(got, filepath.Base(f.Path)+" "+f.SHA256)
	}
	check(t, got, "become ", "motd "+sum([]byte("hello\n")), "token ")
	check(t, suite.Variables, "a", "b")
}

func TestPromisedCountsWithAndWithoutTheFilter(t *testing.T) {
	suite, err := load(t, `
target "ssh" "web" {
  hosts = ["a", "b"]
  tags  = ["web"]
}
target "ssh" "db" {}
describe "one" {
  file "/a" {
    owner = "root"
    mode  = "0644"
  }
  describe "inner" {
    file "/b" {
      mode  = "0644"
      owner = host.os.id
    }
  }
}
describe "two" {
  on = [tag("web")]
  file "/c" { exists = true }
}
describe "two" {
  file "/d" { exists = true }
}
`, Options{Filter: Filter{Only: []*Glob{NewGlob("*/owner")}}})
	if err != nil {
		t.Fatal(err)
	}
	kept, all := suite.Promised()
	some, every := suite.Groups()
	check(t, []string{fmt.Sprint(kept, all, some, every)}, "6 17 1 2")
}

func TestTheNearestSensitiveCounts(t *testing.T) {
	suite := mustLoad(t, `
describe "d" {
  sensitive = true
  file "/inherits" { content = "x" }
  file "/public" {
    sensitive = false
    content   = "x"
  }
  describe "e" {
    sensitive = false
    file "/public too" { content = "x" }
    file "/null" {
      sensitive = null
      content   = "x"
    }
    file "/secret" {
      sensitive = true
      content   = "x"
    }
  }
}
describe "f" {
  file "/neither" { content = "x" }
}
`)
	var got []string
	for _, r := range suite.Resources(suite.Targets[0], nil) {
		got = append(got, fmt.Sprint(r.Name, " ", r.Sensitive, r.Promises[0].Sensitive, r.Public))
	}
	check(t, got, "/inherits true true false", "/public false false true", "/public too false false true",
		"/null false false true", "/secret true true false", "/neither false false false")
}
